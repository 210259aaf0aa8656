"""A database of its own for every test that asks: a copy of one migrated template."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from connector.embedded.postgres import Postgres
from kit.db import Db
from kit.migrate import migrate
from pipeline.engine import store
from pipeline.runs.lifecycle import legal

TEMPLATE = "template_connector"

# Every change of a role's state is written down by the test database itself, whoever makes it.
_WATCH = """
CREATE SCHEMA watch;
CREATE TABLE watch.moved (n bigint GENERATED ALWAYS AS IDENTITY, role_id uuid, before text, after text);
GRANT USAGE ON SCHEMA watch TO connector_engine;
GRANT SELECT ON watch.moved TO connector_engine;
CREATE FUNCTION watch.moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO watch.moved (role_id, before, after) VALUES (new.id, old.state, new.state);
  RETURN new;
END $$;
CREATE TRIGGER watched AFTER UPDATE OF state ON role
  FOR EACH ROW WHEN (old.state <> new.state) EXECUTE FUNCTION watch.moves();
"""


def create(server: Postgres, name: str, template: str = "template1") -> None:
    """A database that belongs to the product's own login, which is no superuser."""
    with psycopg.connect(server.admin_url, autocommit=True) as conn:
        conn.execute(
            # Copying the files costs a third of writing them to the log, and nothing here has to survive.
            sql.SQL("CREATE DATABASE {} OWNER connector TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )


def drop(server: Postgres, name: str) -> None:
    """End it, with whatever is still connected."""
    with psycopg.connect(server.admin_url, autocommit=True) as conn:
        conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def broken(url: str) -> list[tuple[Any, ...]]:
    """Everything in a database that should never be, read as the engine."""
    with psycopg.connect(url) as conn:
        conn.execute("SET LOCAL ROLE connector_engine")
        query = store.sql["broken_invariants"].text
        return conn.execute(query, {"since": "-infinity"}).fetchall()


def illegal_moves(url: str) -> list[tuple[str, str]]:
    """The changes of roles' states that the lifecycle does not know."""
    with psycopg.connect(url) as conn:
        moves = conn.execute("SELECT DISTINCT before, after FROM watch.moved").fetchall()
    return sorted((before, after) for before, after in moves if not legal(before, after))


@pytest.fixture(scope="session")
def template(postgres_server: Postgres) -> str:
    """The migrated template, which watches the roles' states."""
    create(postgres_server, TEMPLATE)
    asyncio.run(migrate(postgres_server.url(TEMPLATE)))
    with psycopg.connect(postgres_server.url(TEMPLATE)) as conn:
        conn.execute(_WATCH)
    return TEMPLATE


@pytest.fixture
def db_url(postgres_server: Postgres, template: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a fresh, migrated database. What a test leaves in it must be whole, unless it is
    marked `half_done("why")`."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    create(postgres_server, name, template)
    url = postgres_server.url(name)
    yield url
    try:
        if request.node.get_closest_marker("half_done") is None:
            assert broken(url) == []
            assert illegal_moves(url) == []
    finally:
        drop(postgres_server, name)


@pytest.fixture
def db15_url(postgres15_server: Postgres) -> Iterator[str]:
    """The same on the oldest PostgreSQL that we support, migrated anew."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    create(postgres15_server, name)
    url = postgres15_server.url(name)
    asyncio.run(migrate(url))
    yield url
    try:
        assert broken(url) == []
    finally:
        drop(postgres15_server, name)


@pytest.fixture
async def db(db_url: str) -> AsyncIterator[Db]:
    """An open pool on a fresh database."""
    pool = Db(db_url, size=6)
    await pool.open()
    yield pool
    await pool.close()

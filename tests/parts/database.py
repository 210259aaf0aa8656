"""A database of its own for every test that asks: migrated, empty, and watched."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
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
WATCH = Path(__file__).with_name("watch.sql")


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


def broken(conn: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    """Everything in a database that should never be."""
    return conn.execute(store.sql["broken_invariants"].text, {"since": "-infinity"}).fetchall()


def illegal_moves(conn: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    """The changes of roles' states that the lifecycle does not know."""
    moves = conn.execute("SELECT DISTINCT before, after FROM watch.moved").fetchall()
    return sorted((before, after) for before, after in moves if not legal(before, after))


@contextmanager
def as_engine(url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection that sees every company."""
    with psycopg.connect(url) as conn:
        conn.execute("SET LOCAL ROLE connector_engine")
        yield conn


class Kept:
    """A test database and a connection to it that outlives the tests, so that looking after it is cheap."""

    def __init__(self, server: Postgres) -> None:
        self.name = f"test_{uuid.uuid4().hex[:12]}"
        self.url = server.url(self.name)
        self._server = server
        create(server, self.name, TEMPLATE)
        self._conn = psycopg.connect(server.url(self.name, "postgres"), autocommit=True)

    def check(self) -> None:
        """Fails when something is in it that should never be."""
        with self._conn.transaction():
            self._conn.execute("SET LOCAL ROLE connector_engine")
            assert broken(self._conn) == []
            assert illegal_moves(self._conn) == []

    def empty(self) -> bool:
        """Cuts off whoever is still connected and deletes every row; False when a test has altered the
        tables, so that they are not what the next test expects."""
        self._conn.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        )
        if self._conn.execute("SELECT FROM watch.altered").fetchall():
            return False
        self._conn.execute("CALL watch.empty()")
        return True

    def drop(self) -> None:
        """The end of it."""
        self._conn.close()
        drop(self._server, self.name)


class Shelf:
    """The databases that wait for a test. They are made as they are needed and used again and again."""

    def __init__(self, server: Postgres) -> None:
        self._server = server
        self._free: list[Kept] = []

    def take(self) -> Kept:
        """A migrated database with nothing in it."""
        return self._free.pop() if self._free else Kept(self._server)

    def give_back(self, database: Kept) -> None:
        """Empties it for the next test, or ends it."""
        if database.empty():
            self._free.append(database)
        else:
            database.drop()

    def clear(self) -> None:
        """Ends them all."""
        while self._free:
            self._free.pop().drop()


@pytest.fixture(scope="session")
def shelf(postgres_server: Postgres) -> Iterator[Shelf]:
    """The test databases, copies of one migrated template."""
    create(postgres_server, TEMPLATE)
    asyncio.run(migrate(postgres_server.url(TEMPLATE)))
    with psycopg.connect(postgres_server.url(TEMPLATE, "postgres")) as conn:
        conn.execute(WATCH.read_text())
    shelf = Shelf(postgres_server)
    yield shelf
    shelf.clear()


@pytest.fixture
def db_url(shelf: Shelf, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty, migrated database. What a test leaves in it must be whole, unless it is
    marked `half_done("why")`."""
    database = shelf.take()
    yield database.url
    try:
        if request.node.get_closest_marker("half_done") is None:
            database.check()
    finally:
        shelf.give_back(database)


@pytest.fixture
def db15_url(postgres15_server: Postgres) -> Iterator[str]:
    """The same on the oldest PostgreSQL that we support, migrated anew."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    create(postgres15_server, name)
    url = postgres15_server.url(name)
    asyncio.run(migrate(url))
    yield url
    try:
        with as_engine(url) as conn:
            assert broken(conn) == []
    finally:
        drop(postgres15_server, name)


@pytest.fixture
async def db(db_url: str) -> AsyncIterator[Db]:
    """An open pool on a fresh database."""
    pool = Db(db_url, size=6)
    await pool.open()
    yield pool
    await pool.close()

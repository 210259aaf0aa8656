"""A database of its own for every test that asks: a copy of one migrated template."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
from psycopg import sql

from connector.embedded.postgres import Postgres
from kit.db import Db
from kit.migrate import migrate

TEMPLATE = "template_connector"


def create(server: Postgres, name: str, template: str = "template1") -> None:
    """A database that belongs to the product's own login, which is no superuser."""
    with psycopg.connect(server.admin_url, autocommit=True) as conn:
        conn.execute(
            sql.SQL("CREATE DATABASE {} OWNER connector TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )


def drop(server: Postgres, name: str) -> None:
    """End it, with whatever is still connected."""
    with psycopg.connect(server.admin_url, autocommit=True) as conn:
        conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def template(postgres_server: Postgres) -> str:
    """The migrated template."""
    create(postgres_server, TEMPLATE)
    asyncio.run(migrate(postgres_server.url(TEMPLATE)))
    return TEMPLATE


@pytest.fixture
def db_url(postgres_server: Postgres, template: str) -> Iterator[str]:
    """The address of a fresh, migrated database."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    create(postgres_server, name, template)
    yield postgres_server.url(name)
    drop(postgres_server, name)


@pytest.fixture
async def db(db_url: str) -> AsyncIterator[Db]:
    """An open pool on a fresh database."""
    pool = Db(db_url, size=6)
    await pool.open()
    yield pool
    await pool.close()

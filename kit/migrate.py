"""Migrations: numbered SQL files, applied in order, each in its own transaction, by one process at a time."""

from __future__ import annotations

import hashlib
from importlib import resources
from typing import Any

import psycopg

from kit.errors import Fault

_LOCK = 7_011_301
_LEDGER = """
CREATE TABLE IF NOT EXISTS migration (
  name text PRIMARY KEY,
  sha256 text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
)"""


class MigrationFault(Fault):
    """The database cannot be brought to this version; the message says which file and why."""

    code = "migration_failed"


def files() -> list[tuple[str, str]]:
    """Every migration as (name, SQL), in order."""
    folder = resources.files("migrations")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(name, folder.joinpath(name).read_text(encoding="utf-8")) for name in names]


async def migrate(conninfo: str) -> list[str]:
    """Apply what is missing; returns the names applied. Raises MigrationFault when an applied file
    has been edited since, or when one fails (its transaction is rolled back)."""
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as conn:
        await conn.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        try:
            await conn.execute(_LEDGER)
            return [name for name, sql in files() if await _apply(conn, name, sql)]
        finally:
            await conn.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))


async def _apply(conn: psycopg.AsyncConnection[Any], name: str, sql: str) -> bool:
    sha256 = hashlib.sha256(sql.encode()).hexdigest()
    row = await (await conn.execute("SELECT sha256 FROM migration WHERE name = %s", (name,))).fetchone()
    if row is not None:
        if row[0] != sha256:
            raise MigrationFault(f"{name} was changed after it had been applied; add a new file instead.")
        return False
    try:
        async with conn.transaction():
            await conn.execute("SET LOCAL lock_timeout = '5s'")
            await conn.execute(sql.encode())
            await conn.execute("INSERT INTO migration (name, sha256) VALUES (%s, %s)", (name, sha256))
    except psycopg.Error as exc:
        raise MigrationFault(f"{name} could not be applied: {exc}") from exc
    return True

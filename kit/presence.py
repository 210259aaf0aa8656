"""Presence: an advisory lock on a session of its own, which PostgreSQL lets go the moment the process dies.

It only makes takeover fast. Leases and epochs are what is correct, so everything also works without.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from typing import Any

import psycopg

_PROBE_SECONDS = 1.0


class Presence:
    """One lock on one dedicated connection, outside the pool (`CONNECTOR_DATABASE_DIRECT_URL`)."""

    def __init__(self, conninfo: str, key: int | None = None) -> None:
        self.key = secrets.randbits(62) if key is None else key
        self._conninfo = conninfo
        self._conn: psycopg.AsyncConnection[Any] | None = None

    async def take(self) -> bool:
        """Try to take the lock; False when somebody else holds it. Raises psycopg.Error."""
        if self._conn is None or self._conn.closed:
            self._conn = await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)
        row = await (await self._conn.execute("SELECT pg_try_advisory_lock(%s)", (self.key,))).fetchone()
        return bool(row and row[0])

    async def lost(self) -> None:
        """Return when the session is gone, and the lock with it."""
        while True:
            await asyncio.sleep(_PROBE_SECONDS)
            try:
                if self._conn is None:
                    return
                await asyncio.wait_for(self._conn.execute("SELECT 1"), timeout=5)
            except (psycopg.Error, TimeoutError, OSError):
                return

    async def leave(self) -> None:
        """Close the session; the lock is free."""
        if self._conn is not None:
            with contextlib.suppress(psycopg.Error):
                await self._conn.close()
            self._conn = None

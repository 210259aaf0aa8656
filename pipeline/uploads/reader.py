"""The reader of a process: reads the files of ZIPs, one after the other. Any number of processes may run one;
a file whose reader died is read by another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import psycopg

from kit import log
from kit.apart import Apart
from kit.db import Db
from kit.errors import Overloaded, TooMany
from pipeline.uploads import uploads

_log = log.get("pipeline.uploads")
_REST = 1.0
_AWAY = (psycopg.Error, Overloaded, TooMany, OSError)


class Reader:
    """One per process. `ring` is called with the jobs of each commit."""

    def __init__(self, db: Db, apart: Apart, ring: Callable[[list[int]], Awaitable[object]]) -> None:
        self._db = db
        self._apart = apart
        self._ring = ring

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; the file that is being read then comes back to another reader."""
        while not stop.is_set():
            if not await self._read_one():
                with suppress(TimeoutError):
                    async with asyncio.timeout(_REST):
                        await stop.wait()

    async def _read_one(self) -> bool:
        try:
            jobs = await uploads.read_next(self._db, self._apart)
        except _AWAY as exc:
            _log.warning("reader.database_away", error=type(exc).__name__)
            return False
        if jobs:
            await self._ring(jobs)
        return jobs is not None

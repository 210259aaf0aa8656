"""A gate: so many at once, so many waiting, and a 503 for the rest, so that writers never starve readers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kit.errors import Overloaded


class Gate:
    """`places` at once and at most `most_waiting` before the gate."""

    def __init__(self, places: int, most_waiting: int) -> None:
        self._places = asyncio.Semaphore(places)
        self._most_waiting = most_waiting
        self._waiting = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold one place. Raises Overloaded when too many wait already."""
        if self._waiting >= self._most_waiting:
            raise Overloaded("More is coming in than can be taken in right now.", retry_after=2)
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._places.release()

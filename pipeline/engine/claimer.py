"""Claims of one process, batched: doorbells that ring together become one statement."""

from __future__ import annotations

import asyncio
from uuid import UUID

import psycopg
import structlog

from kit.db import Db
from kit.errors import Overloaded
from pipeline.engine import store
from pipeline.engine.store import Loaded

_log = structlog.get_logger("pipeline.engine")
_MOST = 64


class Claimer:
    """Makes runs this process's own. A run that is owned, parked or over is simply not claimed."""

    def __init__(self, db: Db, owner: UUID, *, lease: float, visible_within: float, planned: int) -> None:
        self._db = db
        self._owner = owner
        self._lease = lease
        self._visible_within = visible_within
        self._planned = planned
        self._queue: asyncio.Queue[tuple[UUID, asyncio.Future[Loaded | None]]] = asyncio.Queue()

    async def claim(self, run_id: UUID) -> Loaded | None:
        """The run with all it needs, or None when there is nothing to do."""
        future: asyncio.Future[Loaded | None] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((run_id, future))
        return await future

    async def run(self) -> None:
        """Claim for ever; cancelled at the end of the process."""
        while True:
            wanted = [await self._queue.get()]
            while len(wanted) < _MOST and not self._queue.empty():
                wanted.append(self._queue.get_nowait())
            claimed = await self._claim(list({run_id for run_id, _ in wanted}))
            for run_id, future in wanted:
                if not future.done():
                    future.set_result(claimed.pop(run_id, None))

    async def _claim(self, ids: list[UUID]) -> dict[UUID, Loaded]:
        """A failed claim is no claim: the clock rings again for what nobody owns."""
        try:
            async with self._db.engine() as tx:
                loaded = await store.claim(
                    tx,
                    ids,
                    owner=self._owner,
                    lease=self._lease,
                    visible_within=self._visible_within,
                    planned=self._planned,
                )
        except (psycopg.Error, Overloaded, OSError) as exc:
            _log.warning("claim.failed", runs=len(ids), error=str(exc)[:200])
            return {}
        return {run.id: run for run in loaded}

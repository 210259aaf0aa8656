"""What the clock does for the engine: nothing here is a queued job, and all of it may be done twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from kit import jobs
from kit.db import Db
from pipeline.engine import store
from pipeline.engine.store import Broken

_log = structlog.get_logger("pipeline.engine")

_LOOK_BACK = timedelta(minutes=10)

RingRuns = Callable[[list[UUID]], Awaitable[Any]]
RingJobs = Callable[[list[int]], Awaitable[Any]]


class Clockwork:
    """The sweeps, each one short transaction followed by its doorbells."""

    def __init__(self, db: Db, ring_runs: RingRuns, ring_jobs: RingJobs, *, window: int, cap: int) -> None:
        self._db = db
        self._ring_runs = ring_runs
        self._ring_jobs = ring_jobs
        self._window = window
        self._cap = cap

    async def take_over(self) -> int:
        """Free the runs of workers that are gone, and ring for them and for unheard doorbells."""
        async with self._db.engine() as tx:
            dead = await store.bury_dead(tx)
            freed = await store.take_over(tx, dead)
            unheard = await store.unheard_runs(tx)
        if dead or freed:
            _log.warning("runs.taken_over", dead_workers=len(dead), runs=len(freed))
        await self._ring_runs(sorted({*freed, *unheard}))
        return len(freed)

    async def admit(self) -> int:
        """Let waiting runs into the window."""
        async with self._db.engine() as tx:
            admitted = await store.admit(tx, window=self._window, cap=self._cap)
        await self._ring_runs(admitted)
        return len(admitted)

    async def ring_unheard_jobs(self) -> int:
        """Ring again for outbox rows that nobody has done."""
        async with self._db.engine() as tx:
            unheard = await jobs.unheard(tx)
        await self._ring_jobs(unheard)
        return len(unheard)

    async def draw_queue(self) -> None:
        """Renew the picture of the queue that positions and times are estimated from."""
        async with self._db.engine() as tx:
            await store.draw_queue(tx)

    async def check(self) -> list[Broken]:
        """Look for what should never be, and say so in the log."""
        async with self._db.engine() as tx:
            broken = await store.broken_invariants(tx, since=datetime.now(UTC) - _LOOK_BACK)
        for one in broken[:20]:
            _log.error("invariant.broken", rule=one.rule, id=str(one.id))
        return broken

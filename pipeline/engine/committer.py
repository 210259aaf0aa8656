"""The group commit: one per process. What has queued up while the last commit was in flight goes out
as one statement with one jsonb parameter; there is no timer, so an idle system commits at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

import psycopg
import structlog

from kit.db import Db
from kit.errors import Overloaded
from pipeline.engine import store
from pipeline.engine.store import Recorded

_log = structlog.get_logger("pipeline.engine")
_MOST = 256
_PAUSES = (0.05, 0.2, 0.5, 1.0)
# What PostgreSQL says of data that it will never take, however often it is sent.
_REFUSED = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.errors.CardinalityViolation,
    psycopg.errors.ProgramLimitExceeded,
)


class Unrecordable(Exception):
    """PostgreSQL refuses this entry's data, alone as well as in company."""


class Entry:
    """What one run wants recorded in one step: patches of run and role, attempts, events, usage."""

    __slots__ = ("attempts", "done", "events", "patch", "run_id", "usage")

    def __init__(self, run_id: UUID, epoch: int, step: int) -> None:
        self.run_id = run_id
        self.patch: dict[str, Any] = {"run_id": run_id, "epoch": epoch, "step": step}
        self.attempts: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.usage: list[dict[str, Any]] = []
        self.done: asyncio.Future[Recorded | None] = asyncio.get_running_loop().create_future()

    def event(self, type_: str, data: dict[str, Any] | None = None) -> None:
        """Append to the company's log, in this order."""
        self.events.append(
            {"run_id": self.run_id, "n": len(self.events) + 1, "type": type_, "data": data or {}}
        )

    @property
    def ends_run(self) -> bool:
        """Whether this entry settles the run for good."""
        return self.patch.get("status") in ("success", "failed")


class Committer:
    """Records entries of many runs together. `submit` returns None when the run is fenced: somebody
    else owns it now, and whatever its old owner still does is dropped."""

    def __init__(self, db: Db, owner: UUID, on_jobs: Callable[[list[int]], Coroutine[Any, Any, Any]]) -> None:
        self._db = db
        self._owner = owner
        self._on_jobs = on_jobs
        self._queue: asyncio.Queue[Entry] = asyncio.Queue()
        self._doing: set[asyncio.Task[Any]] = set()

    async def submit(self, entry: Entry) -> Recorded | None:
        """Durable when this returns. Raises Unrecordable for data that PostgreSQL refuses."""
        entry.patch["events"] = len(entry.events)
        self._queue.put_nowait(entry)
        return await entry.done

    async def run(self) -> None:
        """Commit for ever; cancelled at the end of the process."""
        while True:
            batch = [await self._queue.get()]
            while len(batch) < _MOST and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            await self._record(batch)

    async def jobs_done(self) -> None:
        """Wait for the jobs that are being done."""
        await asyncio.gather(*self._doing, return_exceptions=True)

    async def _record(self, batch: list[Entry]) -> None:
        try:
            recorded = await self._commit_surely(batch)
        except (*_REFUSED, TypeError, ValueError) as exc:
            await self._one_by_one(batch, exc)
            return
        by_id = {row.id: row for row in recorded}
        for entry in batch:
            if not entry.done.done():
                entry.done.set_result(by_id.get(entry.run_id))
        if recorded and recorded[0].jobs:
            task = asyncio.create_task(self._on_jobs(recorded[0].jobs))
            self._doing.add(task)
            task.add_done_callback(self._doing.discard)

    async def _one_by_one(self, batch: list[Entry], exc: Exception) -> None:
        if len(batch) == 1:
            _log.warning("commit.refused", run_id=str(batch[0].run_id), error=str(exc)[:300])
            batch[0].done.set_exception(Unrecordable(str(exc)))
            return
        for entry in batch:
            await self._record([entry])

    async def _commit_surely(self, batch: list[Entry]) -> list[Recorded]:
        """Send the same batch until PostgreSQL has answered: after a lost connection nobody knows whether
        it was recorded, and the step numbers make a second time harmless."""
        tries = 0
        while True:
            try:
                return await self._commit(batch)
            except _REFUSED:
                raise
            except (psycopg.Error, Overloaded, OSError) as exc:
                pause = _PAUSES[min(tries, len(_PAUSES) - 1)]
                _log.warning("commit.again", entries=len(batch), error=str(exc)[:200], pause=pause)
                tries += 1
                await asyncio.sleep(pause)

    async def _commit(self, batch: list[Entry]) -> list[Recorded]:
        rows = {
            "entries": [entry.patch for entry in batch],
            "attempts": [row for entry in batch for row in entry.attempts],
            "events": [row for entry in batch for row in entry.events],
            "usage": [row for entry in batch for row in entry.usage],
        }
        ended = [entry.run_id for entry in batch if entry.ends_run]
        async with self._db.engine() as tx:
            recorded = await store.commit(tx, owner=self._owner, batch=rows)
            if ended:
                await store.promote_followers(tx, ended)
        return recorded

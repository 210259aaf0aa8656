"""The engine of one worker process: it takes runs, drives up to a fixed number of them on one event loop,
keeps its leases, lets waiting runs into the window, and goes away without losing anything."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import structlog

from kit.db import Db
from kit.errors import Overloaded
from kit.tasks import end
from pipeline.engine import store
from pipeline.engine.claimer import Claimer
from pipeline.engine.committer import Committer
from pipeline.engine.drive import Drive, Tools

_log = structlog.get_logger("pipeline.engine")
_ADMIT_PAUSE = 0.1
# Of one admission a process keeps at most this many for itself; the rest is for whoever hears the doorbells.
_AT_HAND = 16
_AWAY = (psycopg.Error, Overloaded, OSError)


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of an engine; times in seconds."""

    places: int = 64
    window: int = 100
    cap: int = 48
    lease: float = 15
    renew: float = 2
    visible_within: float = 900
    stop_patience: float = 20


class Engine:
    """Owns runs. `ring_runs` tells workers of admitted runs; `do_jobs` does the outbox rows that a commit
    left (what it does not get to, the clock rings for)."""

    def __init__(
        self,
        db: Db,
        tools: Tools,
        rules: Rules,
        *,
        owner: UUID,
        ring_runs: Callable[[list[UUID]], Awaitable[Any]],
        do_jobs: Callable[[list[int]], Coroutine[Any, Any, Any]],
    ) -> None:
        self.owner = owner
        self._db = db
        self._tools = tools
        self._rules = rules
        self._ring_runs = ring_runs
        self._committer = Committer(db, owner, do_jobs)
        self._claimer = Claimer(
            db,
            owner,
            lease=rules.lease,
            visible_within=rules.visible_within,
            planned=len(tools.stages),
        )
        self._places = asyncio.Semaphore(rules.places)
        self._drives: dict[UUID, Drive] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loops: list[asyncio.Task[None]] = []
        self._want_admission = asyncio.Event()
        self._ended = 0
        self._stopping = False
        self.broken = asyncio.Event()

    @property
    def owned(self) -> int:
        """How many runs this process is driving."""
        return len(self._drives)

    def start(self) -> None:
        """Begin to commit, claim, renew and admit."""
        loops = (self._committer.run(), self._claimer.run(), self._renew(), self._admit())
        self._loops = [asyncio.create_task(loop) for loop in loops]
        for task in self._loops:
            task.add_done_callback(self._loop_ended)

    def _loop_ended(self, task: asyncio.Task[None]) -> None:
        """An engine without one of its loops would hold runs and never record them: it must be replaced."""
        if not task.cancelled():
            _log.error("engine.broke", exc_info=task.exception())
            self.broken.set()

    async def take(self, run_id: UUID) -> None:
        """Answer a doorbell: wait for a free place, then drive the run in the background."""
        if self._stopping or run_id in self._drives:
            return
        await self._places.acquire()
        task = asyncio.create_task(self._drive(run_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def ask_admission(self) -> None:
        """Let waiting runs in soon; asked after every intake and every run that ends."""
        self._want_admission.set()

    async def _drive(self, run_id: UUID) -> None:
        try:
            run = None if self._stopping else await self._claimer.claim(run_id)
            if run is None:
                return
            drive = Drive(run, self._tools, self._committer)
            self._drives[run_id] = drive
            if self._stopping:
                drive.stop()
            with structlog.contextvars.bound_contextvars(run_id=str(run_id), company_id=str(run.company_id)):
                how = await drive.drive()
            _log.info("run.left", run_id=str(run_id), how=how)
        except Exception:
            _log.exception("run.broke", run_id=str(run_id))
        finally:
            self._drives.pop(run_id, None)
            self._places.release()
            self._ended += 1
            self.ask_admission()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._rules.renew)
            if not self._drives:
                continue
            before = dict(self._drives)
            try:
                async with self._db.engine() as tx:
                    renewed = await store.renew(tx, list(before), owner=self.owner, lease=self._rules.lease)
            except _AWAY as exc:
                _log.warning("lease.unrenewed", runs=len(before), error=str(exc)[:200])
                continue
            self._hear(before, renewed)

    def _hear(self, before: dict[UUID, Drive], renewed: list[store.Renewed]) -> None:
        kept = {row.id: row for row in renewed}
        for run_id, drive in before.items():
            row = kept.get(run_id)
            if row is None or row.epoch != drive.run.epoch:
                if self._drives.get(run_id) is drive:
                    drive.lose()
            else:
                drive.hear(cancel=row.cancel, pause=row.pause)

    async def _admit(self) -> None:
        """One admission at a time; asks that come in the pause after it are answered by the next."""
        while True:
            await self._want_admission.wait()
            self._want_admission.clear()
            if not self._stopping:
                await self.admit()
            await asyncio.sleep(_ADMIT_PAUSE)

    async def admit(self) -> list[UUID]:
        """Let waiting runs in; take what there is a place for, ring for the others."""
        try:
            async with self._db.engine() as tx:
                admitted = await store.admit(tx, window=self._rules.window, cap=self._rules.cap)
        except _AWAY as exc:
            _log.warning("admission.failed", error=str(exc)[:200])
            return []
        mine = admitted[: self._share(len(admitted))]
        for run_id in mine:
            await self.take(run_id)
        await self._ring_runs(admitted[len(mine) :])
        return admitted

    def _share(self, admitted: int) -> int:
        """How many to take without a doorbell: as many as ended here since the last admission, and half of
        what is new, because others may have less to do."""
        refill, self._ended = min(self._ended, admitted), 0
        wanted = refill + (admitted - refill + 1) // 2
        return min(wanted, _AT_HAND, self._rules.places - len(self._tasks))

    def lose_everything(self) -> None:
        """This process no longer counts as living: stop acting on all runs at once."""
        for drive in list(self._drives.values()):
            drive.lose()

    async def stop(self) -> None:
        """Take nothing new, let acts end, cut the rest short, park everything."""
        self._stopping = True
        for drive in list(self._drives.values()):
            drive.stop()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=self._rules.stop_patience)
            for drive in list(self._drives.values()):
                await drive.cut_short()
            if late:
                await asyncio.wait(late, timeout=self._rules.stop_patience)
        await end(self._loops)
        await self._committer.jobs_done()

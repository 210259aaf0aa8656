"""The deliverer of a process: takes due deliveries, sends some of them at a time, and writes down how
it went. Any number of processes may run one."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import psycopg

from kit import ids, log
from kit.db import Db
from kit.errors import Overloaded
from webhooks.callbacks import sending, store
from webhooks.callbacks.sending import Means
from webhooks.callbacks.store import Claimed

_SWEEP_SECONDS = 60.0
_SOON_SECONDS = 2.0
_DATABASE_AWAY = (psycopg.Error, Overloaded, OSError)
_log = log.get("webhooks.callbacks")


class Deliverer:
    """One per process. Between claim and record no transaction is open."""

    def __init__(self, db: Db, means: Means) -> None:
        self._db = db
        self._means = means
        self._owner = ids.new()
        self._acting: set[asyncio.Task[None]] = set()
        self._nudged = asyncio.Event()
        self._swept = float("-inf")
        self._busy = float("-inf")

    def nudge(self) -> None:
        """Something may be due: look now and not only when the time has come."""
        self._nudged.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then take nothing new and let what is being sent end, which takes no
        longer than one call."""
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: self.nudge())
        try:
            while not stop.is_set():
                self._nudged.clear()
                if not await self._take():
                    await self._rest()
        finally:
            stopping.cancel()
            await asyncio.gather(*self._acting, return_exceptions=True)

    async def _take(self) -> int:
        """Begin to send what is due and fits; how many."""
        free = self._means.policy.parallel - len(self._acting)
        if free <= 0:
            return 0
        try:
            await self._sweep()
            claimed = await sending.claim_due(self._db, self._owner, self._means.policy, free)
        except _DATABASE_AWAY as exc:
            _log.warning("deliverer.database_away", error=type(exc).__name__)
            return 0
        if claimed:
            self._busy = time.monotonic()
        for one in claimed:
            task = asyncio.create_task(self._deliver(one))
            self._acting.add(task)
            task.add_done_callback(self._done)
        return len(claimed)

    async def _sweep(self) -> None:
        if time.monotonic() - self._swept < _SWEEP_SECONDS:
            return
        self._swept = time.monotonic()
        async with self._db.engine() as tx:
            ended = await store.end_overdue(tx, self._means.policy.give_up)
        await sending.disable_failing(self._db, self._means.policy)
        if ended:
            _log.error("delivery.overdue", count=ended)

    async def _deliver(self, claimed: Claimed) -> None:
        told = await sending.act(self._means, claimed)
        try:
            await sending.record(self._db, self._owner, self._means, claimed, told)
        except _DATABASE_AWAY as exc:
            # The lease ends and the message is sent again under its id; the receiver drops the repeat.
            _log.warning(
                "delivery.unrecorded", delivery=ids.show("dlv", claimed.id), error=type(exc).__name__
            )

    def _done(self, task: asyncio.Task[None]) -> None:
        self._acting.discard(task)
        self._nudged.set()
        if not task.cancelled() and (exc := task.exception()) is not None:
            _log.error("delivery.broke", exc_info=exc)

    async def _rest(self) -> None:
        look = self._means.policy.look
        # What a receiver's pace has held back comes soon.
        soon = time.monotonic() - self._busy < _SOON_SECONDS
        with suppress(TimeoutError):
            async with asyncio.timeout(look / 10 if soon else look):
                await self._nudged.wait()

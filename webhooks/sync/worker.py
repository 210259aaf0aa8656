"""The syncer of a process: takes due syncs, drives some of them at a time and says that they live. Any
number of processes may run one; a long pull stands in nobody's way."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from kit import ids, log
from kit.db import Db
from kit.tasks import end
from webhooks.connections.connections import Means
from webhooks.intake import Intake
from webhooks.sync import store
from webhooks.sync.driver import AWAY, Driver
from webhooks.sync.model import Claimed
from webhooks.sync.policy import Policy

_log = log.get("webhooks.sync")


class Syncer:
    """One per process."""

    def __init__(self, db: Db, intake: Intake, means: Means, policy: Policy | None = None) -> None:
        self._db = db
        self._policy = policy or Policy()
        self._owner = ids.new()
        self._driver = Driver(db, intake, means, self._policy, self._owner)
        self._acting: set[asyncio.Task[None]] = set()
        self._nudged = asyncio.Event()

    def nudge(self) -> None:
        """Something may be due: look now and not only when the time has come."""
        self._nudged.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then take nothing new and leave what is going on to others, each after
        the page that is being written."""
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: self.nudge())
        try:
            while not stop.is_set():
                self._nudged.clear()
                if not await self._claim():
                    await self._rest()
        finally:
            await end([stopping, *self._acting])

    async def _claim(self) -> int:
        """Begin to drive what is due and fits; how many."""
        free = self._policy.parallel - len(self._acting)
        if free <= 0:
            return 0
        try:
            async with self._db.engine() as tx:
                claimed = await store.claim_syncs(tx, self._owner, limit=free, lease=self._policy.lease)
        except AWAY as exc:
            _log.warning("syncer.database_away", error=type(exc).__name__)
            return 0
        for one in claimed:
            task = asyncio.create_task(self._drive(one))
            self._acting.add(task)
            task.add_done_callback(self._done)
        return len(claimed)

    async def _drive(self, claimed: Claimed) -> None:
        driving = asyncio.create_task(self._driver.drive(claimed))
        living = asyncio.create_task(self._stay(claimed))
        try:
            await asyncio.wait({driving, living}, return_when=asyncio.FIRST_COMPLETED)
            if driving.done():
                await driving
        except AWAY as exc:
            # The lease ends and another process, or this one, goes on from the last page.
            _log.warning("sync.unrecorded", sync=ids.show("sync", claimed.id), error=type(exc).__name__)
        finally:
            left = not driving.done()
            await end([driving, living])
            if left:
                await self._after(self._driver.leave(claimed))

    async def _stay(self, claimed: Claimed) -> None:
        """Say that the sync lives, until it is no longer ours or somebody wants it to end; the driver ends
        it then, at its next page or, cancelled, by the next process."""
        while True:
            await asyncio.sleep(self._policy.lease / 3)
            try:
                async with self._db.engine() as tx:
                    if await store.renew_lease(tx, claimed, self._owner, self._policy.lease) is not False:
                        return
            except AWAY as exc:
                _log.warning("sync.unrenewed", sync=ids.show("sync", claimed.id), error=type(exc).__name__)

    async def _after(self, work: Coroutine[Any, Any, None]) -> None:
        with suppress(*AWAY):
            await work

    def _done(self, task: asyncio.Task[None]) -> None:
        self._acting.discard(task)
        self._nudged.set()
        if not task.cancelled() and (exc := task.exception()) is not None:
            _log.error("sync.broke", exc_info=exc)

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._policy.look):
                await self._nudged.wait()

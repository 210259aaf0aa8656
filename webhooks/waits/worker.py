"""The resumer of a process: takes waits whose runs are over and calls Workato at each workspace's pace.
Any number of processes may run one; together they keep the pace, for it is written in the workspace."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import psycopg

from kit import ids, log
from kit.db import Db
from kit.errors import Overloaded
from webhooks.waits import resuming, store
from webhooks.waits.resuming import Means
from webhooks.waits.store import Claimed

_SWEEP_SECONDS = 5.0
_DATABASE_AWAY = (psycopg.Error, Overloaded, OSError)
_log = log.get("webhooks.waits")


class Resumer:
    """One per process. Between claim and record no transaction is open."""

    def __init__(self, db: Db, means: Means) -> None:
        self._db = db
        self._means = means
        self._owner = ids.new()
        self._acting: set[asyncio.Task[None]] = set()
        self._swept = float("-inf")

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then let the calls that are out end."""
        while not stop.is_set():
            await self._take()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._means.policy.look):
                    await stop.wait()
        await asyncio.gather(*self._acting, return_exceptions=True)

    async def _take(self) -> None:
        free = self._means.policy.parallel - len(self._acting)
        if free <= 0:
            return
        try:
            await self._sweep()
            claimed = await resuming.claim_due(self._db, self._owner, self._means.policy, free)
        except _DATABASE_AWAY as exc:
            _log.warning("resumer.database_away", error=type(exc).__name__)
            return
        for one in claimed:
            task = asyncio.create_task(self._resume(one))
            self._acting.add(task)
            task.add_done_callback(self._acting.discard)

    async def _sweep(self) -> None:
        if time.monotonic() - self._swept < _SWEEP_SECONDS:
            return
        self._swept = time.monotonic()
        async with self._db.engine() as tx:
            await store.expire_waits(tx)

    async def _resume(self, claimed: Claimed) -> None:
        try:
            told = await resuming.act(self._db, self._means, claimed)
            await resuming.record(self._db, self._owner, claimed, told)
        except _DATABASE_AWAY as exc:
            # The lease ends and the job is resumed again; Workato does not know the token any more then.
            _log.warning("wait.unrecorded", wait=ids.show("wait", claimed.id), error=type(exc).__name__)

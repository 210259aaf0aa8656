"""The clock: one elected process does the sweeps; the others wait to take its place."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import psycopg
import structlog

from control import calls, keys, tokens
from kit import ids
from kit.db import Db
from kit.errors import Overloaded
from kit.jobs import Bell, make_broker
from kit.presence import Presence
from kit.settings import Settings
from kit.tasks import end
from kit.vault import Vault
from pipeline.engine import store
from pipeline.engine.clockwork import Clockwork
from pipeline.engine.doorbell import ring_runs
from pipeline.records import care
from pipeline.runs import follow_up, retention
from pipeline.uploads import store as uploads
from webhooks.callbacks import sending
from webhooks.mapped import drift
from webhooks.sync import schedule

_log = structlog.get_logger("connector.clock")
_ELECTION_KEY = 7_011_304
_ELECTION_SECONDS = 1.0
_TICK = 0.2
_AWAY = (psycopg.Error, Overloaded, OSError)


class Hand(msgspec.Struct):
    """Something done every so many seconds."""

    name: str
    every: float
    do: Callable[[], Awaitable[Any]]
    due: float = 0.0


class Clock:
    """Ticks while it is the elected one."""

    def __init__(self, settings: Settings, db: Db, bell: Bell) -> None:
        self._db = db
        self._id = ids.new()
        self._presence = Presence(settings.direct_url, _ELECTION_KEY)
        work = Clockwork(
            db,
            lambda run_ids: ring_runs(bell, run_ids),
            bell.jobs,
            window=settings.window,
            cap=settings.company_cap,
        )
        self._hands = [
            Hand("stay_seen", 3, self._stay_seen),
            Hand("take_over", 0.4, work.take_over),
            Hand("admit", settings.admit_seconds, work.admit),
            Hand("ring_unheard_jobs", 1, work.ring_unheard_jobs),
            Hand("draw_queue", 1, work.draw_queue),
            Hand("check_documents", 1, lambda: care.check_some(db)),
            Hand("follow_up", 5, lambda: follow_up.start_due(db)),
            Hand("start_syncs", 5, lambda: schedule.start_due(db)),
            Hand("start_fetches", 1, lambda: schedule.start_fetches(db)),
        ]
        self._slow = [
            Hand("announce_expiring", 600, lambda: schedule.announce_expiring(db)),
            Hand("announce_ending", 600, lambda: sending.announce_ending(db)),
            Hand("ask_for_drift", 60, lambda: drift.ask(db)),
            Hand("check", 30, work.check),
            Hand("forget_bodies", 600, lambda: calls.forget_bodies(db)),
            Hand("retention", 3600, lambda: retention.sweep(db, settings)),
            Hand("forget_uploads", 3600, lambda: uploads.forget(db, settings.keep_run_days)),
            Hand("forget_syncs", 3600, lambda: schedule.forget(db, settings.keep_run_days)),
            Hand("keep_keys", 3600, lambda: keep_keys(db, Vault(settings.secret_key))),
        ]

    async def run(self, stop: asyncio.Event) -> None:
        """Stand for election until stopped; tick while elected."""
        try:
            while not stop.is_set():
                if await self._elected():
                    _log.info("clock.elected")
                    await self._tick_while_elected(stop)
                await _wait(stop, _ELECTION_SECONDS)
        finally:
            await self._presence.leave()

    async def _stay_seen(self) -> None:
        """On the list of the living, so that readiness can say whether there is a clock."""
        host = socket.gethostname()
        async with self._db.engine() as tx:
            await store.enrol(tx, id_=self._id, kind="clock", lock_key=_ELECTION_KEY, host=host)

    async def _elected(self) -> bool:
        try:
            return await self._presence.take()
        except _AWAY as exc:
            _log.warning("clock.database_away", error=str(exc)[:200])
            return False

    async def _tick_while_elected(self, stop: asyncio.Event) -> None:
        """What may take long has a turn of its own, so that nothing waits for it."""
        ends = [asyncio.create_task(one) for one in (self._presence.lost(), stop.wait())]
        turns = [asyncio.create_task(_turn(hands)) for hands in (self._hands, self._slow)]
        try:
            await asyncio.wait([*ends, *turns], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end([*ends, *turns])
            await self._presence.leave()


async def _turn(hands: list[Hand]) -> None:
    while True:
        for hand in hands:
            if hand.due <= time.monotonic():
                hand.due = time.monotonic() + hand.every
                await _do(hand)
        await asyncio.sleep(_TICK)


async def _do(hand: Hand) -> None:
    try:
        await hand.do()
    except _AWAY as exc:
        _log.warning("clock.missed", hand=hand.name, error=str(exc)[:200])
    except Exception:
        _log.exception("clock.broke", hand=hand.name)


async def keep_keys(db: Db, vault: Vault) -> None:
    """There is always a key that signs and one that comes after it; ended tokens are forgotten."""
    async with db.auth() as tx:
        await keys.ensure(tx, vault)
        await tokens.sweep(tx)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Run a clock with parts of its own until stopped."""
    db = Db(settings.database_url, size=2, name="connector-clock")
    await db.open()
    try:
        await Clock(settings, db, Bell(make_broker(settings.redis_url))).run(stop)
    finally:
        await db.close()

"""The worker process: runs, jobs, deliveries, waits, syncs and comparisons on one loop, fed by Dramatiq."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from uuid import UUID

import dramatiq
import psycopg
import structlog

from connector.work import Work, build_work
from kit import ids
from kit.errors import Overloaded
from kit.jobs import Bell, make_broker
from kit.presence import Presence
from kit.settings import Settings
from kit.tasks import end
from pipeline.engine import store
from pipeline.engine.doorbell import answer, ring_runs
from pipeline.engine.engine import Engine, Rules

_log = structlog.get_logger("connector.worker")
_THREADS = 2
_PICK_UP_MS = 200
_SEEN_SECONDS = 3.0
_AWAY = (psycopg.Error, Overloaded, OSError)


class Desk:
    """Where doorbells find the engine of the process's current life."""

    def __init__(self) -> None:
        self.engine: Engine | None = None

    async def take(self, run_id: UUID) -> None:
        """Answer a doorbell, if there is an engine to answer it; else the clock rings again."""
        if self.engine is not None:
            await self.engine.take(run_id)

    def ask_admission(self) -> None:
        """Pass an admission request on."""
        if self.engine is not None:
            self.engine.ask_admission()


async def serve(
    settings: Settings, stop: asyncio.Event, build: Callable[[Settings], Awaitable[Work]] = build_work
) -> None:
    """Work until stopped. A life ends when the process's lock is lost; the next has a new id. Raises what
    ended a loop: a process that no longer does all of its work has to be started anew."""
    brokers = make_broker(settings.redis_url), make_broker(settings.redis_url)
    bell = Bell(brokers[1])
    work = await build(settings)
    desk = Desk()
    answer(*brokers, desk, work.jobs, asyncio.get_running_loop())
    workers = [
        dramatiq.Worker(broker, worker_threads=_THREADS, worker_timeout=_PICK_UP_MS) for broker in brokers
    ]
    parts = (work.deliverer, work.resumer, work.syncer, work.reader, work.comparer)
    loops = [asyncio.create_task(part.run(stop)) for part in parts]
    for task in loops:
        task.add_done_callback(lambda _: stop.set())
    for worker in workers:
        await asyncio.to_thread(worker.start)
    try:
        while not stop.is_set():
            await _live(settings, work, bell, desk, stop)
    finally:
        for worker in workers:
            await asyncio.to_thread(worker.stop, 5_000)
        ended = await asyncio.gather(*loops, return_exceptions=True)
        await work.close()
    for one in ended:
        if isinstance(one, BaseException):
            raise one


async def _live(settings: Settings, work: Work, bell: Bell, desk: Desk, stop: asyncio.Event) -> None:
    presence = Presence(settings.direct_url)
    owner = ids.new()
    try:
        await presence.take()
        await _enrol(work, owner, presence.key)
    except _AWAY as exc:
        _log.warning("worker.database_away", error=str(exc)[:200])
        await presence.leave()
        await asyncio.sleep(1)
        return
    engine = Engine(
        work.db,
        work.tools,
        rules(settings),
        owner=owner,
        ring_runs=lambda run_ids: ring_runs(bell, run_ids),
        do_jobs=work.jobs.soon,
    )
    engine.start()
    desk.engine = engine
    engine.ask_admission()
    _log.info("worker.ready", owner=str(owner))
    lost = asyncio.create_task(presence.lost())
    stopped = asyncio.create_task(stop.wait())
    broken = asyncio.create_task(engine.broken.wait())
    seen = asyncio.create_task(_stay_seen(work, owner, presence.key))
    await asyncio.wait({lost, stopped, broken}, return_when=asyncio.FIRST_COMPLETED)
    if lost.done():
        _log.warning("worker.lock_lost", owner=str(owner))
    if not stop.is_set():
        engine.lose_everything()
    desk.engine = None
    await engine.stop()
    await end((lost, stopped, broken, seen))
    await presence.leave()
    await _leave(work, owner)


async def _enrol(work: Work, owner: UUID, key: int) -> None:
    async with work.db.engine() as tx:
        await store.enrol(tx, id_=owner, kind="worker", lock_key=key, host=socket.gethostname())


async def _stay_seen(work: Work, owner: UUID, key: int) -> None:
    while True:
        await asyncio.sleep(_SEEN_SECONDS)
        try:
            await _enrol(work, owner, key)
        except _AWAY as exc:
            _log.warning("worker.unseen", error=str(exc)[:200])


async def _leave(work: Work, owner: UUID) -> None:
    """Nobody has to wait for the leases of runs that could not be parked."""
    try:
        async with work.db.engine() as tx:
            await store.leave(tx, owner)
            await store.take_over(tx, [owner])
    except _AWAY as exc:
        _log.warning("worker.left_unsaid", error=str(exc)[:200])


def rules(settings: Settings) -> Rules:
    """The engine's numbers as the operator set them."""
    return Rules(
        places=settings.runs_per_process,
        window=settings.window,
        cap=settings.company_cap,
        lease=settings.lease_seconds,
        renew=settings.lease_renew_seconds,
        visible_within=settings.visible_within,
        stop_patience=settings.stop_seconds,
    )

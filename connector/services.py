"""What a process is made of, put together in one place."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import psycopg

from connector.graphs import driver_of
from connector.oauth.verify import Tokens
from connector.sources import means_of
from control.calls import Calls
from control.limits import Limits
from kit import log
from kit.apart import Apart
from kit.db import Db
from kit.errors import Overloaded
from kit.gate import Gate
from kit.jobs import Bell, make_broker
from kit.redis import Redis
from kit.settings import Settings
from kit.tasks import end
from kit.vault import Vault
from pipeline.engine import store
from pipeline.engine.doorbell import ring_admit
from pipeline.graph.driver import Driver
from pipeline.uploads.understanding import helper
from webhooks.connections.connections import Means
from webhooks.intake import Intake

_log = log.get("connector.services")
_SHARE_SECONDS = 0.1
_FOR_READERS = 3
_CALLS_SECONDS = 2.0
_MOST_WAITING = 256


class Ringer:
    """Rings in the background: the rows are the truth, and the clock rings again for what nobody heard."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._ringing: set[asyncio.Task[None]] = set()

    def ring(self, jobs: list[int], queued: int) -> None:
        """Ring for jobs, and once for an admission when runs were queued."""
        task = asyncio.create_task(self._ring(jobs, queued))
        self._ringing.add(task)
        task.add_done_callback(self._ringing.discard)

    async def _ring(self, jobs: list[int], queued: int) -> None:
        if queued:
            await ring_admit(self._bell)
        await self._bell.jobs(jobs)

    async def close(self) -> None:
        """Wait for what is being rung."""
        await asyncio.gather(*self._ringing)


@dataclass(frozen=True)
class Services:
    """The parts of one process; `running` opens and closes them. `probes` are further parts that
    readiness looks at, by name."""

    settings: Settings
    db: Db
    vault: Vault
    redis: Redis
    tokens: Tokens
    limits: Limits
    ringer: Ringer
    writes: Gate
    intake: Intake
    reading: Apart
    sources: Means
    graph: Driver
    probes: Mapping[str, Callable[[], Awaitable[bool]]] = field(default_factory=dict)
    calls: Calls = field(default_factory=Calls)

    @contextlib.asynccontextmanager
    async def running(self, *, warm: bool = False) -> AsyncIterator[None]:
        """Open the database, load who may come in, and keep both fresh until the end. `warm` also starts the
        process for large payloads now (it takes a second), which otherwise waits for the first of them."""
        await self.db.open()
        try:
            await self.tokens.start()
            if warm:
                self.intake.warm()
            tasks = [
                asyncio.create_task(self.tokens.watch()),
                asyncio.create_task(self._share()),
                asyncio.create_task(self._write_calls()),
            ]
            try:
                yield
            finally:
                await end(tasks)
        finally:
            self.intake.close()
            self.reading.close()
            await self.sources.http.close()
            await self.graph.close()
            await self.ringer.close()
            await self.redis.close()
            await self.db.close()

    async def ring(self, jobs: list[int], queued: int) -> None:
        """After a commit: tell the workers of outbox rows and of runs that wait. Never waits for Redis."""
        self.ringer.ring(jobs, queued)

    async def _share(self) -> None:
        while True:
            await asyncio.sleep(_SHARE_SECONDS)
            await self.limits.share()

    async def _write_calls(self) -> None:
        while True:
            await asyncio.sleep(_CALLS_SECONDS)
            try:
                await self.calls.write(self.db, self.vault)
            except (psycopg.Error, Overloaded, OSError) as exc:
                _log.warning("calls.unwritten", error=type(exc).__name__)


def _probes(db: Db, graph: Driver) -> dict[str, Callable[[], Awaitable[bool]]]:
    """What readiness looks at beside the database and Redis. Requests are answered without any of it."""

    async def graph_answers() -> bool:
        await graph.check(seconds=1.5)
        return True

    async def lives(kind: str) -> bool:
        async with db.engine() as tx:
            return kind in await store.living(tx)

    return {"graph": graph_answers, "worker": lambda: lives("worker"), "clock": lambda: lives("clock")}


def build(settings: Settings) -> Services:
    """The parts for these settings; nothing is connected yet."""
    db = Db(settings.database_url, size=settings.database_pool, name="connector-api")
    vault = Vault(settings.secret_key)
    redis = Redis(settings.redis_url)
    graph = driver_of(settings)
    writes = Gate(max(1, settings.database_pool - _FOR_READERS), _MOST_WAITING)
    ringer = Ringer(Bell(make_broker(settings.redis_url)))

    async def ring(jobs: list[int], queued: int) -> None:
        ringer.ring(jobs, queued)

    return Services(
        settings=settings,
        db=db,
        vault=vault,
        redis=redis,
        tokens=Tokens(db, vault, settings),
        limits=Limits(redis),
        ringer=ringer,
        writes=writes,
        intake=Intake(db, ring, writes, most_items=settings.intake_items),
        reading=helper(),
        sources=means_of(settings),
        graph=graph,
        probes=_probes(db, graph),
    )

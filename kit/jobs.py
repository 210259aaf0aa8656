"""Jobs: what one room announces and another one does, leaving with the rows they are about.

`put` writes a row in the caller's transaction. The row is the truth and stays until its handler is
done; the Redis message that says "look at row 17" is only a hint and may be lost or come twice, so
every handler is written to be run twice. The clock sends again whatever is due and was not heard.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Protocol, Self, cast, runtime_checkable
from uuid import UUID

import dramatiq
import msgspec
import psycopg
import structlog
from dramatiq.brokers.redis import RedisBroker

from kit.db import Db, Tx, json
from kit.errors import Overloaded
from kit.sql import Queries

_sql = Queries("kit", "jobs.sql")
_log = structlog.get_logger("kit.jobs")

JOBS = "jobs"
# Hints that are heard at once share a queue: each queue costs its own looks into Redis.
HINTS_QUEUE = "hints"
_QUIET_SECONDS = 2.0
_AT_ONCE = 4
_GATHER_SECONDS = 0.2
_BACKOFF_SECONDS = (1, 5, 30, 120, 600)


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A typed announcement. Subclasses live in the room that announces them and set `kind`."""

    kind: ClassVar[str]


@runtime_checkable
class Merging(Protocol):
    """A job of which one can do the work of several of a company."""

    def merged(self, others: Sequence[Any]) -> Self:
        """One job that does what this and the others do."""
        ...


Handler = Callable[[Any, UUID], Awaitable[None]]


class _Broker(RedisBroker):
    """Without the queues for delayed messages: business timers are rows, so nobody need look there."""

    def get_declared_delay_queues(self) -> set[str]:
        return set()


def make_broker(redis_url: str) -> dramatiq.Broker:
    """The one broker of a process. PostgreSQL owns retries and deadlines, so Dramatiq's own are left out."""
    broker: RedisBroker = _Broker(  # type: ignore[no-untyped-call]
        url=redis_url,
        middleware=[],
        heartbeat_timeout=15_000,
        maintenance_chance=1_000_000,
        socket_connect_timeout=0.5,
        socket_timeout=5,
    )
    return cast(dramatiq.Broker, broker)


class Bell:
    """Sends hints. Best effort: when Redis is away it says so and stays quiet for two seconds."""

    def __init__(self, broker: dramatiq.Broker) -> None:
        self._broker = broker
        self._quiet_until = 0.0

    async def ring(self, actor: str, messages: Iterable[tuple[Any, ...]], queue: str = HINTS_QUEUE) -> bool:
        """One message to the actor per tuple of arguments. False if not sent."""
        batch = list(messages)
        if not batch:
            return True
        if time.monotonic() < self._quiet_until:
            return False
        try:
            await asyncio.to_thread(self._send, queue, actor, batch)
        except Exception as exc:
            self._quiet_until = time.monotonic() + _QUIET_SECONDS
            _log.warning("bell.unheard", actor=actor, messages=len(batch), error=type(exc).__name__)
            return False
        return True

    def _send(self, queue: str, actor: str, batch: list[tuple[Any, ...]]) -> None:
        for args in batch:
            self._broker.enqueue(
                dramatiq.Message(queue_name=queue, actor_name=actor, args=args, kwargs={}, options={})
            )

    async def jobs(self, ids: Iterable[int]) -> bool:
        """Ring for outbox rows."""
        return await self.ring(JOBS, [(id_,) for id_ in ids])


async def put(tx: Tx, company_id: UUID | None, *jobs: Job) -> list[int]:
    """Write the jobs beside the rows they are about; ring for the returned ids after the commit."""
    rows = [{"company_id": company_id, "kind": job.kind, "payload": msgspec.to_builtins(job)} for job in jobs]
    return [row["id"] for row in await tx.all(_sql["put_jobs"], {"jobs": json(rows)})]


async def unheard(tx: Tx, limit: int = 500) -> list[int]:
    """The ids of due jobs that nobody has been told of for a while; they are marked as told now."""
    return [row["id"] for row in await tx.all(_sql["unheard_jobs"], {"limit": limit})]


class _Row(msgspec.Struct, frozen=True):
    id: int
    company_id: UUID
    kind: str
    payload: dict[str, Any]
    attempts: int


class Jobs:
    """Who does which job: filled once by the composition root from each room's handlers."""

    def __init__(self, db: Db, handlers: Mapping[type[Job], Handler]) -> None:
        self._db = db
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._asked: set[int] = set()
        self._turn = asyncio.Lock()
        self._by_kind = {job.kind: (job, handler) for job, handler in handlers.items()}

    async def soon(self, ids: Sequence[int]) -> None:
        """Do the jobs of these rows together with those that others ask for in the fifth of a second before,
        or while the last were done. What the database is too busy for, the clock rings for later."""
        self._asked.update(ids)
        async with self._turn:
            if not self._asked:
                return
            await asyncio.sleep(_GATHER_SECONDS)
            mine, self._asked = sorted(self._asked), set()
            try:
                await self.perform(mine)
            except (psycopg.Error, Overloaded, OSError) as exc:
                _log.warning("jobs.put_off", jobs=len(mine), error=str(exc)[:200])

    async def perform(self, ids: Sequence[int]) -> None:
        """Do the jobs of these rows, except those that are gone, not due, or being done elsewhere."""
        async with self._db.engine() as tx:
            taken = await tx.all(_sql["take_jobs"], {"ids": list(ids)}, into=_Row)
        groups: dict[Any, list[_Row]] = {}
        for row in taken:
            job_type, _ = self._by_kind[row.kind]
            groups.setdefault(
                (row.kind, row.company_id) if issubclass(job_type, Merging) else row.id, []
            ).append(row)
        results = await asyncio.gather(*map(self._do, groups.values()))
        done = [row.id for rows, well in zip(groups.values(), results, strict=True) if well for row in rows]
        if done:
            async with self._db.engine() as tx:
                await tx.run(_sql["finish_jobs"], {"ids": done})

    async def _do(self, rows: list[_Row]) -> bool:
        """Whether the handler ended well; if not, the rows come again later."""
        first = rows[0]
        job_type, handler = self._by_kind[first.kind]
        try:
            job, *others = [msgspec.convert(row.payload, job_type) for row in rows]
            async with self._places:
                await handler(job.merged(others) if isinstance(job, Merging) else job, first.company_id)
        except Exception as exc:
            _log.exception("job.failed", job=first.kind, job_id=first.id, attempt=first.attempts)
            async with self._db.engine() as tx:
                for row in rows:
                    wait = _BACKOFF_SECONDS[min(row.attempts, len(_BACKOFF_SECONDS)) - 1]
                    params = {"id": row.id, "wait": wait, "error": str(exc)[:500]}
                    await tx.run(_sql["postpone_job"], params)
            return False
        return True


def declare(broker: dramatiq.Broker, actor: str, take: Callable[..., Any], queue: str = HINTS_QUEUE) -> None:
    """Bind an actor to its queue: it passes its arguments to `take`."""
    dramatiq.actor(broker=broker, actor_name=actor, queue_name=queue)(take)

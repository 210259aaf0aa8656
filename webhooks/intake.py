"""One call into a webhook: bytes kept, profiles understood and taken in, a verdict for each.

Parsing runs beside the event loop (large payloads in a process of their own). Calls that wait for the
same company are taken in together; a call that cannot be understood is recorded all the same, so that
whoever looks for it finds what was wrong with it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any, NoReturn
from uuid import UUID

import msgspec
import psycopg

from adapters.model import Problem, Unreadable
from kit import ids
from kit.apart import end_with_parent
from kit.db import Db, Tx
from kit.errors import Action, FieldError, Invalid, Overloaded, Refused, TooLarge, WrongType
from kit.gate import Gate
from mappings.defaults import default_mapping
from mappings.model import Mapping, Preferences
from pipeline.records import sheets
from pipeline.records import take as taking
from pipeline.records.model import Answer, Bad, Received
from pipeline.records.take import Taken
from webhooks.connections.exclusion import without
from webhooks.connections.wishes import Wishes, mapping_of
from webhooks.understand import Understood, understand

# What is this small is read faster than a thread takes it over; what is this large keeps a thread too long.
_SMALL_BYTES = 4_000
_HEAVY_BYTES = 256_000
_MOST_WAITING = 512
_MOST_TOGETHER = 32


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """An authenticated call: who, from where, which bytes, and how it wants to be treated. Of a `dry_run`
    nothing is kept, whatever becomes of it."""

    company_id: UUID
    client_id: UUID | None
    actor_kind: str
    actor_id: str
    source: str
    body: bytes
    content_type: str | None
    event_key: str | None = None
    strict: bool = False
    drafts_only: bool = False
    dry_run: bool = False
    replay_of: UUID | None = None
    sync_id: UUID | None = None
    columns: dict[str, str] = {}


class Ways(msgspec.Struct, frozen=True):
    """How a company's payloads of one source are read."""

    mapping: Mapping
    preferences: Preferences
    columns: dict[str, str]
    excluded: list[str]


class Intake:
    """Takes calls in. `ring` is called after each commit with (jobs, queued runs)."""

    def __init__(
        self,
        db: Db,
        ring: Callable[[list[int], int], Awaitable[Any]],
        gate: Gate,
        *,
        most_items: int,
        locales: tuple[str, ...] = (),
    ) -> None:
        self._db = db
        self._ring = ring
        self._gate = gate
        self._most_items = most_items
        self._preferences = Preferences(locales) if locales else Preferences()
        self._wishes = Wishes(db)
        self._heavy: ProcessPoolExecutor | None = None
        self._groups: dict[UUID, _Group] = {}
        self._waiting = 0

    def warm(self) -> None:
        """Start the process for large payloads now, so that the first of them does not wait for it."""
        self._heavy = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=end_with_parent)
        self._heavy.submit(default_mapping, "workday")

    async def ways(self, company_id: UUID, source: str) -> Ways:
        """How the company's next payload of a source would be read."""
        wish = await self._wishes.of(company_id, source)
        return Ways(mapping_of(wish, source), self._preferences, wish.columns, wish.excluded)

    def forget(self, company_id: UUID) -> None:
        """The company published a mapping: its next payload is read with it."""
        self._wishes.forget(company_id)

    def close(self) -> None:
        """End the process for large payloads, if there is one."""
        if self._heavy is not None:
            self._heavy.shutdown(wait=False, cancel_futures=True)

    async def receive(self, hook: Hook) -> Answer:
        """Durable when this returns; raises Refused when nothing of the call could be taken in."""
        return await self._together(hook.company_id, await self.prepare(hook))

    async def rehearse(self, hook: Hook) -> Answer:
        """What `receive` would answer to a dry run, by the same road; nothing of it stays. Raises Refused."""
        received = await self.prepare(hook)
        async with self._gate.place():
            return await taking.rehearse(self._db, hook.company_id, received)

    async def prepare(self, hook: Hook) -> Received:
        """The call, understood, with no transaction open. Raises Refused, having kept the call, when nothing
        in it can be used (or, when it is strict, not all of it)."""
        hook = await self.pared(hook)
        received = await self._understood(hook)
        await self.insist(hook, received)
        return received

    async def take(self, tx: Tx, company_id: UUID, received: Received) -> Taken:
        """Take a prepared call in as part of the caller's transaction; `rung` is for after its commit."""
        return await taking.take_within(self._db, tx, company_id, received)

    async def rung(self, taken: Taken) -> None:
        """Tell whoever waits for jobs and runs."""
        await self.rung_for(taken.jobs, taken.queued)

    async def rung_for(self, jobs: list[int], queued: int) -> None:
        """The same for jobs and runs that came about otherwise."""
        if jobs or queued:
            await self._ring(jobs, queued)

    async def pared(self, hook: Hook) -> Hook:
        """The call as its company wants it read: with what its own columns mean, and without the fields that
        it excludes. What they cannot be taken out of, because nobody can read it, is refused and kept
        without its bytes."""
        wish = await self._wishes.of(hook.company_id, hook.source)
        names = wish.excluded
        try:
            body = await asyncio.to_thread(without, hook.body, names) if names else hook.body
        except Unreadable as exc:
            bare = msgspec.structs.replace(hook, body=b"")
            await self.record_refusal(bare, Problem(exc.code, exc.detail), exc.status)
        return msgspec.structs.replace(hook, body=body, columns=wish.columns)

    async def understood(self, hook: Hook) -> Received:
        """The call read and mapped; nothing is kept and nothing refused. Raises Unreadable."""
        return _received(hook, await self._read(hook))

    async def _understood(self, hook: Hook) -> Received:
        try:
            understood = await self._read(hook)
        except Unreadable as exc:
            await self.record_refusal(hook, Problem(exc.code, exc.detail), exc.status)
        if len(understood.items) > self._most_items:
            detail = (
                f"The payload holds {len(understood.items)} job profiles; the limit is {self._most_items}."
            )
            await self.record_refusal(hook, Problem("too_many_items", detail), 413)
        return _received(hook, understood)

    async def _read(self, hook: Hook) -> Understood:
        if hook.source == sheets.SHEET:
            sheet = await asyncio.to_thread(sheets.read, hook.body)
            return Understood(sheets.SHEET, sheet.items, sheet.warnings)
        ways = await self.ways(hook.company_id, hook.source)
        args = (hook.source, hook.body, hook.content_type, ways.mapping, ways.preferences, hook.columns)
        if len(hook.body) <= _SMALL_BYTES:
            return understand(*args)
        if len(hook.body) <= _HEAVY_BYTES:
            return await asyncio.to_thread(understand, *args)
        if self._heavy is None:
            self.warm()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._heavy, understand, *args)
        except BrokenProcessPool as exc:
            self._heavy = None
            raise Overloaded("Reading the payload was interrupted; send it again.", retry_after=2) from exc

    async def record_refusal(self, hook: Hook, problem: Problem, status: int) -> NoReturn:
        """Keep a call that cannot be used, then refuse it; the refusal names the source event."""
        raise _refusal(problem, status, await self.keep_refused(hook, problem))

    async def keep_refused(self, hook: Hook, problem: Problem) -> UUID | None:
        """Keep a call that was refused, so that whoever looks for it finds why; its source event (None of a
        dry run)."""
        if hook.dry_run:
            return None
        received = _received(hook, Understood("unreadable", [], (problem,)))
        async with self._db.company(hook.company_id) as tx:
            await taking.record_rejected(tx, hook.company_id, received, problem)
        return received.id

    async def insist(self, hook: Hook, received: Received) -> None:
        """Raises Invalid, having kept the call, when all its items are bad, or one is and it is strict."""
        bad = [item for item in received.items if isinstance(item, Bad)]
        all_bad = len(bad) == len(received.items)
        if not bad or not (hook.strict or all_bad):
            return
        detail = _count(bad, len(received.items), strict=hook.strict and not all_bad)
        problem = Problem("items_rejected", detail)
        if not hook.dry_run:
            async with self._db.company(hook.company_id) as tx:
                await taking.record_rejected(tx, hook.company_id, received, problem)
        errors = [FieldError(f"items[{one.index}]", one.problem.detail) for one in bad[:50]]
        what = "Mend the named items and send them again" + (
            "." if all_bad else ", or send without strict=true to take in the others."
        )
        action = Action(what)
        extra = {} if hook.dry_run else {"source_event_id": ids.show("src", received.id)}
        raise Invalid(detail, code="items_rejected", errors=errors, action=action, extra=extra)

    async def _together(self, company_id: UUID, received: Received) -> Answer:
        if self._waiting >= _MOST_WAITING:
            raise Overloaded("More calls are waiting than can be taken in right now.", retry_after=2)
        group = self._groups.get(company_id)
        if group is None:
            group = self._groups[company_id] = _Group()
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        group.waiting.append((received, future))
        self._waiting += 1
        try:
            if not group.busy:
                group.busy = True
                group.task = asyncio.create_task(self._serve(company_id, group))
            return await future
        finally:
            self._waiting -= 1

    async def _serve(self, company_id: UUID, group: _Group) -> None:
        """Take in what waits, together, until nothing waits any more."""
        while group.waiting:
            batch = group.next()
            try:
                async with self._gate.place():
                    taken = await taking.take_safely(
                        self._db, company_id, [received for received, _ in batch]
                    )
            except Exception as exc:
                for _, future in batch:
                    if not future.done():
                        future.set_exception(_shown(exc))
                continue
            for (_, future), answer in zip(batch, taken.answers, strict=True):
                if not future.done():
                    future.set_result(answer)
            await self.rung(taken)
        group.busy = False
        self._groups.pop(company_id, None)


class _Group:
    """The calls of one company that wait to be taken in."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Received, asyncio.Future[Answer]]] = []
        self.busy = False
        self.task: asyncio.Task[None] | None = None

    def next(self) -> list[tuple[Received, asyncio.Future[Answer]]]:
        """The longest run of waiting calls that share no identity."""
        keys: set[str] = set()
        batch: list[tuple[Received, asyncio.Future[Answer]]] = []
        while self.waiting and len(batch) < _MOST_TOGETHER:
            own = _keys(self.waiting[0][0])
            if batch and not keys.isdisjoint(own):
                break
            keys |= own
            batch.append(self.waiting.pop(0))
        return batch


def _keys(received: Received) -> set[str]:
    keys = {key for item in received.items if not isinstance(item, Bad) for key in item.keys}
    return keys | ({f"event:{received.event_key}"} if received.event_key else set())


def _received(hook: Hook, understood: Understood) -> Received:
    return Received(
        id=ids.new(),
        source=hook.source,
        actor_kind=hook.actor_kind,
        actor_id=hook.actor_id,
        client_id=hook.client_id,
        event_key=hook.event_key or understood.event_id,
        content_type=hook.content_type,
        body=hook.body,
        body_sha256=hashlib.sha256(hook.body).hexdigest(),
        shape=understood.shape,
        items=understood.items,
        warnings=understood.warnings,
        replay_of=hook.replay_of,
        drafts_only=hook.drafts_only or hook.source == sheets.SHEET,
        origin="csv" if hook.source == sheets.SHEET else "hris",
        sync_id=hook.sync_id,
        reading=understood.reading,
        named=understood.named,
    )


def _count(bad: list[Bad], total: int, *, strict: bool) -> str:
    if strict:
        return f"{len(bad)} of {total} items cannot be used, and strict=true takes all or none."
    if total == 1:
        return bad[0].problem.detail
    return f"None of the {total} items can be used; the first: {bad[0].problem.detail}"


def _refusal(problem: Problem, status: int, source_event: UUID | None) -> Refused:
    kind = {413: TooLarge, 415: WrongType, 422: Invalid}.get(status, Refused)
    if source_event is None:
        what, extra = "Mend the payload and send it again.", {}
    else:
        what = "Mend the payload and send it again; what was received is kept as the source event."
        extra = {"source_event_id": ids.show("src", source_event)}
    action = Action(what)
    return kind(problem.detail, code=problem.code, status=status, action=action, extra=extra)


def _shown(exc: Exception) -> Exception:
    """A database that is away is load shedding for the caller, not an error of ours."""
    if isinstance(exc, psycopg.OperationalError):
        return Overloaded("The database cannot be reached at the moment.", retry_after=5)
    return exc

"""Taking job profiles in: one transaction, however many calls and items it serves.

Identities are locked in one order, the roles' standing is read, everything is decided in memory, and
written by one statement. If that statement fails on somebody's data, `take_safely` halves the items
down to the one that fails, which is rejected while the others go in.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import psycopg

from adapters.model import Problem
from kit.db import Db, Tx
from pipeline.records import decide, parts, store
from pipeline.records.model import Answer, Bad, Incoming, Received, Verdict
from pipeline.records.rows import Rows
from pipeline.records.same import profiles
from pipeline.records.store import Seen, Standing

_REUSED = Problem(
    "event_id_reused",
    "This event id came before with another body, so it was ignored; send a new id for a new event.",
    "event_id",
)


class Taken(msgspec.Struct, frozen=True):
    """The answers in the order of the calls, and what to ring for after the commit."""

    answers: list[Answer]
    jobs: list[int]
    queued: int


async def take_safely(db: Db, company_id: UUID, calls: list[Received]) -> Taken:
    """Take the calls in, in a transaction of their own; durable when this returns."""
    try:
        async with db.company(company_id) as tx:
            return await take(tx, company_id, calls)
    except psycopg.DataError:
        parts = []
        for call in calls:
            async with db.company(company_id) as tx:
                parts.append(await take_within(db, tx, company_id, call))
        return Taken(
            [answer for part in parts for answer in part.answers],
            [job for part in parts for job in part.jobs],
            sum(part.queued for part in parts),
        )


async def take_within(db: Db, tx: Tx, company_id: UUID, call: Received) -> Taken:
    """Take one call in as part of the caller's transaction. Items that PostgreSQL refuses are found by
    halving, in trials that leave nothing behind, and are rejected while the others go in."""
    try:
        async with tx.conn.transaction():
            return await take(tx, company_id, [call])
    except psycopg.DataError:
        good = [item for item in call.items if isinstance(item, Incoming)]
        refused = {item.index for item in await _refused(db, company_id, call, good)}
        if not refused:
            raise
    detail = "The item holds data that cannot be stored; remove control characters and send it again."
    items = [
        Bad(item.index, Problem("not_storable", detail), item.source_id)
        if isinstance(item, Incoming) and item.index in refused
        else item
        for item in call.items
    ]
    return await take(tx, company_id, [msgspec.structs.replace(call, items=items)])


async def rehearse(db: Db, company_id: UUID, call: Received) -> Answer:
    """What `take_safely` would answer; nothing stays."""
    taken: list[Taken] = []
    try:
        async with db.company(company_id) as tx:
            taken.append(await take_within(db, tx, company_id, call))
            raise _Undo
    except _Undo:
        return taken[0].answers[0]


async def record_rejected(tx: Tx, company_id: UUID, call: Received, problem: Problem) -> None:
    """Keep a call of which nothing is taken in, with the reason."""
    rows = Rows()
    verdicts = [_rejected(item, item.problem if isinstance(item, Bad) else problem) for item in call.items]
    answer = Answer(id=call.id, status="rejected", verdicts=verdicts, warnings=[])
    rows.source_event(call.body or None, **_event_row(call, answer), problem=problem, event_key=None)
    await rows.write(tx, company_id)


async def _refused(db: Db, company_id: UUID, call: Received, items: list[Incoming]) -> list[Incoming]:
    if await _storable(db, company_id, call, items):
        return []
    if len(items) == 1:
        return items
    middle = len(items) // 2
    left = await _refused(db, company_id, call, items[:middle])
    return left + await _refused(db, company_id, call, items[middle:])


async def _storable(db: Db, company_id: UUID, call: Received, items: list[Incoming]) -> bool:
    """Whether these items alone could be written; nothing stays."""
    try:
        async with db.company(company_id) as tx:
            await take(tx, company_id, [msgspec.structs.replace(call, items=list(items))])
            raise _Undo
    except _Undo:
        return True
    except psycopg.DataError:
        return False


class _Undo(Exception):
    """Rolls a trial back."""


async def take(tx: Tx, company_id: UUID, calls: list[Received]) -> Taken:
    """Decide and write; the caller commits. Calls of one group must not share an identity."""
    standings = await _standings(tx, company_id, calls)
    calls = [await _whole(tx, call, standings) for call in calls]
    budgets = {
        source: decide.Budget(await store.policy(tx, company_id, source))
        for source in {call.source for call in calls}
    }
    rows = Rows()
    answers: list[Answer] = []
    for call in calls:
        seen = await _seen(tx, company_id, call)
        if seen is None:
            answers.append(_decide(call, standings, budgets[call.source], rows))
            continue
        if seen.body_sha256 != call.body_sha256:
            other = msgspec.structs.replace(call, event_key=None, warnings=(*call.warnings, _REUSED))
            answers.append(_decide(other, standings, budgets[call.source], rows))
            continue
        again = msgspec.structs.replace(call, replay_of=seen.id)
        trial = Rows()
        answer = _decide(again, standings, budgets[call.source], trial)
        if any(verdict.pushed for verdict in answer.verdicts):
            rows.absorb(trial)
            answers.append(answer)
        else:
            answers.append(_first_answer(seen))
    jobs = await rows.write(tx, company_id)
    for call, answer in zip(calls, answers, strict=True):
        if call.named and answer.id == call.id:
            await store.queue_fetches(tx, company_id, call)
    return Taken(answers, jobs, rows.queued)


async def _whole(tx: Tx, call: Received, standings: dict[str, Standing]) -> Received:
    items = [item for item in call.items if isinstance(item, Incoming)]
    roles = {item.index: role for item in items if (role := decide.owner(item, standings))}
    owners = {index: role.id for index, role in roles.items()}
    return await parts.whole(tx, call, owners, {role.id: role.revision_hash for role in roles.values()})


async def _seen(tx: Tx, company_id: UUID, call: Received) -> Seen | None:
    """The first call with the same event id. It is only answered from memory when no role of it has to
    run again and when its body is the same: an id that a recipe uses twice must not lose an event."""
    if call.event_key is None or call.replay_of is not None:
        return None
    await store.lock_identities(tx, company_id, [f"event:{call.source}:{call.event_key}"])
    return await store.seen_event(tx, call.source, call.event_key)


def _first_answer(seen: Seen) -> Answer:
    verdicts = msgspec.convert(seen.items, list[Verdict], strict=False)
    return Answer(id=seen.id, status=seen.status, verdicts=verdicts, warnings=seen.warnings, repeated=True)


async def _standings(tx: Tx, company_id: UUID, calls: list[Received]) -> dict[str, Standing]:
    """`source:kind:value` -> where its role stands, with roles and identities locked."""
    items = [item for call in calls for item in call.items if isinstance(item, Incoming)]
    keys = [key for item in items for key in item.keys]
    if not keys:
        return {}
    await store.lock_identities(tx, company_id, keys)
    identities = [
        {"source": item.source, "kind": kind, "value": value}
        for item in items
        for kind, value in item.identities.items()
    ]
    owners = await store.roles_of_identities(tx, company_id, identities)
    role_ids = sorted(set(owners.values()))
    if not role_ids:
        return {}
    await store.lock_roles(tx, role_ids)
    roles = await store.standings(tx, role_ids)
    return {key: roles[role_id] for key, role_id in owners.items()}


def _decide(call: Received, standings: dict[str, Standing], budget: decide.Budget, rows: Rows) -> Answer:
    verdicts = {item.index: _rejected(item, item.problem) for item in call.items if isinstance(item, Bad)}
    for profile in profiles(item for item in call.items if isinstance(item, Incoming)):
        last = profile.last
        kept = decide.item(last, call, decide.owner(last, standings), budget, rows)
        reason = f"item {kept.index} of the same request is about the same job profile"
        for item in profile.items:
            verdicts[item.index] = msgspec.structs.replace(
                kept, index=item.index, source_id=item.source_id, verdict="duplicate", reason=reason
            )
        verdicts[last.index] = kept
    answer = _answer(call, [verdicts[item.index] for item in call.items])
    rows.source_event(call.body, **_event_row(call, answer), event_key=call.event_key)
    return answer


def _rejected(item: Incoming | Bad, problem: Problem) -> Verdict:
    return Verdict(
        index=item.index, verdict="rejected", pushed=False, source_id=item.source_id, problem=problem
    )


def _event_row(call: Received, answer: Answer) -> dict[str, Any]:
    return {
        "id": call.id,
        "source": call.source,
        "client_id": call.client_id,
        "content_type": call.content_type,
        "body_sha256": call.body_sha256,
        "body_size": len(call.body),
        "status": answer.status,
        "shape": call.shape,
        "items": answer.verdicts,
        "warnings": call.warnings,
        "accepted": answer.accepted,
        "rejected": answer.rejected,
        "replay_of": call.replay_of,
        "origin": call.came_by,
        "sync_id": call.sync_id,
    }


def _answer(call: Received, verdicts: list[Verdict]) -> Answer:
    rejected = [one.verdict for one in verdicts].count("rejected")
    if not verdicts:
        status = "empty"
    elif rejected == len(verdicts):
        status = "rejected"
    else:
        status = "partly_accepted" if rejected else "accepted"
    return Answer(id=call.id, status=status, verdicts=verdicts, warnings=list(call.warnings))

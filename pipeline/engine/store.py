"""The engine's rows, typed. Every function takes the transaction first and holds no logic."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from kit.db import Tx, json
from kit.sql import Queries
from pipeline.stages.base import Decision, Doc

sql = Queries("pipeline.engine")


class Attempt(msgspec.Struct, frozen=True):
    """One try of a stage as recorded; `retry_in` is in seconds from the read, negative when due."""

    stage: str
    attempt: int
    epoch: int
    status: str
    outputs: dict[str, Any] | None
    degraded: list[str]
    skipped: str | None
    reused_from: UUID | None
    error: dict[str, Any] | None
    retry_in: float | None


class Earlier(msgspec.Struct, frozen=True):
    """The newest success of a stage of this role in another run: what may be reused."""

    stage: str
    run_id: UUID
    input_hash: str
    outputs: dict[str, Any]
    degraded: list[str]


class Loaded(msgspec.Struct, frozen=True):
    """A claimed run with all it needs to go on."""

    id: UUID
    company_id: UUID
    role_id: UUID
    epoch: int
    role_revision: int
    mapping_version: str
    stages: list[str] | None
    cascade: bool
    reason: str
    prior_state: str
    takeovers: int
    critical_done: bool
    work_left: float
    done: int
    age: float
    begun: bool
    visible_left: float
    cancel: bool
    pause: bool
    source: str
    source_id: str
    role_state: str
    visible: bool
    published: bool
    role_flags: list[str]
    record: dict[str, Any]
    company: str
    policy: dict[str, Any]
    documents: list[Doc]
    attempts: list[Attempt]
    earlier: list[Earlier]
    decisions: dict[str, Decision] = {}


class Recorded(msgspec.Struct, frozen=True):
    """The answer for one run of a group commit: it was locked, so it is ours; its wishes, ringable jobs."""

    id: UUID
    cancel: bool
    pause: bool
    jobs: list[int]


class Renewed(msgspec.Struct, frozen=True):
    """One run that is still ours at a heartbeat, with its wishes."""

    id: UUID
    epoch: int
    cancel: bool
    pause: bool


async def admit(tx: Tx, *, window: int, cap: int) -> list[UUID]:
    """Ids of the runs let in now."""
    return [row["id"] for row in await tx.all(sql["admit"], {"window": window, "cap": cap})]


async def claim(
    tx: Tx, ids: list[UUID], *, owner: UUID, lease: float, visible_within: float, planned: int
) -> list[Loaded]:
    """The runs of `ids` that became `owner`'s, loaded. `planned` is how many stages it will settle."""
    params = {
        "ids": ids,
        "owner": owner,
        "lease": lease,
        "visible_within": visible_within,
        "planned": planned,
    }
    rows = await tx.all(sql["claim"], params)
    claimed = [row["id"] for row in rows]
    if not claimed:
        return []
    if owned_before := [row["id"] for row in rows if row["epoch"] > 1]:
        await tx.run(sql["lose_attempts"], {"ids": owned_before})
    return await tx.all(sql["load"], {"ids": claimed, "owner": owner}, into=Loaded)


async def commit(tx: Tx, *, owner: UUID, batch: dict[str, Any]) -> list[Recorded]:
    """Record a batch of entries; runs that are missing from the answer are fenced."""
    return await tx.all(sql["commit"], {"owner": owner, "batch": json(batch)}, into=Recorded)


async def promote_followers(tx: Tx, ids: list[UUID]) -> int:
    """Let the followers of ended runs queue."""
    return await tx.run(sql["promote_followers"], {"ids": ids})


async def renew(tx: Tx, ids: list[UUID], *, owner: UUID, lease: float) -> list[Renewed]:
    """Extend the leases of the runs that `owner` drives; what is missing from the answer is not its own."""
    return await tx.all(sql["renew"], {"ids": ids, "owner": owner, "lease": lease}, into=Renewed)


async def enrol(tx: Tx, *, id_: UUID, kind: str, lock_key: int, host: str) -> None:
    """Put a process on the list of the living, or say again that it lives."""
    await tx.run(sql["enrol"], {"id": id_, "kind": kind, "lock_key": lock_key, "host": host})


async def living(tx: Tx) -> set[str]:
    """The kinds of process (`worker`, `clock`) of which at least one lives."""
    return {row["kind"] for row in await tx.all(sql["living"])}


async def leave(tx: Tx, id_: UUID) -> None:
    """Take a process off the list."""
    await tx.run(sql["leave"], {"id": id_})


async def bury_dead(tx: Tx) -> list[UUID]:
    """Ids of workers that are gone."""
    return [row["id"] for row in await tx.all(sql["bury_dead"])]


async def take_over(tx: Tx, dead: list[UUID]) -> list[UUID]:
    """Free the runs of the dead and of run-out leases. What they were doing is lost here, because a freed
    run may end (cancelled, archived) without a next owner."""
    freed = [row["id"] for row in await tx.all(sql["take_over"], {"dead": dead})]
    if freed:
        await tx.run(sql["lose_attempts"], {"ids": freed})
    return freed


async def unheard_runs(tx: Tx) -> list[UUID]:
    """Admitted runs whose doorbell nobody answered."""
    return [row["id"] for row in await tx.all(sql["unheard_runs"])]


async def draw_queue(tx: Tx) -> int:
    """Renew the queue's picture."""
    return await tx.run(sql["draw_queue"])


class Broken(msgspec.Struct, frozen=True):
    """An invariant that does not hold: the rule in words, and the run or role it does not hold for."""

    rule: str
    id: UUID


async def broken_invariants(tx: Tx, *, since: datetime) -> list[Broken]:
    """Everything that should never be, of runs that ended since then or are not over; empty in a
    healthy store."""
    return await tx.all(sql["broken_invariants"], {"since": since}, into=Broken)

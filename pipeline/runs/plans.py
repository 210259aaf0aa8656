"""Plans: a push not yet made. Who would run, who not and why, what it takes and when it would be done."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from kit import ids
from kit.db import Tx
from kit.errors import Action, Conflict, Refused
from kit.sql import Queries
from pipeline.records.store import Standing
from pipeline.runs import pushes
from pipeline.runs.pushes import Push

_sql = Queries("pipeline.runs", "plans.sql")


class PlannedRole(msgspec.Struct, frozen=True):
    """A role that would run; `merged` when a run that waits already would serve it."""

    role_id: str
    title: str
    state: str
    merged: bool


class LeftOut(msgspec.Struct, frozen=True):
    """A role that would not run: why, and what to do."""

    role_id: str
    title: str
    code: str
    detail: str
    action: Action | None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a push would come to. `tokens` and `cost_micros` (millionths of the price table's currency) are
    None where nothing is known to judge by, as `basis` says; `done_at` is an estimate, None before the
    company's first run ended."""

    roles: list[PlannedRole]
    left_out: list[LeftOut]
    tokens: int | None
    cost_micros: int | None
    basis: str
    done_at: datetime | None


class _Price(msgspec.Struct, frozen=True):
    runs: int
    tokens: float | None
    cost_micros: float | None


async def make(
    tx: Tx,
    company_id: UUID,
    role_ids: list[UUID],
    push: Push,
    *,
    offline: bool,
    cap: int,
    stale_only: bool = False,
) -> Plan:
    """The plan of a push. `offline`: no model is configured, so nothing is paid; `cap` is how many runs of
    a company are worked on at once, unless it has a cap of its own; `stale_only` leaves out what is not
    stale any more."""
    examined = await examine(tx, company_id, role_ids, push, stale_only=stale_only)
    fit = [role for role, refusal in examined if refusal is None]
    tokens, cost, basis = await _price(tx, company_id, len(fit), offline)
    return Plan(
        roles=[
            PlannedRole(ids.show("role", one.id), one.title, one.state, one.active_id is not None)
            for one in fit
        ],
        left_out=[
            LeftOut(ids.show("role", role.id), role.title, no.code, no.detail, no.action)
            for role, no in examined
            if no is not None
        ],
        tokens=tokens,
        cost_micros=cost,
        basis=basis,
        done_at=await _done_at(tx, company_id, len(fit), cap),
    )


async def examine(
    tx: Tx, company_id: UUID, role_ids: list[UUID], push: Push, *, stale_only: bool
) -> list[tuple[Standing, Refused | None]]:
    """The roles that are there, each with why it would not run."""
    examined = await pushes.examine(tx, company_id, role_ids, push)
    if not stale_only:
        return examined
    moved = Conflict("It is not stale: it runs, or was pushed or archived meanwhile.", code="not_stale")
    return [(role, refusal if role.state == "stale" else moved) for role, refusal in examined]


async def _price(tx: Tx, company_id: UUID, runs: int, offline: bool) -> tuple[int | None, int | None, str]:
    if offline:
        return 0, 0, "the offline assessor, which makes no model call"
    price = await tx.one(_sql["price_of_runs"], {"company_id": company_id}, into=_Price)
    if price is None or price.tokens is None:
        return None, None, "no run of this company has used a model yet"
    cost = None if price.cost_micros is None else round(price.cost_micros * runs)
    return round(price.tokens * runs), cost, f"the mean of this company's last {price.runs} runs"


async def _done_at(tx: Tx, company_id: UUID, runs: int, cap: int) -> datetime | None:
    pace = await tx.one(_sql["pace_of_runs"], {"company_id": company_id})
    if pace is None or pace["seconds"] is None or not runs:
        return None
    rounds = math.ceil((pace["before"] + runs) / min(pace["cap"] or cap, cap))
    return (datetime.now(UTC) + timedelta(seconds=rounds * pace["seconds"])).replace(microsecond=0)

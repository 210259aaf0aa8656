"""Plans: what a push would come to, before it is made; and those that wait to be pushed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from connector.api.pushes import PLANNED, Priority, PushesIn, meant, planned, wanted
from control import audit
from kit import ids
from kit.db import Tx
from kit.errors import Conflict, TooLarge
from pipeline.runs import kept_plans
from pipeline.runs.actor import actor_of
from pipeline.runs.kept_plans import Kept, PlanState
from pipeline.runs.plans import LeftOut, PlannedRole
from pipeline.runs.pushes import Batch, Push

_ROLE = "role_01990a6b4c7d7e2fb1a0c3d4e5f60719"
_PLAN = "plan_01990a6b4c7d7e2fb1a0c3d4e5f60720"


class PlanHead(msgspec.Struct, frozen=True, kw_only=True):
    """A plan to run the roles again that a version of a mapping made stale. It is `preparing` while they are
    read again, then `ready` until it is `pushed` or `overtaken` by another version."""

    id: str
    state: PlanState
    source: str
    mapping_version: str
    made_by: str
    made_at: datetime
    pushed_by: str | None
    pushed_at: datetime | None
    batch_ids: list[str]


class KeptPlan(PlanHead, frozen=True, kw_only=True):
    """A plan with its roles and its price, as of now; tokens and millionths of the price table's currency
    are null where nothing is known to judge by."""

    complete: Annotated[
        bool, Meta(description="False when it holds 10,000 roles, the most: more may be stale.")
    ]
    roles: list[PlannedRole]
    left_out: list[LeftOut]
    tokens: int | None
    cost_micros: int | None
    basis: str
    done_at: datetime | None


class PlanList(msgspec.Struct, frozen=True):
    """The plans that wait, newest first."""

    results: list[PlanHead]
    next_cursor: str | None
    has_more: Annotated[bool, Meta(description="Always false: a source has one open plan at most.")]


class PushPlanIn(msgspec.Struct, kw_only=True):
    """The priority is the roles' own unless it is said here."""

    priority: Priority | None = None


_HEAD: dict[str, Any] = {
    "id": _PLAN,
    "state": "ready",
    "source": "workday",
    "mapping_version": "workday@3",
    "made_by": "Mia Torres",
    "made_at": "2026-11-22T10:00:00Z",
    "pushed_by": None,
    "pushed_at": None,
    "batch_ids": [],
}
_PUSHED: dict[str, Any] = {
    **_HEAD,
    "state": "pushed",
    "pushed_by": "Mia Torres",
    "pushed_at": "2026-11-22T10:02:00Z",
    "batch_ids": ["batch_01990a6b4c7d7e2fb1a0c3d4e5f6071c"],
}
_WITH_PRICE: dict[str, Any] = {
    **_HEAD,
    "complete": True,
    "roles": [{"role_id": _ROLE, "title": "Registered Nurse", "state": "stale", "merged": False}],
    "left_out": [],
    "tokens": 14_200,
    "cost_micros": 8_900,
    "basis": "the mean of this company's last 200 runs",
    "done_at": "2026-11-22T10:06:00Z",
}


class Plans(Controller):
    """Pushes not yet made."""

    path = "/v1/plans"
    tags = ["Pushes"]  # noqa: RUF012 - Litestar's own attribute

    @post(
        "/",
        **operation(
            "planPush",
            "What a push would come to",
            scope="roles:read",
            body=Body(
                kind=PushesIn,
                examples={"ids": {"ids": [_ROLE]}, "filter": {"filter": {"state": ["draft"]}}},
            ),
            answers={200: PLANNED},
            errors=(TooLarge,),
            notes="Takes what `pushRoles` takes and changes nothing: which roles would run, which not and "
            "why, about how many tokens and how much money that takes, and when it would be done. Ids "
            "that are none are left out.",
        ),
    )
    async def plan(self, call: NamedDependency[Call]) -> Reply:
        """Nothing is kept of it."""
        given, ignored = await call.body(PushesIn)
        async with call.tx() as tx:
            roles, _ = await meant(call, tx, given)
        return await planned(call, list(roles), wanted(call, given), ignored)

    @get(
        "/",
        **operation(
            "searchPlans",
            "Plans that wait to be pushed",
            scope="roles:read",
            answers={
                200: Answer(
                    kind=PlanList, example={"results": [_HEAD], "next_cursor": None, "has_more": False}
                )
            },
        ),
    )
    async def list(self, call: NamedDependency[Call]) -> Reply:
        """Made by publishing a mapping with `plan`; without roles and price."""
        async with call.tx() as tx:
            found = await kept_plans.open_plans(tx, call.caller.company_id)
        return Reply(PlanList([PlanHead(**_head(one)) for one in found], None, has_more=False))

    @get(
        "/{plan_id:str}",
        **operation(
            "getPlan",
            "One kept plan with its price",
            scope="roles:read",
            params={"plan_id": _PLAN},
            answers={200: Answer(kind=KeptPlan, example=_WITH_PRICE)},
        ),
    )
    async def show(self, call: NamedDependency[Call], plan_id: FromPath[str]) -> Reply:
        """The price is told anew each time; a plan that is over has no roles any more."""
        settings = call.services.settings
        async with call.tx() as tx:
            kept = await kept_plans.get(tx, call.caller.company_id, ids.parse("plan", plan_id))
            made = await kept_plans.priced(
                tx,
                call.caller.company_id,
                kept,
                _push(call),
                offline=not settings.model_base_url,
                cap=settings.company_cap,
            )
        return Reply(KeptPlan(**_head(kept), complete=kept.complete, **msgspec.structs.asdict(made)))

    @post(
        "/{plan_id:str}/push",
        **operation(
            "pushPlan",
            "Push a kept plan",
            scope="pushes:write",
            params={"plan_id": _PLAN},
            body=Body(kind=PushPlanIn, examples={"as it is": {}, "late": {"priority": "P2"}}, required=False),
            answers={
                202: Answer(kind=PlanHead, example={**_PUSHED, "ignored": []}, says="Its runs are queued.")
            },
            errors=(Conflict,),
            idempotent=True,
            notes="Runs the roles of the plan that are stale still, as batches of 1,000 at most with the "
            "reason `mapping`. A plan is pushed once: 409 `plan_preparing`, `plan_pushed` or "
            "`plan_overtaken` otherwise.",
        ),
    )
    async def push(self, call: NamedDependency[Call], plan_id: FromPath[str]) -> Reply:
        """All in one transaction."""
        given, ignored = await call.body(PushPlanIn)
        id_ = ids.parse("plan", plan_id)
        done: list[Batch] = []

        async def work(tx: Tx) -> Reply:
            company_id = call.caller.company_id
            done.extend(
                await kept_plans.push(tx, company_id, id_, _push(call, given.priority), call.caller.name)
            )
            shown = _head(await kept_plans.get(tx, company_id, id_))
            await audit.record(
                tx, call.caller, "plan.pushed", plan_id, detail={"batches": shown["batch_ids"]}
            )
            return Reply(PlanHead(**shown), 202, ignored=ignored)

        reply = await call.once(work)
        for one in done:
            await call.services.ring(one.jobs, one.queued)
        return reply


def _push(call: Call, priority: Literal["P0", "P1", "P2"] | None = None) -> Push:
    kind, id_ = actor_of(call.caller)
    return Push(actor_kind=kind, actor_id=id_, priority=priority, reason="mapping")


def _head(kept: Kept) -> dict[str, Any]:
    fields = msgspec.structs.asdict(kept)
    del fields["role_ids"]
    batches = [ids.show("batch", one) for one in kept.batch_ids]
    return {**fields, "id": ids.show("plan", kept.id), "batch_ids": batches}

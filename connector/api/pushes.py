"""Pushes: the wish to run the stages for a role, or for many at once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from connector.api.receipts import base_of
from connector.api.waits import register
from control import audit
from kit import ids
from kit.db import Tx
from kit.errors import Action, Conflict, FieldError, Invalid, NotFound, TooLarge
from pipeline.records import reading
from pipeline.records.reading import RoleFilter
from pipeline.runs import batches, plans, pushes, store, view
from pipeline.runs.actor import actor_of
from pipeline.runs.lifecycle import STATES
from pipeline.runs.plans import Plan
from pipeline.runs.pushes import Push, Refusal
from pipeline.runs.view import Lens, Unit
from webhooks.waits.waits import Suspended

_ROLE = "role_01990a6b4c7d7e2fb1a0c3d4e5f60719"
_RUN = "run_01990a6b4c7d7e2fb1a0c3d4e5f6071a"
_BATCH = "batch_01990a6b4c7d7e2fb1a0c3d4e5f6071c"
_BASE = "https://connector.example.com/v1"
Priority = Literal["P0", "P1", "P2"]
StageKeys = Annotated[list[str], Meta(max_length=50)]


class PushIn(msgspec.Struct, kw_only=True):
    """What is wanted: all stages, or those named; `cascade` forces what depends on them even where nothing
    changed; the priority is the role's own unless it is said here. A Workato job that waits for the result
    sends the `resume_token`, `expires_at` and `data_centre` that it was suspended with. `dry_run` changes
    nothing and answers with the plan."""

    stages: StageKeys = []
    cascade: bool = False
    priority: Priority | None = None
    resume_token: str = ""
    expires_at: datetime | None = None
    data_centre: str = ""
    dry_run: bool = False


class PushFilter(RoleFilter, kw_only=True):
    """Which roles are meant, as in the list of roles; without `complete_only: false` only those with the
    documents that a push needs. Archived roles are never meant."""

    complete_only: bool = True


class PushesIn(PushIn, kw_only=True):
    """Either the ids of roles or a filter, up to 1,000 roles."""

    ids: list[str] | None = None
    filter: PushFilter | None = None


def _example(id_: str, kind: str, links: dict[str, str], **over: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "kind": kind,
        "inputs": {"role_id": _ROLE, "reason": "first", "stages": None, "priority": "P1"},
        "status": "pending",
        "outputs": {},
        "error": None,
        "waiting": {"reason": "queue", "position": 4, "eta": "2026-11-22T09:31:00Z"},
        "progress": {"done": 0, "planned": 13, "percent": 0},
        "display": "waiting",
        "links": links,
        "created_at": "2026-11-22T09:30:00Z",
        "started_at": None,
        "finished_at": None,
        "updated_at": "2026-11-22T09:30:00Z",
        "stages": None,
        **over,
    }


_RUN_EXAMPLE = _example(
    _RUN, "run", {"self": f"{_BASE}/runs/{_RUN}", "dashboard": "https://etter.example.com/dashboard"}
)
_BATCH_EXAMPLE = _example(
    _BATCH,
    "batch",
    {"self": f"{_BASE}/batches/{_BATCH}", "runs": f"{_BASE}/runs?batch_id={_BATCH}"},
    inputs={"stages": None, "cascade": False, "priority": None, "size": 2},
    outputs={
        "runs": 2,
        "pending": 2,
        "refused": [
            {
                "index": 1,
                "role_id": _ROLE,
                "code": "validation_failed",
                "detail": "The role has no job description or a process map.",
                "action": {"what": "Add a job description to the role, then push it.", "who": "csm"},
            }
        ],
    },
    progress={"done": 0, "planned": 2, "percent": 0},
)


PLANNED = Answer(
    kind=Plan,
    example={
        "roles": [{"role_id": _ROLE, "title": "Registered Nurse", "state": "draft", "merged": False}],
        "left_out": [],
        "tokens": 14_200,
        "cost_micros": 8_900,
        "basis": "the mean of this company's last 200 runs",
        "done_at": "2026-11-22T09:34:00Z",
        "ignored": [],
    },
    says="What it would come to; nothing was changed.",
)


async def planned(call: Call, roles: list[UUID], wish: Push, ignored: list[str]) -> Reply:
    """The answer to a push that is not to be made."""
    settings = call.services.settings
    async with call.tx() as tx:
        plan = await plans.make(
            tx,
            call.caller.company_id,
            roles,
            wish,
            offline=not settings.model_base_url,
            cap=settings.company_cap,
        )
    return Reply(plan, ignored=ignored)


class Pushes(Controller):
    """Starting work."""

    path = "/v1"
    tags = ["Pushes"]  # noqa: RUF012 - Litestar's own attribute

    @post(
        "/roles/{role_id:str}/push",
        **operation(
            "pushRole",
            "Run the stages for a role",
            scope="pushes:write",
            params={"role_id": _ROLE},
            body=Body(
                kind=PushIn,
                examples={"all": {}, "some": {"stages": ["skills_architecture"], "priority": "P0"}},
                required=False,
            ),
            answers={
                200: PLANNED,
                202: Answer(kind=Unit, example=_RUN_EXAMPLE, headers={"Location": "The run."}),
            },
            errors=(Conflict,),
            idempotent=True,
            notes="A role has one run at a time, and at most one that waits behind it: a push that comes "
            "meanwhile is served by the run that has not started yet, and gets its id. Named stages run even "
            "with equal inputs, what depends on them only where its inputs changed.",
        ),
    )
    async def push(self, call: NamedDependency[Call], role_id: FromPath[str]) -> Reply:
        """Answers at once; the run is worked on from now on."""
        given, ignored = await call.body(PushIn)
        id_ = ids.parse("role", role_id)
        wish = wanted(call, given)
        if given.dry_run:
            return await planned(call, [id_], wish, ignored)
        done: list[pushes.Pushed] = []

        async def work(tx: Tx) -> Reply:
            done.append(await pushes.one(tx, call.caller.company_id, id_, wish))
            run_id = done[-1].run_id
            await audit.record(
                tx, call.caller, "role.pushed", role_id, detail={"run_id": ids.show("run", run_id)}
            )
            if given.resume_token:
                await register(call, tx, _suspended(given), run_ids=[run_id])
            row = (await store.runs(tx, call.caller.company_id, [run_id]))[0]
            unit = view.run(row, _lens(call))
            return Reply(unit, 202, headers={"Location": unit.links["self"]}, ignored=ignored)

        reply = await call.once(work)
        for one in done:
            await call.services.ring(one.jobs, one.queued)
        return reply

    @post(
        "/pushes",
        **operation(
            "pushRoles",
            "Run the stages for many roles",
            scope="pushes:write",
            body=Body(
                kind=PushesIn,
                examples={
                    "ids": {"ids": [_ROLE, "role_01990a6b4c7d7e2fb1a0c3d4e5f6071d"]},
                    "filter": {"filter": {"state": ["draft"], "family": "Nursing"}, "priority": "P2"},
                },
            ),
            answers={
                200: PLANNED,
                202: Answer(kind=Unit, example=_BATCH_EXAMPLE, headers={"Location": "The batch."}),
            },
            idempotent=True,
            notes="Up to 1,000 roles. Those that cannot be pushed are listed in outputs.refused with their "
            "index, a code and a sentence; when that is all of them, the answer is a 422.",
        ),
    )
    async def push_many(self, call: NamedDependency[Call]) -> Reply:
        """All in one transaction; the answer is the batch."""
        given, ignored = await call.body(PushesIn)
        wish = wanted(call, given)
        if given.dry_run:
            async with call.tx() as tx:
                chosen, _ = await meant(call, tx, given)
            return await planned(call, list(chosen), wish, ignored)
        done: list[pushes.Batch] = []

        async def work(tx: Tx) -> Reply:
            company_id = call.caller.company_id
            roles, refused = await meant(call, tx, given)
            if given.resume_token and not roles:
                raise _nothing_to_wait_for()
            done.append(
                await pushes.many(tx, company_id, roles, wish, inputs=_inputs(given), refused=refused)
            )
            batch_id = done[-1].id
            await audit.record(
                tx,
                call.caller,
                "roles.pushed",
                ids.show("batch", batch_id),
                detail={"roles": len(roles), "refused": len(done[-1].refused)},
            )
            if given.resume_token:
                await register(call, tx, _suspended(given), batch_id=batch_id)
            row = await store.batch(tx, company_id, batch_id)
            if row is None:
                raise RuntimeError("A batch is not there in the transaction that made it.")
            unit = batches.shown(row, _lens(call))
            return Reply(unit, 202, headers={"Location": unit.links["self"]}, ignored=ignored)

        reply = await call.once(work)
        for one in done:
            await call.services.ring(one.jobs, one.queued)
        return reply


def wanted(call: Call, given: PushIn) -> Push:
    """The push that a body means."""
    kind, id_ = actor_of(call.caller)
    return Push(
        actor_kind=kind,
        actor_id=id_,
        stages=pushes.known_stages(given.stages),
        cascade=given.cascade,
        priority=given.priority,
    )


def _nothing_to_wait_for() -> Invalid:
    says = "No role is meant, so there is no run to wait for."
    return Invalid(
        says, errors=[FieldError("resume_token", says)], action="End the job, or choose other roles."
    )


def _suspended(given: PushIn) -> Suspended:
    return Suspended(
        resume_token=given.resume_token, expires_at=given.expires_at, data_centre=given.data_centre
    )


async def meant(call: Call, tx: Tx, given: PushesIn) -> tuple[dict[UUID, int], list[Refusal]]:
    """The roles that a body means with their places in it, and ids that are none. Invalid, TooLarge."""
    most = call.services.settings.push_items
    if (given.ids is None) == (given.filter is None):
        message = "Send either ids or a filter, one of the two."
        raise Invalid(
            message, errors=[FieldError("ids", message)], action="Name the roles by ids or by filter."
        )
    if given.filter is not None:
        found = await reading.role_ids(tx, call.caller.company_id, _filter(given.filter), limit=most + 1)
        _limited(len(found), most, "The filter means more than")
        return {id_: index for index, id_ in enumerate(found)}, []
    roles: dict[UUID, int] = {}
    refused: list[Refusal] = []
    shown = given.ids or []
    _limited(len(shown), most, f"These are {len(shown)} roles, more than")
    if not shown:
        raise Invalid("The list ids is empty.", errors=[FieldError("ids", "is empty")])
    for index, text in enumerate(shown):
        try:
            roles.setdefault(ids.parse("role", text), index)
        except NotFound as exc:
            refused.append(pushes.refusal(index, text[:60], exc))
    return roles, refused


def _filter(given: PushFilter) -> RoleFilter:
    states = given.state or [state for state in STATES if state != "archived"]
    complete = True if given.complete_only else given.complete
    fields = {field: getattr(given, field) for field in RoleFilter.__struct_fields__}
    return RoleFilter(**(fields | {"state": states, "complete": complete}))


def _limited(count: int, most: int, what: str) -> None:
    if count > most:
        raise TooLarge(
            f"{what} the {most} that one push takes.",
            code="too_many_roles",
            action=Action("Push them in parts, by ids or by a narrower filter."),
        )


def _inputs(given: PushesIn) -> dict[str, Any]:
    chosen = msgspec.to_builtins(given.filter) if given.filter is not None else None
    return {
        "stages": given.stages or None,
        "cascade": given.cascade,
        "priority": given.priority,
        "filter": chosen,
    }


def _lens(call: Call) -> Lens:
    return Lens(base_of(call), call.services.settings.company_cap)

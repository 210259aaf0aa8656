"""Simulations: every fault that a recipe will meet one day, sent to it in a sandbox, and graded."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from kit import ids
from kit.db import Tx
from kit.errors import Conflict, NotFound
from webhooks.callbacks.store import DeliveryStatus
from webhooks.simulations import simulations
from webhooks.simulations.cases import CASES, Name
from webhooks.simulations.grading import Mark
from webhooks.simulations.simulations import LONGEST, SHORTEST, USUAL, Graded, Report
from webhooks.waits.waits import Suspended

_ID = "sim_01990a6b4c7d7e2fb1a0c3d4e5f60718"
_SUB = "sub_01990a6b4c7d7e2fb1a0c3d4e5f60718"


class SimulateIn(msgspec.Struct, kw_only=True):
    """The subscription whose recipe is tried, the faults (left out: all of them), and for how many seconds it
    is watched. `resume_token`, `expires_at` and `data_centre` are of a job that sleeps until the run of
    suspended_then_failed is over."""

    subscription_id: str
    cases: list[Name] = []
    seconds: Annotated[float, Meta(ge=SHORTEST, le=LONGEST)] = USUAL
    resume_token: str = ""
    expires_at: datetime | None = None
    data_centre: str = ""


class MessageOut(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was sent: its delivery, and the status it was answered (None: none, or not yet)."""

    delivery_id: str
    type: str
    status: DeliveryStatus
    answered: int | None
    error: str | None
    at: datetime | None


class CaseOut(msgspec.Struct, frozen=True, kw_only=True):
    """A fault. `sent` says in words what it is, `right` what a right recipe does, `yours` what this one did;
    `reads` counts how often it read the fault's run, `run_id`. `grade` is open until the simulation is over,
    and not_seen when what the recipe did leaves no trace here."""

    name: Name
    grade: Mark
    sent: str
    right: str
    yours: str
    run_id: str
    reads: int
    messages: list[MessageOut]


class SimulationOut(msgspec.Struct, frozen=True, kw_only=True):
    """A simulation: running until `ends_at`, then success when no case failed, else failed."""

    id: str
    subscription_id: str
    wait_id: str | None
    status: Literal["running", "success", "failed"]
    passed: int
    failed: int
    not_seen: int
    ends_at: datetime
    created_at: datetime
    cases: list[CaseOut]


class SimulationList(msgspec.Struct, frozen=True):
    """The newest 20, in one page."""

    results: list[SimulationOut]
    next_cursor: str | None
    has_more: bool


_EXAMPLE = {
    "id": _ID,
    "subscription_id": _SUB,
    "wait_id": None,
    "status": "failed",
    "passed": 0,
    "failed": 1,
    "not_seen": 0,
    "ends_at": "2026-11-22T09:30:30Z",
    "created_at": "2026-11-22T09:30:00Z",
    "cases": [
        {
            "name": "too_many_requests",
            "grade": "failed",
            "sent": CASES["too_many_requests"].says,
            "right": CASES["too_many_requests"].right,
            "yours": "It came back after 0.2 s; Retry-After said 2.",
            "run_id": "run_01990a6b4c7d7e2fb1a0c3d4e5f6071a",
            "reads": 2,
            "messages": [
                {
                    "delivery_id": "dlv_01990a6b4c7d7e2fb1a0c3d4e5f60718",
                    "type": "run.finished",
                    "status": "delivered",
                    "answered": 200,
                    "error": None,
                    "at": "2026-11-22T09:30:01Z",
                }
            ],
        }
    ],
}


def shown(report: Report) -> SimulationOut:
    """As the API shows it."""
    one = report.simulation
    marks = [graded.grade.mark for graded in report.cases]
    ended: Literal["success", "failed"] = "failed" if "failed" in marks else "success"
    return SimulationOut(
        id=ids.show("sim", one.id),
        subscription_id=ids.show("sub", one.subscription_id),
        wait_id=ids.show("wait", one.wait_id) if one.wait_id else None,
        status=ended if one.over else "running",
        passed=marks.count("passed"),
        failed=marks.count("failed"),
        not_seen=marks.count("not_seen"),
        ends_at=one.ends_at,
        created_at=one.created_at,
        cases=[_case(graded) for graded in report.cases],
    )


def _case(graded: Graded) -> CaseOut:
    case, meant = graded.case, CASES[graded.case.name]
    return CaseOut(
        name=case.name,
        grade=graded.grade.mark,
        sent=meant.says,
        right=meant.right,
        yours=graded.grade.yours,
        run_id=ids.show("run", case.run_id),
        reads=case.reads,
        messages=[
            MessageOut(
                delivery_id=ids.show("dlv", one.id),
                type=one.event_type,
                status=one.status,
                answered=one.last_status,
                error=one.last_error,
                at=one.finished_at,
            )
            for one in graded.sent
        ],
    )


class Simulations(Controller):
    """Faults on demand."""

    path = "/v1"
    tags = ["Callbacks"]  # noqa: RUF012 - Litestar's own attribute

    @post(
        "/simulate",
        **operation(
            "createSimulation",
            "Send a recipe every fault that it will meet one day, and grade it",
            scope="subscriptions:write",
            body=Body(
                kind=SimulateIn,
                examples={
                    "everything": {"subscription_id": _SUB},
                    "some": {"subscription_id": _SUB, "cases": ["duplicate", "bad_signature"], "seconds": 10},
                },
            ),
            answers={
                202: Answer(
                    kind=SimulationOut,
                    example={**_EXAMPLE, "status": "running", "ignored": []},
                    says="It runs, and ends by itself.",
                    headers={"Location": "The simulation.", "Retry-After": "When it is over, in seconds."},
                )
            },
            errors=(Conflict, NotFound),
            idempotent=True,
            notes="For companies made by `connector sandbox create`; one at a time. Messages are signed and "
            "sent like all others, once each; the runs they name are made up and can be read. The cases: "
            + ", ".join(CASES)
            + ".",
        ),
    )
    async def create(self, call: NamedDependency[Call]) -> Reply:
        """What a builder does before a recipe goes live."""
        given, ignored = await call.body(SimulateIn)
        id_ = ids.parse("sub", given.subscription_id)
        suspended = None
        if given.resume_token:
            suspended = Suspended(
                resume_token=given.resume_token, expires_at=given.expires_at, data_centre=given.data_centre
            )

        async def work(tx: Tx) -> Reply:
            report = await simulations.begin(
                tx,
                call.caller,
                call.services.vault,
                id_,
                names=given.cases,
                seconds=given.seconds,
                suspended=suspended,
            )
            made = shown(report)
            headers = {"Location": f"/v1/simulations/{made.id}", "Retry-After": f"{given.seconds:.0f}"}
            return Reply(made, 202, headers=headers, ignored=ignored)

        return await call.once(work)

    @get(
        "/simulations",
        **operation(
            "searchSimulations",
            "The newest 20 simulations",
            scope="subscriptions:read",
            answers={
                200: Answer(
                    kind=SimulationList,
                    example={"results": [_EXAMPLE], "next_cursor": None, "has_more": False},
                )
            },
        ),
    )
    async def listing(self, call: NamedDependency[Call]) -> Reply:
        """Newest first."""
        async with call.tx() as tx:
            found = await simulations.listing(tx, call.caller)
        return Reply(SimulationList([shown(one) for one in found], None, has_more=False))

    @get(
        "/simulations/{simulation_id:str}",
        **operation(
            "getSimulation",
            "A simulation, graded as far as it has come",
            scope="subscriptions:read",
            params={"simulation_id": _ID},
            answers={200: Answer(kind=SimulationOut, example=_EXAMPLE)},
        ),
    )
    async def show(self, call: NamedDependency[Call], simulation_id: FromPath[str]) -> Reply:
        """The grades stand once it is over."""
        id_ = ids.parse("sim", simulation_id)
        async with call.tx() as tx:
            return Reply(shown(await simulations.get(tx, call.caller, id_)))

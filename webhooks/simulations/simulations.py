"""Simulations: a recipe of a sandbox company is sent every fault that it will meet one day, and graded.

The messages are deliveries like all others, so they are signed, sent and recorded by the deliverer; but each
is tried once, and what comes of it does not count for the subscription's breaker. Nothing has to end a
simulation: it is over when its time is, and it is graded from its rows whenever somebody looks.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from control import audit, companies
from control.access import Caller, require
from control.store import Company
from kit import ids
from kit.db import Tx
from kit.errors import Action, Conflict, Invalid, NotFound, TooMany
from kit.vault import Vault
from pipeline.assessor.policy import SANDBOX
from webhooks.callbacks import subscriptions
from webhooks.callbacks.body import EventFacts, compose
from webhooks.callbacks.store import Subscription
from webhooks.simulations import store
from webhooks.simulations.cases import CASES, RETRY_AFTER, Message, Name, messages
from webhooks.simulations.grading import Grade, grade
from webhooks.simulations.made_up import ERROR
from webhooks.simulations.store import CaseRow, Logged, Sent, Simulation
from webhooks.waits import waits
from webhooks.waits.waits import Suspended

SHORTEST, USUAL, LONGEST = 5, 30, 300
LISTED = 20
_WRITE, _READ = "subscriptions:write", "subscriptions:read"


class Graded(msgspec.Struct, frozen=True):
    """A fault, what was sent for it, and how the recipe did."""

    case: CaseRow
    sent: list[Sent]
    grade: Grade


class Report(msgspec.Struct, frozen=True):
    """A simulation with its faults in their order."""

    simulation: Simulation
    cases: list[Graded]


async def begin(
    tx: Tx,
    caller: Caller,
    vault: Vault,
    subscription_id: UUID,
    *,
    names: Sequence[Name] = (),
    seconds: float = USUAL,
    suspended: Suspended | None = None,
) -> Report:
    """Send the faults (all, unless named) to a subscription of a sandbox company, and watch for so many
    seconds; `suspended` is a job that sleeps until the run of `suspended_then_failed` is over. Raises
    Conflict outside a sandbox, for a subscription that is off, and while another simulation runs; NotFound,
    Invalid."""
    require(caller, _WRITE)
    company = await companies.get(tx, caller.company_id)
    _insist_on_sandbox(company)
    subscription = await subscriptions.get(tx, caller, subscription_id)
    if subscription.status != "active":
        raise Conflict(f"The subscription is {subscription.status}.", code="subscription_off")
    wanted: list[Name] = [name for name in CASES if not names or name in names]
    if suspended is not None and "suspended_then_failed" not in wanted:
        raise Invalid("A resume_token belongs to suspended_then_failed, which is not among the cases.")
    id_ = ids.new()
    await store.lock_simulations(tx, company.id)
    if not await store.insert_simulation(
        tx, id_=id_, company_id=company.id, subscription_id=subscription_id, seconds=seconds
    ):
        raise Conflict(
            "Another simulation of this company runs; one at a time can be told apart.",
            code="simulation_running",
            action="Wait until it has ended, or look at it with GET /v1/simulations.",
            retry_after=seconds,
        )
    runs: dict[Name, UUID] = {name: ids.new() for name in wanted}
    await store.insert_cases(tx, company.id, id_, runs)
    await _send(tx, company, subscription, id_, runs)
    if suspended is not None:
        run_ids = [runs["suspended_then_failed"]]
        wait, _ = await waits.register(tx, caller, vault, suspended, run_ids=run_ids)
        await store.set_wait(tx, company.id, id_, wait.id)
    await audit.record(tx, caller, "simulation.begun", ids.show("sim", id_), detail={"cases": wanted})
    return await get(tx, caller, id_)


async def get(tx: Tx, caller: Caller, id_: UUID) -> Report:
    """One, graded as far as it has come. Raises NotFound."""
    require(caller, _READ)
    found = await _reports(tx, caller, id_)
    if not found:
        raise NotFound(f"There is no simulation {ids.show('sim', id_)}.")
    return found[0]


async def listing(tx: Tx, caller: Caller) -> list[Report]:
    """The newest 20."""
    require(caller, _READ)
    return await _reports(tx, caller, None)


async def read(tx: Tx, caller: Caller, run_id: UUID) -> tuple[Name, TooMany | None] | None:
    """A run was asked for that does not exist: the fault that it was made up for (None: for none), and the
    refusal to answer with, once this is committed. Counts a client's reading while the simulation runs;
    people look at runs too, and a grade stands once it is over."""
    require(caller, "runs:read")
    found = await store.read_run(tx, caller.company_id, run_id) if caller.kind == "client" else None
    if found is None:
        name = (await store.made_up(tx, caller.company_id, [run_id])).get(run_id)
        return None if name is None else (name, None)
    left = RETRY_AFTER - (datetime.now(UTC) - found.read_at).total_seconds()
    if found.name != "too_many_requests" or (found.reads > 1 and left <= 0):
        return found.name, None
    detail = "Too many requests. (This is a simulation.)"
    return found.name, TooMany(detail, action="Wait as Retry-After says.", retry_after=max(1.0, left))


def _insist_on_sandbox(company: Company) -> None:
    if not company.policy.get(SANDBOX):
        raise Conflict(
            "Faults are sent to sandbox companies only, and this company is none.",
            code="no_sandbox",
            action=Action("Ask the operator for a sandbox (connector sandbox create).", "operator"),
        )


async def _reports(tx: Tx, caller: Caller, id_: UUID | None) -> list[Report]:
    found = await store.list_simulations(tx, caller.company_id, limit=LISTED, id_=id_)
    wanted = [one.id for one in found]
    cases = await store.cases_of(tx, caller.company_id, wanted)
    sent = await store.messages_of(tx, caller.company_id, wanted)
    return [
        _report(
            one,
            [case for case in cases if case.simulation_id == one.id],
            [message for message in sent if message.simulation_id == one.id],
        )
        for one in found
    ]


def _report(simulation: Simulation, cases: list[CaseRow], sent: list[Sent]) -> Report:
    order = list(CASES)
    graded = []
    for case in sorted(cases, key=lambda one: order.index(one.name)):
        own = [one for one in sent if one.name == case.name]
        elsewhere = any(one.reads for one in cases if one.name != case.name)
        mark = grade(case, own, over=simulation.over, reads_elsewhere=elsewhere)
        graded.append(Graded(case, own, mark))
    return Report(simulation, graded)


async def _send(
    tx: Tx, company: Company, subscription: Subscription, simulation_id: UUID, runs: dict[Name, UUID]
) -> None:
    rows: list[dict[str, Any]] = []
    for name, run_id in runs.items():
        for message in messages(name, subscription.events):
            before = rows[-1]["body"] if message.again else None
            event = None if before or message.forged else await _logged(tx, company, name, run_id, message)
            body = before or _body(company, name, run_id, message, event)
            rows.append(
                {
                    "id": str(ids.new()),
                    # Those that stand in no log are counted downwards.
                    "event_id": event.id if event else -time.time_ns(),
                    "event_type": message.kind,
                    "run_id": str(run_id),
                    "body": body,
                    "after": message.after,
                    "simulated": f"{name}:forged" if message.forged else name,
                }
            )
    await store.insert_messages(tx, company.id, simulation_id, subscription.id, rows)


async def _logged(tx: Tx, company: Company, name: Name, run_id: UUID, message: Message) -> Logged:
    return await store.log_event(
        tx,
        company_id=company.id,
        kind=message.kind,
        run_id=run_id,
        sequence=message.sequence,
        at=_at(message),
        data=_data(name, message),
    )


def _at(message: Message) -> datetime:
    return datetime.now(UTC) - timedelta(hours=message.hours)


def _data(name: Name, message: Message) -> dict[str, Any]:
    said: dict[str, Any] = {"reason": f"Simulated: {name}."}
    return said | {"error": ERROR} if message.kind == "run.failed" else said


def _body(
    company: Company, name: Name, run_id: UUID, message: Message, event: Logged | None
) -> dict[str, Any]:
    facts = EventFacts(
        id=event.id if event else 0,
        type=message.kind,
        at=_at(message),
        sequence=message.sequence,
        data=_data(name, message),
        store_id=event.store_id if event else company.id,
        company_id=company.id,
        company_name=company.name,
        dashboard_url=company.dashboard_url,
        run_id=run_id,
        role_id=None,
        batch_id=None,
        role_title="Simulated role",
        role_code=None,
        role_source=None,
        role_source_id=None,
        run_error=None,
        run_degraded=None,
        subscriptions=[],
    )
    return compose(facts) | ({} if event else {"id": f"evt_test_{ids.new().hex}"})

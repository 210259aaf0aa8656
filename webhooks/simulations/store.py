"""Simulations in PostgreSQL: one function per query of `queries.sql`, same names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from kit.db import Tx, json
from kit.sql import Queries
from webhooks.callbacks.store import DeliveryStatus
from webhooks.simulations.cases import Name
from webhooks.waits.store import WaitStatus

_sql = Queries("webhooks.simulations")


class Simulation(msgspec.Struct, frozen=True, kw_only=True):
    """One trial of a recipe; `over` once its time has run out."""

    id: UUID
    subscription_id: UUID
    wait_id: UUID | None
    ends_at: datetime
    created_at: datetime
    over: bool


class CaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A fault with what the recipe read of its run; `wait` is a job that slept until that run was over."""

    simulation_id: UUID
    name: Name
    run_id: UUID
    reads: int
    read_at: datetime | None
    read_again_at: datetime | None
    wait: WaitStatus | None


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A message of a fault and what it was answered; `last_status` None: no answer came."""

    id: UUID
    simulation_id: UUID
    name: Name
    event_type: str
    status: DeliveryStatus
    attempts: int
    last_status: int | None
    last_error: str | None
    finished_at: datetime | None


class Logged(msgspec.Struct, frozen=True):
    """An event's number, and the log that it stands in."""

    id: int
    store_id: UUID


class Read(msgspec.Struct, frozen=True):
    """A made-up run was read for the `reads`-th time, for the first time at `read_at`."""

    name: Name
    reads: int
    read_at: datetime


async def insert_simulation(
    tx: Tx, *, id_: UUID, company_id: UUID, subscription_id: UUID, seconds: float
) -> bool:
    """Whether it may begin; False while another of the company runs."""
    params = {"id": id_, "company_id": company_id, "subscription_id": subscription_id, "seconds": seconds}
    return await tx.value(_sql["insert_simulation"], params) is not None


async def lock_simulations(tx: Tx, company_id: UUID) -> None:
    """Held to the end of the transaction."""
    await tx.value(_sql["lock_simulations"], {"company_id": company_id})


async def insert_cases(tx: Tx, company_id: UUID, simulation_id: UUID, cases: dict[Name, UUID]) -> None:
    """Faults by name, each with its run."""
    rows = [{"name": name, "run_id": str(run_id)} for name, run_id in cases.items()]
    params = {"company_id": company_id, "simulation_id": simulation_id, "cases": json(rows)}
    await tx.run(_sql["insert_cases"], params)


async def set_wait(tx: Tx, company_id: UUID, id_: UUID, wait_id: UUID) -> None:
    """The suspended job of a simulation."""
    await tx.run(_sql["set_wait"], {"company_id": company_id, "id": id_, "wait_id": wait_id})


async def log_event(
    tx: Tx, *, company_id: UUID, kind: str, run_id: UUID, sequence: int, at: datetime, data: dict[str, Any]
) -> Logged:
    """Where the event stands."""
    params = {"company_id": company_id, "type": kind, "run_id": run_id, "sequence": sequence, "at": at}
    return (await tx.all(_sql["log_event"], params | {"data": json(data)}, into=Logged))[0]


async def insert_messages(
    tx: Tx, company_id: UUID, simulation_id: UUID, subscription_id: UUID, messages: list[dict[str, Any]]
) -> None:
    """What is sent, in its order."""
    params = {"company_id": company_id, "simulation_id": simulation_id, "subscription_id": subscription_id}
    await tx.run(_sql["insert_messages"], params | {"messages": json(messages)})


async def list_simulations(
    tx: Tx, company_id: UUID, *, limit: int, id_: UUID | None = None
) -> list[Simulation]:
    """Newest first."""
    params = {"company_id": company_id, "limit": limit, "id": id_}
    return await tx.all(_sql["list_simulations"], params, into=Simulation)


async def cases_of(tx: Tx, company_id: UUID, ids: Sequence[UUID]) -> list[CaseRow]:
    """The faults of these simulations."""
    return await tx.all(_sql["cases_of"], {"company_id": company_id, "ids": list(ids)}, into=CaseRow)


async def messages_of(tx: Tx, company_id: UUID, ids: Sequence[UUID]) -> list[Sent]:
    """In the order in which they were to be sent."""
    return await tx.all(_sql["messages_of"], {"company_id": company_id, "ids": list(ids)}, into=Sent)


async def read_run(tx: Tx, company_id: UUID, run_id: UUID) -> Read | None:
    """Counted; None when no such run was made up, or its simulation is over."""
    params = {"company_id": company_id, "run_id": run_id}
    return await tx.one(_sql["read_run"], params, into=Read)


async def made_up(tx: Tx, company_id: UUID, run_ids: Sequence[UUID]) -> dict[UUID, Name]:
    """The fault of each of these runs that was made up."""
    rows = await tx.all(_sql["made_up"], {"company_id": company_id, "run_ids": list(run_ids)})
    return {row["run_id"]: row["name"] for row in rows}

"""Runs, batches, the queue and the status as they are read, one typed function per named query."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from kit.db import Tx, json
from kit.sql import Queries

sql = Queries("pipeline.runs")

Status = Literal["pending", "running", "success", "failed"]
Reason = Literal["queue", "tenant_cap", "llm_budget", "parent", "schedule", "paused", "retry", "earlier_run"]


class StageRow(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt of a stage as recorded."""

    stage: str
    attempt: int
    epoch: int
    status: Literal["running", "success", "failed", "lost"]
    input_hash: str
    outputs: dict[str, Any] | None
    degraded: list[str]
    skipped: str | None
    reused_from: UUID | None
    error: dict[str, Any] | None
    retry_at: datetime | None
    started_at: datetime
    finished_at: datetime | None


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What a place in the queue is estimated from. `rank` is the place in the company's own queue, from
    1; None for what does not queue. The rest is None while the clock has drawn no picture."""

    rank: int | None
    others_waiting: int | None
    share: float | None
    drained_per_minute: float | None
    in_window: int | None
    window_cap: int | None


class RunRow(Picture, frozen=True, kw_only=True):
    """A run with its role, its company's settings, and its place in the queue."""

    id: UUID
    role_id: UUID
    batch_id: UUID | None
    role_revision: int
    mapping_version: str
    actor_kind: str
    actor_id: str
    reason: str
    named: list[str] | None
    cascade: bool
    priority: str
    retry_of: UUID | None
    follows: UUID | None
    status: Status
    waiting: Reason | None
    slot: bool
    wake_at: datetime | None
    cancel_asked: bool
    pause_asked: bool
    done: int
    planned: int
    outputs: dict[str, Any]
    error: dict[str, Any] | None
    retry_at: datetime | None
    version: int
    waiting_since: datetime
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    updated_at: datetime
    role_title: str
    role_code: str | None
    source: str
    source_id: str
    dashboard_url: str | None
    at: datetime
    attempts: list[StageRow] | None


class BatchRow(Picture, frozen=True, kw_only=True):
    """A batch with what has become of its runs."""

    id: UUID
    actor_kind: str
    actor_id: str
    inputs: dict[str, Any]
    size: int
    refused: list[Any]
    created_at: datetime
    runs: int
    pending: int
    running: int
    success: int
    degraded: int
    failed: int
    cancelled: int
    stages_done: int
    stages_planned: int
    waiting: Reason | None
    retry_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    updated_at: datetime | None
    dashboard_url: str | None
    at: datetime


class Standing(msgspec.Struct, frozen=True):
    """What steering a run needs to know of it."""

    role_id: UUID
    status: Status
    owned: bool
    paused: bool
    pause_asked: bool
    cancel_asked: bool
    named: list[str] | None
    cascade: bool
    priority: str
    batch_id: UUID | None


async def runs(tx: Tx, company_id: UUID, ids: list[UUID], *, stages: bool = False) -> list[RunRow]:
    """The company's runs among `ids`, in no order; with their attempts when `stages`."""
    params = {"company_id": company_id, "ids": ids, "stages": stages}
    return await tx.all(sql["runs"], params, into=RunRow)


async def run_ids(tx: Tx, company_id: UUID, *, newest_first: bool, **filters: Any) -> list[UUID]:
    """Ids of a page in order; every filter of the query has to be given (None: does not matter)."""
    query = sql["newest_run_ids" if newest_first else "oldest_run_ids"]
    return [row["id"] for row in await tx.all(query, {"company_id": company_id, **filters})]


async def standing(tx: Tx, company_id: UUID, run_id: UUID) -> Standing | None:
    """Where a run stands now, without a lock."""
    return await tx.one(sql["standing"], {"company_id": company_id, "id": run_id}, into=Standing)


async def settle_cancelled(tx: Tx, company_id: UUID, run_id: UUID, error: dict[str, Any]) -> int | None:
    """End a run that nobody owns; the row of its event, or None when there was nothing to end. The
    role's row must be locked."""
    params = {"company_id": company_id, "id": run_id, "error": json(error)}
    found: int | None = await tx.value(sql["settle_cancelled"], params)
    return found


async def ask_cancel(tx: Tx, company_id: UUID, run_id: UUID) -> bool:
    """Leave the wish for the owner; False when there is none. The role's row must not be locked."""
    return await tx.run(sql["ask_cancel"], {"company_id": company_id, "id": run_id}) > 0


async def forget_retry(tx: Tx, company_id: UUID, run_id: UUID) -> None:
    """The clock need not try this one again: somebody does so now."""
    await tx.run(sql["forget_retry"], {"company_id": company_id, "id": run_id})


async def batch(tx: Tx, company_id: UUID, batch_id: UUID) -> BatchRow | None:
    """A batch with the counts of its runs."""
    return await tx.one(sql["batch"], {"company_id": company_id, "id": batch_id}, into=BatchRow)


class QueueRow(Picture, frozen=True, kw_only=True):
    """The company's queue; `rank` is the number that queue, as the place of the last of them."""

    at: datetime
    drawn_at: datetime | None
    waiting: int
    parked: int
    admitted: int
    owned: int
    oldest_waiting_at: datetime | None
    reasons: dict[str, int]
    priorities: dict[str, int]


class HrisEvent(msgspec.Struct, frozen=True):
    """The newest call into a webhook."""

    id: UUID
    source: str
    status: str
    accepted: int
    rejected: int
    at: datetime


class Trouble(msgspec.Struct, frozen=True):
    """A stage that unfinished runs are trying again, with its error."""

    stage: str
    code: str
    runs: int
    since: datetime


class StatusRow(msgspec.Struct, frozen=True, kw_only=True):
    """Where the company stands."""

    at: datetime
    company_name: str
    roles: dict[str, int]
    visible: int
    unfinished: dict[str, int]
    finished: dict[str, int]
    oldest_waiting: UUID | None
    last_hris_event: HrisEvent | None
    troubles: list[Trouble]
    workers: int
    clocks: int
    late_job: datetime | None


async def queue(tx: Tx, company_id: UUID) -> QueueRow | None:
    """The company's queue; None when the company is not visible."""
    return await tx.one(sql["queue"], {"company_id": company_id}, into=QueueRow)


async def status(tx: Tx, company_id: UUID) -> StatusRow | None:
    """Where the company stands; None when it is not visible."""
    return await tx.one(sql["status"], {"company_id": company_id}, into=StatusRow)


class TryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt of a stage, without its result; `output_size` is in characters of JSON."""

    stage: str
    attempt: int
    epoch: int
    status: str
    input_hash: str
    degraded: list[str]
    skipped: str | None
    reused_from: str | None
    error_code: str | None
    error_message: str | None
    retry_at: datetime | None
    started_at: datetime
    finished_at: datetime | None
    output_size: int | None


class SourceRow(msgspec.Struct, frozen=True, kw_only=True):
    """The role revision a run is pinned to, and the call it came in with (None: made by hand)."""

    source_event_id: str | None
    revision: int
    revision_hash: str
    mapping_version: str
    source: str | None
    shape: str | None
    status: str | None
    body_sha256: str | None
    body_size: int | None
    received_at: datetime | None


class DocumentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A document that a run read, without its text; `size` is in characters."""

    id: str
    kind: str
    origin: str
    version: int
    sha256: str
    size: int
    current: bool


class CallRow(msgspec.Struct, frozen=True, kw_only=True):
    """A model call that was paid for a run."""

    call_id: str
    stage: str | None
    model: str
    purpose: str
    input_tokens: int
    output_tokens: int
    milliseconds: int
    at: datetime


async def bundle_attempts(tx: Tx, company_id: UUID, run_id: UUID) -> list[TryRow]:
    """Every attempt of a run in order."""
    return await tx.all(sql["bundle_attempts"], {"company_id": company_id, "run_id": run_id}, into=TryRow)


async def bundle_source(tx: Tx, company_id: UUID, run_id: UUID) -> SourceRow | None:
    """What a run's revision came from."""
    return await tx.one(sql["bundle_source"], {"company_id": company_id, "run_id": run_id}, into=SourceRow)


async def bundle_documents(tx: Tx, company_id: UUID, run_id: UUID) -> list[DocumentRow]:
    """The documents of a run's revision."""
    params = {"company_id": company_id, "run_id": run_id}
    return await tx.all(sql["bundle_documents"], params, into=DocumentRow)


async def bundle_calls(tx: Tx, company_id: UUID, run_id: UUID) -> list[CallRow]:
    """A run's model calls in order."""
    return await tx.all(sql["bundle_calls"], {"company_id": company_id, "run_id": run_id}, into=CallRow)

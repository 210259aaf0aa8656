"""Published results in PostgreSQL, one typed function per named query."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from kit.db import Tx
from kit.sql import Queries
from pipeline.assessor.model import Decided, RoleScore
from pipeline.runs.lifecycle import State

sql = Queries("pipeline.assessments")


class Scores(msgspec.Struct, frozen=True):
    """0..100 each; the last three are shares of the role's tasks."""

    ai_exposure: float
    automation: float
    augmentation: float
    human: float


class AssessmentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A published role with the head of its assessment."""

    id: UUID
    title: str
    code: str | None
    family: str | None
    level: str | None
    grade: str | None
    source: str
    source_id: str
    state: State
    visible: bool
    flags: list[str]
    degraded: list[str]
    stale_since: datetime | None
    revision: int
    published_revision: int
    published_run_id: UUID
    published_at: datetime
    created_at: datetime
    updated_at: datetime
    dashboard_url: str | None
    scores: Scores | None
    confidence: float | None
    summary: str | None
    assessor: str | None
    assessor_version: str | None
    offline: bool | None
    basis: str | None
    role_score: RoleScore | None
    decided: Decided | None
    draup_role: dict[str, Any] | None
    draup_status: str | None
    draup_review: bool


class ResultRow(msgspec.Struct, frozen=True):
    """What a stage found for a role, in which run, on which revision."""

    stage: str
    run_id: UUID
    role_revision: int
    outputs: dict[str, Any]
    degraded: list[str]
    finished_at: datetime


async def assessment_ids(tx: Tx, company_id: UUID, *, newest_first: bool, **filters: Any) -> list[UUID]:
    """Role ids of a page in order; every filter of the query has to be given (None: does not matter)."""
    query = sql["newest_ids" if newest_first else "oldest_ids"]
    return [row["id"] for row in await tx.all(query, {"company_id": company_id, **filters})]


async def assessments(tx: Tx, company_id: UUID, ids: list[UUID]) -> list[AssessmentRow]:
    """The published ones among these roles, in no order."""
    return await tx.all(sql["assessments"], {"company_id": company_id, "ids": ids}, into=AssessmentRow)


async def results(tx: Tx, company_id: UUID, role_id: UUID, critical: list[str]) -> list[ResultRow]:
    """One row for each stage that has a result; `critical` names the stages that publishing needs."""
    params = {"company_id": company_id, "role_id": role_id, "critical": critical}
    return await tx.all(sql["results"], params, into=ResultRow)


async def role_state(tx: Tx, company_id: UUID, role_id: UUID) -> str | None:
    """The state of a role; None when there is none."""
    state: str | None = await tx.value(sql["role_state"], {"company_id": company_id, "role_id": role_id})
    return state

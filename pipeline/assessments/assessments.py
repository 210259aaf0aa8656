"""Assessments: the published results of roles, as a list of scores or whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from control.access import Caller, require
from kit import ids, paging
from kit.db import Tx
from kit.errors import Action, NotFound
from pipeline.assessments import store
from pipeline.assessments.store import AssessmentRow
from pipeline.assessor.model import Decided
from pipeline.runs.lifecycle import State
from pipeline.runs.view import dashboard
from pipeline.stages.registry import STAGES

_CRITICAL = [stage.key for stage in STAGES if stage.critical]


class Draup(msgspec.Struct, frozen=True):
    """The standard role it was mapped to; the first three are None until one is linked."""

    taxonomy: str | None
    code: str | None
    title: str | None
    status: str | None
    review: bool


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """The head of an assessment, flat. Scores are 0..100 and None when no task was found; `text_score`,
    `occupation_score` and `blended_score` belong together; `confidence` is 0..1; `assessor` with `offline`
    says who judged, `decided` who had the last word; `stale` that role or documents changed since."""

    id: str
    role_id: str
    role_title: str
    role_code: str | None
    role_family: str | None
    role_level: str | None
    role_grade: str | None
    role_source: str
    role_source_id: str
    state: State
    visible: bool
    stale: bool
    ai_exposure: float | None
    automation: float | None
    augmentation: float | None
    human: float | None
    text_score: float | None
    occupation_score: float | None
    occupation_range: tuple[float, float] | None
    occupation_from: str | None
    blended_score: float | None
    confidence: float | None
    summary: str | None
    flags: list[str]
    degraded: list[str]
    assessor: str | None
    assessor_version: str | None
    offline: bool | None
    basis: str | None
    decided: Decided | None
    draup: Draup
    revision: int
    published_revision: int
    published_at: datetime
    run_id: str
    links: dict[str, str]
    created_at: datetime
    updated_at: datetime


class Result(msgspec.Struct, frozen=True):
    """What one stage found: `outputs` as the stage recorded them, and in which run, on which revision."""

    outputs: dict[str, Any]
    degraded: list[str]
    run_id: str
    role_revision: int
    finished_at: datetime


class WholeAssessment(Assessment, frozen=True, kw_only=True):
    """An assessment with the newest result of each stage, by the stage's key."""

    stages: dict[str, Result]


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which assessments. `hidden` adds those that are not visible; `since` as in every list."""

    states: list[State] | None = None
    flags: list[str] | None = None
    source: str | None = None
    code: str | None = None
    family: str | None = None
    hidden: bool = False
    since: datetime | None = None


class Page(msgspec.Struct, frozen=True):
    """Assessments in order, and the cursor of the next page (None on the last one)."""

    assessments: list[Assessment]
    next: str | None


async def listing(
    tx: Tx, caller: Caller, base: str, filters: Filters, *, cursor: str = "", limit: int = 100
) -> Page:
    """By the time of the role's last change: newest first, or oldest first with `since`."""
    require(caller, "assessments:read")
    place = paging.place(cursor)
    since = filters.since and filters.since - paging.OVERLAP
    found = await store.assessment_ids(
        tx,
        caller.company_id,
        newest_first=since is None,
        states=filters.states or None,
        flags=filters.flags or None,
        source=filters.source,
        code=filters.code,
        family=filters.family,
        hidden=filters.hidden,
        since=since,
        place_at=place and place[0],
        place_id=place and place[1],
        limit=limit + 1,
    )
    rows = {row.id: row for row in await store.assessments(tx, caller.company_id, found[:limit])}
    page = [rows[id_] for id_ in found[:limit] if id_ in rows]
    more = len(found) > limit and bool(page)
    return Page(
        [Assessment(**_head(row, base)) for row in page],
        paging.cursor((page[-1].updated_at, page[-1].id)) if more else None,
    )


async def get(tx: Tx, caller: Caller, role_id: UUID, base: str) -> WholeAssessment:
    """The whole assessment of a role. Raises NotFound, which says when the role is there without one."""
    require(caller, "assessments:read")
    rows = await store.assessments(tx, caller.company_id, [role_id])
    if not rows:
        raise await _missing(tx, caller, role_id)
    found = await store.results(tx, caller.company_id, role_id, _CRITICAL)
    results = {
        row.stage: Result(
            row.outputs, row.degraded, ids.show("run", row.run_id), row.role_revision, row.finished_at
        )
        for row in found
    }
    order = {stage.key: results[stage.key] for stage in STAGES if stage.key in results}
    return WholeAssessment(**_head(rows[0], base), stages=order)


async def _missing(tx: Tx, caller: Caller, role_id: UUID) -> NotFound:
    shown = ids.show("role", role_id)
    state = await store.role_state(tx, caller.company_id, role_id)
    if state is None:
        return NotFound(f"There is no role with the id {shown}.")
    return NotFound(
        f"The role has no published assessment yet; its state is {state}.",
        code="not_published",
        action=Action("Push the role, or wait for its run to publish.", "caller", f"/v1/roles/{shown}"),
    )


def _head(row: AssessmentRow, base: str) -> dict[str, Any]:
    role, linked, scores = ids.show("role", row.id), row.draup_role or {}, row.scores
    score = row.role_score
    return {
        "id": role,
        "role_id": role,
        "role_title": row.title,
        "role_code": row.code,
        "role_family": row.family,
        "role_level": row.level,
        "role_grade": row.grade,
        "role_source": row.source,
        "role_source_id": row.source_id,
        "state": row.state,
        "visible": row.visible,
        "stale": row.stale_since is not None,
        "ai_exposure": scores and scores.ai_exposure,
        "automation": scores and scores.automation,
        "augmentation": scores and scores.augmentation,
        "human": scores and scores.human,
        "text_score": score and score.text,
        "occupation_score": score and score.prior,
        "occupation_range": score and score.prior_range,
        "occupation_from": score and score.prior_from,
        "blended_score": score and score.blend,
        "confidence": row.confidence,
        "summary": row.summary,
        "flags": row.flags,
        "degraded": row.degraded,
        "assessor": row.assessor,
        "assessor_version": row.assessor_version,
        "offline": row.offline,
        "basis": row.basis,
        "decided": row.decided,
        "draup": Draup(
            linked.get("taxonomy"),
            linked.get("code"),
            linked.get("title"),
            row.draup_status,
            row.draup_review,
        ),
        "revision": row.revision,
        "published_revision": row.published_revision,
        "published_at": row.published_at,
        "run_id": ids.show("run", row.published_run_id),
        "links": {
            "self": f"{base}/v1/assessments/{role}",
            "role": f"{base}/v1/roles/{role}",
            "run": f"{base}/v1/runs/{ids.show('run', row.published_run_id)}",
            "dashboard": dashboard(row.dashboard_url, base, row.id),
        },
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }

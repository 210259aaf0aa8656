"""Both assessors on the same roles: what the model said, beside what the offline assessor says of the very
same documents now. The model's answers are those on record, so a comparison costs nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from statistics import StatisticsError, correlation, fmean
from typing import Any
from uuid import UUID

import msgspec

from kit.db import Tx
from kit.sql import Queries
from pipeline.assessor.model import AssessedTask, RoleAssessment, RoleMapping
from pipeline.assessor.offline.assessor import OfflineAssessor
from pipeline.stages.base import Doc, Given, RoleFacts

_sql = Queries("pipeline.assessments", "comparison.sql")
MOST = 200
_SAME_PLACE = 0.5
_FEW = 3


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A role that the model judged: what it was given, and what it said."""

    id: UUID
    source: str
    source_id: str
    company: str
    revision: int
    record: dict[str, Any]
    documents: list[Doc]
    assessment: dict[str, Any]
    mapping: dict[str, Any]


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One role. Exposures are 0..100 (None: no task was found). `matched` tasks stand in the same place of
    the same document; of these, how many have the same exposure class and the same grade. `same_kind`: both
    take the documents for the same kinds."""

    role_id: UUID
    title: str
    model_exposure: float | None
    offline_exposure: float | None
    model_tasks: int
    offline_tasks: int
    matched: int
    same_class: int
    same_grade: int
    same_kind: bool
    same_standard_role: bool


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """All compared roles together. Shares are 0..1 and None where there is nothing to share; `correlation`
    (Pearson, of the exposures) needs three roles. Agreement is not truth: neither assessor is the judge."""

    roles: int
    mean_difference: float | None
    correlation: float | None
    tasks_matched: float | None
    same_class: float | None
    same_grade: float | None
    same_kind: float | None
    same_standard_role: float | None


async def judged_roles(tx: Tx, company_id: UUID, limit: int) -> list[Judged]:
    """The roles that were last judged by the model and that no person decided, newest first."""
    return await tx.all(_sql["judged_roles"], {"company_id": company_id, "limit": limit}, into=Judged)


def compare(company_id: UUID, roles: Sequence[Judged]) -> list[Compared]:
    """Judge each role offline and hold the two against each other (CPU work)."""
    assessor = OfflineAssessor()
    return [_compare(company_id, role, assessor) for role in roles]


def agreement(compared: Sequence[Compared]) -> Agreement:
    """The figures over all roles."""
    both = [
        (one.model_exposure, one.offline_exposure)
        for one in compared
        if one.model_exposure is not None and one.offline_exposure is not None
    ]
    tasks, matched = sum(one.model_tasks for one in compared), sum(one.matched for one in compared)
    return Agreement(
        roles=len(compared),
        mean_difference=round(fmean(abs(a - b) for a, b in both), 1) if both else None,
        correlation=_correlation(both),
        tasks_matched=_share(matched, tasks),
        same_class=_share(sum(one.same_class for one in compared), matched),
        same_grade=_share(sum(one.same_grade for one in compared), matched),
        same_kind=_share(sum(one.same_kind for one in compared), len(compared)),
        same_standard_role=_share(sum(one.same_standard_role for one in compared), len(compared)),
    )


def _compare(company_id: UUID, role: Judged, assessor: OfflineAssessor) -> Compared:
    record = {name: value for name, value in role.record.items() if value is not None}
    about = {
        "id": role.id,
        "company_id": company_id,
        "company": role.company,
        "revision": role.revision,
        "system": role.source,
        "source_id": role.source_id,
    }
    given = Given(role=msgspec.convert(record | about, RoleFacts), documents=role.documents)
    offline, mapping = asyncio.run(_offline(given, assessor))
    model = msgspec.convert(role.assessment, RoleAssessment, strict=False)
    pairs = _matched(model.tasks, offline.tasks)
    kinds = [{gate.document_id: gate.guess for gate in one.documents} for one in (model, offline)]
    return Compared(
        role_id=role.id,
        title=given.role.title,
        model_exposure=model.scores.ai_exposure if model.scores else None,
        offline_exposure=offline.scores.ai_exposure if offline.scores else None,
        model_tasks=len(model.tasks),
        offline_tasks=len(offline.tasks),
        matched=len(pairs),
        same_class=sum(a.exposure.class_ == b.exposure.class_ for a, b in pairs),
        same_grade=sum(a.grade == b.grade for a, b in pairs),
        same_kind=kinds[0] == kinds[1],
        same_standard_role=_best(role.mapping) == _best(msgspec.to_builtins(mapping)),
    )


async def _offline(given: Given, assessor: OfflineAssessor) -> tuple[RoleAssessment, RoleMapping]:
    mapping = (await assessor.map_role(given, (), deadline=0)).value
    known = msgspec.structs.replace(given, parents={"map_draup_role": msgspec.to_builtins(mapping)})
    return (await assessor.assess(known, deadline=0)).value, mapping


def _best(mapping: dict[str, Any]) -> tuple[str, str] | None:
    """The linked standard role, or the first candidate."""
    best = mapping.get("linked") or next(iter(mapping.get("candidates") or ()), None)
    return (best["taxonomy"], best["code"]) if best else None


def _matched(
    ours: Sequence[AssessedTask], theirs: Sequence[AssessedTask]
) -> list[tuple[AssessedTask, AssessedTask]]:
    """Tasks that stand in the same place: the shared part is at least half of what either covers."""
    left = list(theirs)
    pairs = []
    for one in ours:
        other = max(left, key=lambda task: _overlap(one, task), default=None)
        if other is not None and _overlap(one, other) >= _SAME_PLACE:
            left.remove(other)
            pairs.append((one, other))
    return pairs


def _overlap(one: AssessedTask, other: AssessedTask) -> float:
    if one.document_id != other.document_id:
        return 0.0
    shared = min(one.end, other.end) - max(one.start, other.start)
    return max(0, shared) / max(1, max(one.end, other.end) - min(one.start, other.start))


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None


def _correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
    if len(pairs) < _FEW:
        return None
    try:
        return round(correlation([a for a, _ in pairs], [b for _, b in pairs]), 3)
    except StatisticsError:  # all the same
        return None

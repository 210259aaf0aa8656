"""What a stage's result becomes when a person approves, corrects or rejects it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec

from kit.errors import Action, FieldError, Invalid
from pipeline.assessor.model import (
    AssessedTask,
    Decided,
    Exposure,
    ExposureClass,
    Grade,
    RoleAssessment,
    RoleCandidate,
    RoleMapping,
    Scores,
)
from pipeline.assessor.scoring import blend_of, scores_of, summary_of
from pipeline.stages.reviewed import asked_about

Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
_EXPOSED: dict[ExposureClass, tuple[float, float]] = {"E0": (0.0, 0.0), "E1": (1.0, 1.0), "E2": (1.0, 0.0)}
_LEVELS: dict[Grade, float] = {"human": 0.25, "augment": 1.5, "automate": 3.25}
_SUM = 100.0


class StandardRole(msgspec.Struct, frozen=True, kw_only=True):
    """The standard role that is meant. Without a title it has to be one of the candidates or of a taxonomy
    that is known."""

    taxonomy: Text
    code: Text
    title: Text | None = None


class TaskLabel(msgspec.Struct, frozen=True, kw_only=True):
    """A person's word on one task, by its id in the assessment: its exposure class, its grade, or both."""

    task_id: str
    exposure: ExposureClass | None = None
    grade: Grade | None = None


class RightScores(msgspec.Struct, frozen=True, kw_only=True):
    """The role's scores as a person sees them, 0..100; the last three add up to 100."""

    ai_exposure: Percent
    automation: Percent
    augmentation: Percent
    human: Percent


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """What is right instead: `draup_role` for a mapping; for an assessment labels of tasks, from which the
    scores are computed anew, or the scores themselves."""

    draup_role: StandardRole | None = None
    tasks: list[TaskLabel] = []
    scores: RightScores | None = None
    summary: Annotated[str, msgspec.Meta(max_length=1000)] | None = None


Verb = Literal["approved", "corrected", "rejected"]


def assessment(outputs: dict[str, Any], decided: Decided, correction: Correction | None) -> dict[str, Any]:
    """An assessment after a person's word. Raises Invalid when the correction does not fit it."""
    given = msgspec.convert(outputs, RoleAssessment, strict=False)
    tasks, scores, summary = given.tasks, given.scores, given.summary
    if correction is not None:
        if correction.draup_role is not None or not (correction.tasks or correction.scores):
            raise wrong("tasks", "An assessment is corrected by labels of tasks or by scores.")
        tasks = _labelled(given.tasks, correction.tasks)
        scores = _right(correction.scores) or scores_of(tasks)
        summary = correction.summary or summary_of(tasks, scores)
    score = given.role_score
    if score is not None and scores is not None:
        blend = blend_of(scores.ai_exposure, score.tasks, score.prior)
        score = msgspec.structs.replace(score, text=scores.ai_exposure, blend=blend)
    kept = tuple(flag for flag in given.flags if flag not in asked_about(given.flags))
    value = msgspec.structs.replace(
        given, tasks=tasks, scores=scores, summary=summary, role_score=score, flags=kept, decided=decided
    )
    return {**outputs, **msgspec.to_builtins(value)}


def mapping(outputs: dict[str, Any], decided: Decided, chosen: RoleCandidate | None) -> dict[str, Any]:
    """A mapping after a person's word: linked to `chosen`, or to no standard role at all."""
    given = msgspec.convert(outputs, RoleMapping, strict=False)
    others = [one for one in given.candidates if chosen is None or not _same(one, chosen)]
    candidates = (*([chosen] if chosen else []), *others)[:5]
    value = msgspec.structs.replace(
        given,
        candidates=tuple(candidates),
        status="confirmed" if chosen else "none",
        linked=chosen,
        review=False,
        decided=decided,
    )
    return {**outputs, **msgspec.to_builtins(value), "flags": []}


def choice(
    outputs: dict[str, Any], wanted: StandardRole | None, known: Sequence[RoleCandidate]
) -> RoleCandidate:
    """The standard role that a person means: the first candidate when they merely approve, else the one they
    name, with its title from the candidates or from `known`. Raises Invalid."""
    candidates = msgspec.convert(outputs, RoleMapping, strict=False).candidates
    if wanted is None:
        if not candidates:
            raise wrong("draup_role", "There is no candidate to approve: name the standard role, or reject.")
        return candidates[0]
    named = RoleCandidate(code=wanted.code, title=wanted.title or "", taxonomy=wanted.taxonomy, score=1.0)
    found = next((one for one in (*candidates, *known) if _same(one, named)), None)
    if found is not None:
        return found
    if not wanted.title:
        raise wrong("draup_role.title", "No known taxonomy has this code: give the title too.")
    return named


def _same(one: RoleCandidate, other: RoleCandidate) -> bool:
    return (one.taxonomy, one.code) == (other.taxonomy, other.code)


def _labelled(tasks: Sequence[AssessedTask], labels: Sequence[TaskLabel]) -> tuple[AssessedTask, ...]:
    by_id = {label.task_id: label for label in labels}
    unknown = sorted(set(by_id) - {task.id for task in tasks})
    if unknown:
        raise wrong("tasks", f"The assessment has no task {unknown[0][:40]!r}.")
    return tuple(_with(task, by_id.get(task.id)) for task in tasks)


def _with(task: AssessedTask, label: TaskLabel | None) -> AssessedTask:
    """A label counts like those that the weights were fitted on: E1 whole, E2 half; a grade is put into the
    middle of its bin."""
    if label is None:
        return task
    exposure, automation, grade = task.exposure, task.automation, task.grade
    if label.exposure is not None:
        exposed, direct = _EXPOSED[label.exposure]
        exposure = Exposure(p_exposed=exposed, p_direct=direct, class_=label.exposure)
    if label.grade is not None and label.grade != grade:
        grade, automation = label.grade, _LEVELS[label.grade]
    return msgspec.structs.replace(
        task, exposure=exposure, automation=automation, grade=grade, confidence=1.0
    )


def _right(scores: RightScores | None) -> Scores | None:
    if scores is None:
        return None
    if abs(scores.automation + scores.augmentation + scores.human - _SUM) > 0.5:
        raise wrong("scores", "automation, augmentation and human are shares: they have to add up to 100.")
    return Scores(**msgspec.structs.asdict(scores))


def wrong(field: str, message: str) -> Invalid:
    """A decision that does not fit: the field and why."""
    action = Action("Correct the named field, and send the decision again.")
    return Invalid(message, errors=[FieldError(field, message)], action=action)

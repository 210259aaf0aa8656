"""Reading what earlier stages recorded: JSON-able outputs back into results."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from pipeline.assessor.model import (
    AssessedTask,
    MinedSkills,
    RoleAssessment,
    RoleMapping,
    SkillsArchitecture,
    TopTasks,
)
from pipeline.stages.base import Doc, Given, StageFault

R = TypeVar("R")
_USED_FIRST = ("job_description", "process_map")


def parent(given: Given, stage: str, shape: type[R]) -> R | None:
    """The recorded result of a parent, or None when it has none. Raises StageFault
    `parent_unreadable` when it has another shape (an old version, an outside executor)."""
    outputs = given.parents.get(stage)
    if not outputs or outputs.get("skipped"):
        return None
    try:
        return msgspec.convert(outputs, shape, strict=False)
    except msgspec.ValidationError as error:
        raise StageFault(
            f"The result of {stage} cannot be read: {error}", code="parent_unreadable"
        ) from error


def mapping_of(given: Given) -> RoleMapping | None:
    """The result of map_draup_role."""
    return parent(given, "map_draup_role", RoleMapping)


def tasks_of(given: Given) -> tuple[AssessedTask, ...]:
    """All tasks of the assessment."""
    assessment = parent(given, "ai_assessment", RoleAssessment)
    return assessment.tasks if assessment else ()


def top_tasks_of(given: Given) -> tuple[AssessedTask, ...]:
    """The top tasks in their order; all tasks when there is no ranking."""
    tasks = tasks_of(given)
    top = parent(given, "top_tasks", TopTasks)
    by_id = {task.id: task for task in tasks}
    return tuple(by_id[t.task_id] for t in top.tasks if t.task_id in by_id) if top else tasks


def mined_of(given: Given) -> MinedSkills | None:
    """The result of mine_skills."""
    return parent(given, "mine_skills", MinedSkills)


def architecture_of(given: Given) -> SkillsArchitecture | None:
    """The result of skills_architecture."""
    return parent(given, "skills_architecture", SkillsArchitecture)


def assessed_documents(given: Given) -> list[Doc]:
    """The documents that tasks are read from: job descriptions and process maps, else all."""
    first = [doc for kind in _USED_FIRST for doc in given.documents if doc.kind == kind]
    return first or list(given.documents)

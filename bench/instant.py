"""An assessor that takes no time and a graph that is not there: what is left is the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.assessor import model
from pipeline.assessor.model import Judged, TaxonomyRole
from pipeline.graph.model import Written

_BY: model.Origin = {"assessor": "instant", "version": "1", "offline": True}
_ROLE = model.RoleCandidate(code="1", title="Analyst", taxonomy="bench", score=1.0)
_EXPOSURE = model.Exposure(p_exposed=0.6, p_direct=0.4, class_="E1")
_TASK = model.AssessedTask(
    id="t1",
    text="Prepare monthly reports",
    document_id="d1",
    start=0,
    end=23,
    exposure=_EXPOSURE,
    automation=2.0,
    grade="augment",
    confidence=0.9,
    evidence=(model.Evidence(words="reports", start=16, end=23, weight=0.4),),
)
_ANSWERS: dict[str, Any] = {
    "map_role": model.RoleMapping(
        **_BY, candidates=(_ROLE,), margin=1.0, status="exact_single", linked=_ROLE, review=False
    ),
    "assess": model.RoleAssessment(
        **_BY,
        documents=(),
        tasks=(_TASK,),
        split_quality=model.SplitQuality(tasks=1, section_found=True, fallback_used=False, dropped=0),
        scores=model.Scores(ai_exposure=60, automation=0, augmentation=100, human=0),
        confidence=0.9,
        summary="One task, augmented.",
    ),
    "top_tasks": model.TopTasks(
        **_BY, tasks=(model.TopTask(rank=1, task_id="t1", text=_TASK.text, score=1.0, why="The only one."),)
    ),
    "standardise_tasks": model.StandardisedTasks(
        **_BY, tasks=(model.StandardTask(text=_TASK.text, verb="prepare", task_ids=("t1",)),)
    ),
    "task_feasibility": model.Feasibility(
        **_BY, tasks=(model.TaskFeasibility(task_id="t1", text=_TASK.text, grade="T2", cues=()),)
    ),
    "mine_skills": model.MinedSkills(
        **_BY, found=(), inferred=(model.InferredSkill(name="Reporting", group="Analysis", why="t1"),)
    ),
    "skills_architecture": model.SkillsArchitecture(
        **_BY,
        skills=(
            model.PlacedSkill(name="Reporting", group="Analysis", tier="core", origin="inferred", why="t1"),
        ),
        groups=(model.SkillGroup(name="Analysis", skills=("Reporting",)),),
    ),
    "reskilling": model.Reskilling(
        **_BY, moves=(model.Move(from_="Reporting", to="Modelling", gap="missing", reason="t1"),)
    ),
}
_JUDGED = {name: Judged(value=value) for name, value in _ANSWERS.items()}
_WRITTEN = Written(outcome="created")


class InstantAssessor:
    """Answers every question at once, always the same."""

    name = "instant"
    version = "1"

    async def map_role(self, given: Any, taxonomy: Sequence[TaxonomyRole], *, deadline: float) -> Any:
        return _JUDGED["map_role"]

    async def assess(self, given: Any, *, deadline: float) -> Any:
        return _JUDGED["assess"]

    async def top_tasks(self, given: Any, *, deadline: float) -> Any:
        return _JUDGED["top_tasks"]

    async def standardise_tasks(self, given: Any, *, deadline: float) -> Any:
        return _JUDGED["standardise_tasks"]

    async def task_feasibility(self, given: Any, *, deadline: float) -> Any:
        return _JUDGED["task_feasibility"]

    async def mine_skills(self, given: Any, *, deadline: float) -> Any:
        return _JUDGED["mine_skills"]

    async def skills_architecture(self, given: Any, *, deadline: float) -> Any:
        return _JUDGED["skills_architecture"]

    async def reskilling(self, given: Any, *, deadline: float) -> Any:
        return _JUDGED["reskilling"]

    async def aclose(self) -> None:
        return None


class NoGraph:
    """Says that everything was written."""

    async def write(self, picture: Any, **about: Any) -> Written:
        return _WRITTEN

    async def mark_all(self, company_id: Any, marks: Any) -> None:
        return None

    async def draup_roles(self, company_id: Any) -> list[TaxonomyRole]:
        return []

    async def close(self) -> None:
        return None

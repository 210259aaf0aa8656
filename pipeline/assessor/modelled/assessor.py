"""The modelled assessor: one question per method, answers checked against what was given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from pipeline.assessor.model import (
    AssessedTask,
    Feasibility,
    Judged,
    MinedSkills,
    Origin,
    Reskilling,
    RoleAssessment,
    RoleMapping,
    SkillsArchitecture,
    SplitQuality,
    StandardisedTasks,
    TaxonomyRole,
    TopTasks,
)
from pipeline.assessor.model_client import Answered, ModelClient
from pipeline.assessor.modelled import judging, questions
from pipeline.assessor.modelled.answers import (
    ArchitectureAnswer,
    AssessAnswer,
    FeasibilityAnswer,
    MapAnswer,
    ReskillingAnswer,
    SkillsAnswer,
    StandardiseAnswer,
    TopTasksAnswer,
)
from pipeline.assessor.modelled.assessing import gates_from, tasks_from
from pipeline.assessor.offline.mapping import map_title, pool
from pipeline.assessor.parents import (
    architecture_of,
    assessed_documents,
    mapping_of,
    mined_of,
    tasks_of,
    top_tasks_of,
)
from pipeline.assessor.scoring import confidence_of, doubts, scores_of, summary_of
from pipeline.stages.base import Given

C = TypeVar("C")
T = TypeVar("T")
_CUT = "The documents are long: only their first 60,000 characters were judged."
_INJECTION = "A document holds instructions to the model; they were treated as text. Check the document."


class ModelledAssessor:
    """`version` names the model and a digest of all prompts."""

    name = "modelled"

    def __init__(self, client: ModelClient) -> None:
        self._client = client
        self.version = f"{client.model}+prompts-{questions.prompts_version()}"
        self.origin: Origin = {"assessor": self.name, "version": self.version, "offline": False}

    async def map_role(
        self, given: Given, taxonomy: Sequence[TaxonomyRole], *, deadline: float
    ) -> Judged[RoleMapping]:
        """An exact title needs no model. Otherwise the model orders the nearest titles; it never links."""
        mapped = map_title(given.role.title, taxonomy, self.origin)
        near = pool(given.role.title, taxonomy)
        if mapped.linked or not near:
            return Judged(value=mapped)
        rows = [{"number": n, "title": c.title, "also": c.matched} for n, c in enumerate(near, start=1)]
        question = questions.material(given.role.title, roles=rows)
        answer = await self._ask("map_role", question, MapAnswer, deadline, judging.candidates, near)
        ranked = judging.candidates(answer.value, near)
        status = mapped.status if ranked else "none"
        value = msgspec.structs.replace(
            mapped, candidates=ranked, margin=judging.margin(ranked), status=status
        )
        return Judged(value=value, calls=answer.calls)

    async def assess(self, given: Given, *, deadline: float) -> Judged[RoleAssessment]:
        """Tasks, exposure and grades by the model; scores, confidence and flags computed from them."""
        documents, cut = questions.shown(assessed_documents(given))
        question = questions.material(given.role.title, documents)
        answer = await self._ask("assess", question, AssessAnswer, deadline, judging.assessment, documents)
        tasks, gates = tasks_from(answer.value, documents), gates_from(answer.value, documents)
        warnings, flags = doubts(tasks, gates, english=True)
        if answer.value.instructions_found:
            warnings.append(_INJECTION)
            flags.append("review:instructions_in_document")
        mapping, scores = mapping_of(given), scores_of(tasks)
        linked = mapping is not None and mapping.linked is not None
        value = RoleAssessment(
            documents=gates,
            tasks=tasks,
            split_quality=SplitQuality(tasks=len(tasks), section_found=False, fallback_used=False, dropped=0),
            scores=scores,
            confidence=confidence_of(tasks, gates, linked=linked, english=True),
            summary=answer.value.summary[:1000] if tasks else summary_of(tasks, scores),
            flags=tuple(flags),
            **self.origin,
        )
        return Judged(value=value, calls=answer.calls, warnings=(*warnings, *((_CUT,) if cut else ())))

    async def top_tasks(self, given: Given, *, deadline: float) -> Judged[TopTasks]:
        """The model's choice among the assessed tasks."""
        tasks = tasks_of(given)
        question = self._about_tasks(given, tasks)
        answer = await self._ask("top_tasks", question, TopTasksAnswer, deadline, judging.top, tasks)
        value = TopTasks(tasks=judging.top(answer.value, tasks), **self.origin)
        return Judged(value=value, calls=answer.calls)

    async def standardise_tasks(self, given: Given, *, deadline: float) -> Judged[StandardisedTasks]:
        """All assessed tasks, duplicates merged."""
        tasks = tasks_of(given)
        question = self._about_tasks(given, tasks)
        check = judging.standard
        answer = await self._ask("standardise_tasks", question, StandardiseAnswer, deadline, check, tasks)
        value = StandardisedTasks(tasks=check(answer.value, tasks), **self.origin)
        return Judged(value=value, calls=answer.calls)

    async def task_feasibility(self, given: Given, *, deadline: float) -> Judged[Feasibility]:
        """The top tasks."""
        tasks = top_tasks_of(given)
        question = self._about_tasks(given, tasks)
        check = judging.feasible
        answer = await self._ask("task_feasibility", question, FeasibilityAnswer, deadline, check, tasks)
        value = Feasibility(tasks=check(answer.value, tasks), **self.origin)
        return Judged(value=value, calls=answer.calls)

    async def mine_skills(self, given: Given, *, deadline: float) -> Judged[MinedSkills]:
        """Every found skill is quoted from a document."""
        documents, cut = questions.shown(given.documents)
        tasks = tasks_of(given)
        question = questions.material(given.role.title, documents, tasks=questions.task_rows(tasks))
        context = (documents, tasks)
        answer = await self._ask("mine_skills", question, SkillsAnswer, deadline, judging.skills, context)
        found, inferred = judging.skills(answer.value, context)
        value = MinedSkills(found=found, inferred=inferred, **self.origin)
        return Judged(value=value, calls=answer.calls, warnings=(_CUT,) if cut else ())

    async def skills_architecture(self, given: Given, *, deadline: float) -> Judged[SkillsArchitecture]:
        """A place for every mined skill."""
        mined = mined_of(given)
        rows = judging.skill_rows(mined)
        question = questions.material(given.role.title, skills=rows)
        check = judging.placed
        answer = await self._ask("skills_architecture", question, ArchitectureAnswer, deadline, check, rows)
        skills = check(answer.value, rows)
        value = SkillsArchitecture(skills=skills, groups=judging.groups(skills), **self.origin)
        return Judged(value=value, calls=answer.calls)

    async def reskilling(self, given: Given, *, deadline: float) -> Judged[Reskilling]:
        """Moves from the assessed tasks."""
        tasks, built = tasks_of(given), architecture_of(given)
        rows = [{"name": s.name, "tier": s.tier} for s in built.skills] if built else []
        question = questions.material(given.role.title, tasks=questions.task_rows(tasks), skills=rows)
        answer = await self._ask("reskilling", question, ReskillingAnswer, deadline, judging.moves, tasks)
        value = Reskilling(moves=judging.moves(answer.value, tasks), **self.origin)
        return Judged(value=value, calls=answer.calls)

    async def aclose(self) -> None:
        await self._client.aclose()

    def _about_tasks(self, given: Given, tasks: Sequence[AssessedTask]) -> str:
        return questions.material(given.role.title, tasks=questions.task_rows(tasks))

    async def _ask(
        self,
        prompt: str,
        question: str,
        shape: type[T],
        deadline: float,
        judge: Callable[[T, C], object],
        context: C,
    ) -> Answered[T]:
        """Asks with a prompt; an answer that `judge` cannot turn into a result is a bad one."""

        def check(answer: T) -> None:
            judge(answer, context)

        told = questions.instructions(prompt)
        return await self._client.ask(prompt, told, question, shape, check, deadline=deadline)

"""The modelled assessor: one question per method (per piece of a document where the documents are read),
answers checked against what was given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from pipeline.assessor.asking.interview import About, Answered, Interview, Question
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
from pipeline.assessor.modelled import assessing, judging, questions
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
from pipeline.assessor.modelled.injection import FLAG, INJECTION, speaks_to_the_model
from pipeline.assessor.modelled.pieces import PIECE_CHARS, Piece, pieces_of
from pipeline.assessor.offline.mapping import map_title, pool
from pipeline.assessor.offline.role_score import priors, role_score
from pipeline.assessor.parents import (
    architecture_of,
    assessed_documents,
    mapping_of,
    mined_of,
    tasks_of,
    top_tasks_of,
)
from pipeline.assessor.scoring import (
    UNMEASURED,
    confidence_of,
    doubts,
    reads_english,
    scores_of,
    summary_of,
)
from pipeline.stages.base import Call, Given, StageFault

C = TypeVar("C")
T = TypeVar("T")
_AT_ONCE = 4
_MANY = "The documents hold more than {most} tasks: the first {most} were judged."
_LEFT = "The documents are very long: their last {left:,} characters were not judged."


class ModelledAssessor:
    """`version` names the model and a digest of all prompts. `piece_chars` is the most of a document that
    one question shows."""

    name = "modelled"

    def __init__(self, interview: Interview, *, piece_chars: int = PIECE_CHARS) -> None:
        self._interview = interview
        self._piece_chars = piece_chars
        model = interview.client.model
        self.version = f"{model}+prompts-{questions.prompts_version()}"
        self.origin: Origin = {"assessor": self.name, "version": self.version, "offline": False}

    async def map_role(
        self, given: Given, taxonomy: Sequence[TaxonomyRole], *, deadline: float
    ) -> Judged[RoleMapping]:
        """An exact title needs no model. Otherwise the model orders the nearest titles; it never links."""
        mapped = map_title(given.role.title, taxonomy, self.origin)
        near = pool(given.role.title, taxonomy)
        if mapped.linked or not near:
            return Judged(value=msgspec.structs.replace(mapped, versions=self._versions()))
        rows = [{"number": n, "title": c.title, "also": c.matched} for n, c in enumerate(near, start=1)]
        question = questions.material(title=given.role.title, roles=rows)
        answer = await self._ask("map_role", question, MapAnswer, judging.candidates, near, given, deadline)
        ranked = judging.candidates(answer.value, near)
        value = msgspec.structs.replace(
            mapped,
            candidates=ranked,
            margin=judging.margin(ranked),
            status=mapped.status if ranked else "none",
            versions=self._versions("map_role"),
        )
        return Judged(value=value, calls=answer.calls)

    async def assess(self, given: Given, *, deadline: float) -> Judged[RoleAssessment]:
        """Tasks, exposure and grades by the model; scores, confidence and flags computed from them."""
        documents = assessed_documents(given)
        pieces, left = pieces_of(documents, self._piece_chars)
        judge = assessing.judgement
        texts = [questions.material([piece]) for piece in pieces]
        shown = [[piece] for piece in pieces]
        answers, calls = await self._ask_all("assess", texts, AssessAnswer, judge, shown, given, deadline)
        found = [judge(answer, own) for answer, own in zip(answers, shown, strict=True)]
        gates, tasks, many = assessing.merged(found)
        english = reads_english("\n".join(doc.text[:20_000] for doc in documents))
        foreign = None if english else UNMEASURED
        warnings, flags = doubts(tasks, gates, foreign=foreign)
        if any(j.instructions_found for j in found) or any(speaks_to_the_model(d.text) for d in documents):
            warnings.append(INJECTION)
            flags.append(FLAG)
        if many:
            warnings.append(_MANY.format(most=assessing.MOST_TASKS_OF_ROLE))
        if left:
            warnings.append(_LEFT.format(left=left))
        mapping, scores = mapping_of(given), scores_of(tasks)
        linked = mapping is not None and mapping.linked is not None
        value = RoleAssessment(
            documents=gates,
            tasks=tasks,
            split_quality=SplitQuality(tasks=len(tasks), section_found=False, fallback_used=False, dropped=0),
            scores=scores,
            confidence=confidence_of(tasks, gates, linked=linked, foreign=foreign),
            summary=found[0].summary[:1000] if tasks and len(found) == 1 else summary_of(tasks, scores),
            flags=tuple(flags),
            role_score=role_score(scores.ai_exposure, len(tasks), mapping, priors()) if scores else None,
            versions=self._versions("assess"),
            **self.origin,
        )
        return Judged(value=value, calls=calls, warnings=tuple(warnings))

    async def top_tasks(self, given: Given, *, deadline: float) -> Judged[TopTasks]:
        """The model's choice among the assessed tasks."""
        tasks = tasks_of(given)
        text = _about_tasks(given, tasks, graded=True)
        answer = await self._ask("top_tasks", text, TopTasksAnswer, judging.top, tasks, given, deadline)
        best = judging.top(answer.value, tasks)
        value = TopTasks(tasks=best, versions=self._versions("top_tasks"), **self.origin)
        return Judged(value=value, calls=answer.calls)

    async def standardise_tasks(self, given: Given, *, deadline: float) -> Judged[StandardisedTasks]:
        """All assessed tasks, duplicates merged."""
        tasks, step = tasks_of(given), "standardise_tasks"
        text = _about_tasks(given, tasks)
        answer = await self._ask(step, text, StandardiseAnswer, judging.standard, tasks, given, deadline)
        worded = judging.standard(answer.value, tasks)
        value = StandardisedTasks(tasks=worded, versions=self._versions(step), **self.origin)
        return Judged(value=value, calls=answer.calls)

    async def task_feasibility(self, given: Given, *, deadline: float) -> Judged[Feasibility]:
        """The top tasks."""
        tasks, step = top_tasks_of(given), "task_feasibility"
        text = _about_tasks(given, tasks)
        answer = await self._ask(step, text, FeasibilityAnswer, judging.feasible, tasks, given, deadline)
        graded = judging.feasible(answer.value, tasks)
        value = Feasibility(tasks=graded, versions=self._versions(step), **self.origin)
        return Judged(value=value, calls=answer.calls)

    async def mine_skills(self, given: Given, *, deadline: float) -> Judged[MinedSkills]:
        """Every found skill is quoted from a document. A piece is shown with the tasks that stand in it."""
        pieces, left = pieces_of(given.documents, self._piece_chars)
        contexts = [([piece], _tasks_in(piece, tasks_of(given))) for piece in pieces]
        texts = [questions.material(own, tasks=questions.task_rows(tasks)) for own, tasks in contexts]
        judge, step = judging.skills, "mine_skills"
        answers, calls = await self._ask_all(step, texts, SkillsAnswer, judge, contexts, given, deadline)
        parts = [judge(answer, context) for answer, context in zip(answers, contexts, strict=True)]
        found, inferred = judging.mined(parts, pieces)
        value = MinedSkills(found=found, inferred=inferred, versions=self._versions(step), **self.origin)
        warnings = (_LEFT.format(left=left),) if left else ()
        return Judged(value=value, calls=calls, warnings=warnings)

    async def skills_architecture(self, given: Given, *, deadline: float) -> Judged[SkillsArchitecture]:
        """A place for every mined skill."""
        rows, step = judging.skill_rows(mined_of(given)), "skills_architecture"
        text = questions.material(title=given.role.title, skills=rows)
        answer = await self._ask(step, text, ArchitectureAnswer, judging.placed, rows, given, deadline)
        skills = judging.placed(answer.value, rows)
        groups = judging.groups(skills)
        value = SkillsArchitecture(skills=skills, groups=groups, versions=self._versions(step), **self.origin)
        return Judged(value=value, calls=answer.calls)

    async def reskilling(self, given: Given, *, deadline: float) -> Judged[Reskilling]:
        """Moves from the assessed tasks."""
        tasks, built, step = tasks_of(given), architecture_of(given), "reskilling"
        rows = [{"name": s.name, "tier": s.tier} for s in built.skills] if built else []
        graded = questions.task_rows(tasks, graded=True)
        text = questions.material(title=given.role.title, tasks=graded, skills=rows)
        answer = await self._ask(step, text, ReskillingAnswer, judging.moves, tasks, given, deadline)
        moves = judging.moves(answer.value, tasks)
        value = Reskilling(moves=moves, versions=self._versions(step), **self.origin)
        return Judged(value=value, calls=answer.calls)

    async def aclose(self) -> None:
        await self._interview.client.aclose()

    def _versions(self, prompt: str | None = None) -> dict[str, str]:
        versions = {"model": self._interview.client.model}
        return versions | ({"prompt": questions.prompt_version(prompt)} if prompt else {})

    async def _ask_all(
        self,
        prompt: str,
        texts: Sequence[str],
        shape: type[T],
        judge: Callable[[T, C], object],
        contexts: Sequence[C],
        given: Given,
        deadline: float,
    ) -> tuple[list[T], tuple[Call, ...]]:
        """One question for each piece, some at once. Fails as the first that fails, with what all of them
        cost; those that were answered are remembered for the next try."""
        places = asyncio.Semaphore(_AT_ONCE)

        async def one(text: str, context: C) -> Answered[T] | StageFault:
            async with places:
                try:
                    return await self._ask(prompt, text, shape, judge, context, given, deadline)
                except StageFault as fault:
                    return fault

        asked = await asyncio.gather(*(one(*pair) for pair in zip(texts, contexts, strict=True)))
        calls = tuple(call for answer in asked for call in answer.calls)
        answered: list[T] = []
        for answer in asked:
            if isinstance(answer, StageFault):
                answer.calls = calls
                raise answer
            answered.append(answer.value)
        return answered, calls

    async def _ask(
        self,
        prompt: str,
        text: str,
        shape: type[T],
        judge: Callable[[T, C], object],
        context: C,
        given: Given,
        deadline: float,
    ) -> Answered[T]:
        """Asks with a prompt; an answer that `judge` cannot turn into a result is a bad one."""

        def check(answer: T) -> None:
            judge(answer, context)

        question = Question(
            purpose=prompt,
            instructions=questions.instructions(prompt),
            text=text,
            shape=shape,
            check=check,
        )
        about = About(given.role.company_id, given.role.id)
        return await self._interview.ask(question, about, deadline=deadline)


def _about_tasks(given: Given, tasks: Sequence[AssessedTask], *, graded: bool = False) -> str:
    return questions.material(title=given.role.title, tasks=questions.task_rows(tasks, graded=graded))


def _tasks_in(piece: Piece, tasks: Sequence[AssessedTask]) -> list[AssessedTask]:
    own = str(piece.doc.id)
    return [task for task in tasks if task.document_id == own and piece.start <= task.start < piece.end]

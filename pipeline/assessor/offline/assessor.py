"""The offline assessor: every method is a pure function of what it is given."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from hashlib import sha256

from pipeline.assessor.model import (
    AssessedTask,
    Exposure,
    Feasibility,
    Judged,
    MinedSkills,
    Origin,
    Reskilling,
    RoleAssessment,
    RoleMapping,
    SkillGroup,
    SkillsArchitecture,
    SplitQuality,
    StandardisedTasks,
    TaxonomyRole,
    TopTasks,
)
from pipeline.assessor.offline import heuristics
from pipeline.assessor.offline.fitted import Judge, WeightsFile, load_weights
from pipeline.assessor.offline.gate import gate
from pipeline.assessor.offline.lexicon import resource
from pipeline.assessor.offline.mapping import map_title
from pipeline.assessor.offline.role_score import role_score
from pipeline.assessor.offline.skills import find_skills, infer_skills
from pipeline.assessor.offline.split import MAX_TASKS, Split, split
from pipeline.assessor.parents import assessed_documents, mapping_of, mined_of, tasks_of, top_tasks_of
from pipeline.assessor.scoring import (
    UNREAD,
    confidence_of,
    doubts,
    reads_english,
    scores_of,
    summary_of,
)
from pipeline.stages.base import Doc, Given

_DATA = ("documents.json", "skills.json", "starter_taxonomy.json", "weights.json", "work.json")
_LARGE_TAXONOMY, _LONG_TEXT, _NO_ROLE_MOST = 500, 20_000, 0.45


class OfflineAssessor:
    """Deterministic, no network, no model call. `version` names the weights and a digest of all
    bundled data, so results are made anew when any of it changes."""

    name = "offline"

    def __init__(self, weights: WeightsFile | None = None) -> None:
        weights = weights or load_weights()
        digest = sha256(weights.digest().encode() + b"".join(resource(name) for name in _DATA))
        self.version = f"{weights.version}+{digest.hexdigest()[:12]}"
        self.origin: Origin = {"assessor": self.name, "version": self.version, "offline": True}
        self._judge, self._priors = Judge(weights).judge, weights.priors

    async def map_role(
        self, given: Given, taxonomy: Sequence[TaxonomyRole], *, deadline: float
    ) -> Judged[RoleMapping]:
        """By the role's title alone. A large taxonomy is indexed off the event loop."""
        args = (given.role.title, tuple(taxonomy), self.origin)
        big = len(taxonomy) > _LARGE_TAXONOMY
        return Judged(value=await asyncio.to_thread(map_title, *args) if big else map_title(*args))

    async def assess(self, given: Given, *, deadline: float) -> Judged[RoleAssessment]:
        """Tasks of the job descriptions and process maps (of all documents if there are none). Long
        texts are read off the event loop."""
        return await asyncio.to_thread(self._assess, given) if _is_long(given) else self._assess(given)

    def _assess(self, given: Given) -> Judged[RoleAssessment]:
        documents = assessed_documents(given)
        splits = [split(doc) for doc in documents]
        tasks = self._tasks(documents, splits)
        gates = tuple(gate(doc, len(cut.spans)) for doc, cut in zip(documents, splits, strict=True))
        english = reads_english("\n".join(doc.text[:20_000] for doc in documents))
        foreign = None if english else UNREAD
        warnings, flags = doubts(tasks, gates, foreign=foreign)
        mapping, scores = mapping_of(given), scores_of(tasks)
        linked = mapping is not None and mapping.linked is not None
        confidence = confidence_of(tasks, gates, linked=linked, foreign=foreign)
        if mapping is None or not mapping.candidates:
            confidence = min(_NO_ROLE_MOST, confidence)
        if not linked:
            warnings.append("No standard role is linked, so what the occupation usually scores is a guess.")
        value = RoleAssessment(
            documents=gates,
            tasks=tasks,
            split_quality=_quality(splits, len(tasks)),
            scores=scores,
            confidence=confidence,
            summary=summary_of(tasks, scores),
            flags=tuple(flags),
            role_score=role_score(scores.ai_exposure, len(tasks), mapping, self._priors) if scores else None,
            **self.origin,
        )
        return Judged(value=value, warnings=tuple(warnings))

    def _tasks(self, documents: list[Doc], splits: list[Split]) -> tuple[AssessedTask, ...]:
        """All tasks in the order of documents and texts; a text that repeats counts once."""
        tasks: dict[str, AssessedTask] = {}
        for doc, cut in zip(documents, splits, strict=True):
            for start, end in cut.spans:
                key = " ".join(doc.text[start:end].casefold().split())
                if key not in tasks and len(tasks) < MAX_TASKS:
                    tasks[key] = self._task(f"t{len(tasks) + 1}", doc, start, end)
        return tuple(tasks.values())

    def _task(self, task_id: str, doc: Doc, start: int, end: int) -> AssessedTask:
        judged = self._judge(doc.text[start:end], start)
        return AssessedTask(
            id=task_id,
            text=doc.text[start:end],
            document_id=str(doc.id),
            start=start,
            end=end,
            exposure=Exposure(p_exposed=judged.p_exposed, p_direct=judged.p_direct, class_=judged.class_),
            automation=judged.automation,
            grade=judged.grade,
            confidence=judged.confidence,
            evidence=judged.evidence,
        )

    async def top_tasks(self, given: Given, *, deadline: float) -> Judged[TopTasks]:
        """Ranked by place, exposure and sureness."""
        ranked = heuristics.rank_tasks(tasks_of(given))
        return Judged(value=TopTasks(tasks=ranked, **self.origin))

    async def standardise_tasks(self, given: Given, *, deadline: float) -> Judged[StandardisedTasks]:
        """All tasks of the role, the top ones first."""
        top = top_tasks_of(given)
        ordered = (*top, *(task for task in tasks_of(given) if task not in top))
        tasks = heuristics.canonical(ordered)
        return Judged(value=StandardisedTasks(tasks=tasks, **self.origin))

    async def task_feasibility(self, given: Given, *, deadline: float) -> Judged[Feasibility]:
        """The top tasks, each with its blockers and helpers."""
        tasks = tuple(heuristics.feasibility_of(task) for task in top_tasks_of(given))
        return Judged(value=Feasibility(tasks=tasks, **self.origin))

    async def mine_skills(self, given: Given, *, deadline: float) -> Judged[MinedSkills]:
        """Found in all documents; inferred from the tasks and the linked starter role."""
        return await asyncio.to_thread(self._mine, given) if _is_long(given) else self._mine(given)

    def _mine(self, given: Given) -> Judged[MinedSkills]:
        found = find_skills(given.documents)
        mapping = mapping_of(given)
        linked = mapping.linked.code if mapping and mapping.linked else None
        inferred = infer_skills(tasks_of(given), linked, frozenset(skill.name for skill in found))
        return Judged(value=MinedSkills(found=found, inferred=inferred, **self.origin))

    async def skills_architecture(self, given: Given, *, deadline: float) -> Judged[SkillsArchitecture]:
        """Tiers and groups of the mined skills."""
        mined = mined_of(given)
        placed = heuristics.place_skills(mined) if mined else ()
        names = dict.fromkeys(skill.group for skill in placed)
        groups = (SkillGroup(name=g, skills=tuple(s.name for s in placed if s.group == g)) for g in names)
        return Judged(value=SkillsArchitecture(skills=placed, groups=tuple(groups), **self.origin))

    async def reskilling(self, given: Given, *, deadline: float) -> Judged[Reskilling]:
        """One move per kind of work that AI takes over."""
        mined = mined_of(given)
        found = {s.name for s in mined.found} if mined else set()
        skills = frozenset(found | {s.name for s in mined.inferred}) if mined else frozenset()
        moves = heuristics.moves_of(tasks_of(given), skills)
        return Judged(value=Reskilling(moves=moves, **self.origin))

    async def aclose(self) -> None:
        """Nothing to give back."""


def _is_long(given: Given) -> bool:
    return sum(len(doc.text) for doc in given.documents) > _LONG_TEXT


def _quality(splits: list[Split], tasks: int) -> SplitQuality:
    return SplitQuality(
        tasks=tasks,
        section_found=any(cut.quality.section_found for cut in splits),
        fallback_used=any(cut.quality.fallback_used for cut in splits),
        dropped=sum(cut.quality.dropped for cut in splits),
    )

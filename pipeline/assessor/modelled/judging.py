"""Turning a model's answers into results. Every function raises BadAnswer when the answer names what was
not given, repeats itself, or leaves a range; the model is then told why and asked once more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from pipeline.assessor.asking.forms import BadAnswer
from pipeline.assessor.model import (
    AssessedTask,
    FeasibilityCue,
    FoundSkill,
    InferredSkill,
    MinedSkills,
    Move,
    PlacedSkill,
    RoleCandidate,
    SkillGroup,
    StandardTask,
    TaskFeasibility,
    TopTask,
)
from pipeline.assessor.modelled.answers import (
    ArchitectureAnswer,
    FeasibilityAnswer,
    MapAnswer,
    ReskillingAnswer,
    SkillsAnswer,
    StandardiseAnswer,
    TopTasksAnswer,
)
from pipeline.assessor.modelled.citations import cited, known, locate, within
from pipeline.assessor.modelled.pieces import Piece, count

Tasks = Sequence[AssessedTask]
SkillRow = dict[str, str]
MAX_FOUND, MAX_INFERRED = 60, 20


class Mined(msgspec.Struct, frozen=True):
    """The skills that one answer names, by their names without case."""

    found: dict[str, FoundSkill]
    inferred: dict[str, InferredSkill]


def candidates(answer: MapAnswer, near: Sequence[RoleCandidate]) -> tuple[RoleCandidate, ...]:
    """The five best, by number in `near`."""
    known(range(1, len(near) + 1), [c.number for c in answer.candidates], "number")
    _once([c.number for c in answer.candidates], "number")
    for one in answer.candidates:
        within(one.score, 0, 1, "score")
    ranked = sorted(answer.candidates, key=lambda c: (-c.score, c.number))[:5]
    return tuple(msgspec.structs.replace(near[c.number - 1], score=round(c.score, 3)) for c in ranked)


def margin(ranked: Sequence[RoleCandidate]) -> float:
    """Relative lead of the best candidate, 0..1."""
    if not ranked or not ranked[0].score:
        return 0.0
    second = ranked[1].score if len(ranked) > 1 else 0.0
    return round((ranked[0].score - second) / ranked[0].score, 3)


def top(answer: TopTasksAnswer, tasks: Tasks) -> tuple[TopTask, ...]:
    """At most ten, in the answer's order."""
    texts = _texts(tasks)
    _ids([one.task_id for one in answer.tasks], texts)
    for one in answer.tasks:
        within(one.score, 0, 1, "score")
    return tuple(
        TopTask(
            rank=rank, task_id=one.task_id, text=texts[one.task_id], score=round(one.score, 3), why=one.why
        )
        for rank, one in enumerate(answer.tasks[:10], start=1)
    )


def standard(answer: StandardiseAnswer, tasks: Tasks) -> tuple[StandardTask, ...]:
    """Every task exactly once."""
    texts = _texts(tasks)
    used = [task_id for one in answer.tasks for task_id in one.task_ids]
    _ids(used, texts)
    if len(used) < len(texts):
        left = sorted(set(texts) - set(used))
        raise BadAnswer(f"The tasks {', '.join(left[:10])} are missing.")
    return tuple(
        StandardTask(text=one.text, verb=one.verb, task_ids=tuple(one.task_ids)) for one in answer.tasks
    )


def feasible(answer: FeasibilityAnswer, tasks: Tasks) -> tuple[TaskFeasibility, ...]:
    """Every task once; cues are words of the task."""
    texts = _texts(tasks)
    _ids([one.task_id for one in answer.tasks], texts)
    if len(answer.tasks) < len(texts):
        raise BadAnswer("Some of the listed tasks are missing.")
    for one in answer.tasks:
        for cue in one.cues:
            within(cue.effect, -3, 3, "effect")
            if locate(texts[one.task_id], cue.words) is None:
                raise BadAnswer(f"Task {one.task_id} does not contain the words {cue.words[:80]!r}.")
    return tuple(
        TaskFeasibility(
            task_id=one.task_id,
            text=texts[one.task_id],
            grade=one.grade,
            cues=tuple(
                FeasibilityCue(words=c.words, meaning=c.meaning, effect=round(c.effect, 2))
                for c in one.cues[:6]
            ),
        )
        for one in answer.tasks
    )


def skills(answer: SkillsAnswer, context: tuple[Sequence[Piece], Tasks]) -> Mined:
    """Found skills with their place and count, and inferred ones that none of them repeats."""
    pieces, tasks = context
    found: dict[str, FoundSkill] = {}
    for one in answer.found[:MAX_FOUND]:
        doc, start, end = cited(pieces, one.document, one.quote)
        words = doc.text[start:end]
        skill = FoundSkill(
            name=one.name,
            group=one.group,
            words=words,
            document_id=str(doc.id),
            start=start,
            end=end,
            count=count(pieces, words),
        )
        found.setdefault(one.name.casefold(), skill)
    texts = _texts(tasks)
    inferred: dict[str, InferredSkill] = {}
    for guess in answer.inferred[:MAX_INFERRED]:
        known(texts, guess.task_ids, "task")
        inferred.setdefault(
            guess.name.casefold(),
            InferredSkill(name=guess.name, group=guess.group, why=guess.why, task_ids=tuple(guess.task_ids)),
        )
    return Mined(found, {key: skill for key, skill in inferred.items() if key not in found})


def mined(
    parts: Sequence[Mined], pieces: Sequence[Piece]
) -> tuple[tuple[FoundSkill, ...], tuple[InferredSkill, ...]]:
    """The skills of all pieces: each once, at its first place, counted in all documents."""
    found: dict[str, FoundSkill] = {}
    inferred: dict[str, InferredSkill] = {}
    for part in parts:
        for key, skill in part.found.items():
            found.setdefault(key, msgspec.structs.replace(skill, count=count(pieces, skill.words)))
        for key, guess in part.inferred.items():
            inferred.setdefault(key, guess)
    only = [guess for key, guess in inferred.items() if key not in found]
    return tuple(found.values())[:MAX_FOUND], tuple(only[:MAX_INFERRED])


def skill_rows(skills: MinedSkills | None) -> list[SkillRow]:
    """The mined skills as the model sees them."""
    if skills is None:
        return []
    rows = [{"name": s.name, "group": s.group, "origin": "found"} for s in skills.found]
    return rows + [{"name": s.name, "group": s.group, "origin": "inferred"} for s in skills.inferred]


def placed(answer: ArchitectureAnswer, rows: Sequence[SkillRow]) -> tuple[PlacedSkill, ...]:
    """Every listed skill once."""
    origins = {row["name"]: row["origin"] for row in rows}
    names = [one.name for one in answer.skills]
    known(origins, names, "skill")
    _once(names, "skill")
    if len(names) < len(origins):
        raise BadAnswer(f"The skill {min(set(origins) - set(names))!r} is missing.")
    return tuple(
        PlacedSkill(
            name=one.name,
            group=one.group,
            tier=one.tier,
            origin="found" if origins[one.name] == "found" else "inferred",
            why=one.why,
        )
        for one in answer.skills
    )


def groups(skills: Sequence[PlacedSkill]) -> tuple[SkillGroup, ...]:
    """The groups in the order in which they first occur."""
    names = dict.fromkeys(skill.group for skill in skills)
    return tuple(
        SkillGroup(name=name, skills=tuple(s.name for s in skills if s.group == name)) for name in names
    )


def moves(answer: ReskillingAnswer, tasks: Tasks) -> tuple[Move, ...]:
    """At most eight; each starts from a task that exists."""
    texts = _texts(tasks)
    result: list[Move] = []
    for one in answer.moves[:8]:
        known(texts, one.task_ids, "task")
        if not one.task_ids:
            raise BadAnswer("Every move has to name at least one task.")
        cues = tuple(f"{task_id}: {texts[task_id][:80]}" for task_id in one.task_ids[:5])
        move = Move(from_=texts[one.task_ids[0]], to=one.to, gap=one.gap, reason=one.reason, cues=cues)
        result.append(move)
    return tuple(result)


def _texts(tasks: Tasks) -> dict[str, str]:
    return {task.id: task.text for task in tasks}


def _ids(used: Sequence[str], texts: dict[str, str]) -> None:
    known(texts, used, "task")
    _once(used, "task")


def _once(used: Iterable[object], what: str) -> None:
    seen: set[object] = set()
    for one in used:
        if one in seen:
            raise BadAnswer(f"The {what} {one} occurs twice.")
        seen.add(one)

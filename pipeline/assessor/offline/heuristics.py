"""Top tasks, canonical wording, feasibility, skill tiers and reskilling: rules whose every cue is shown.

There is no public ground truth for any of these; they order and explain, they do not measure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Literal, get_args

import msgspec

from pipeline.assessor.model import (
    AssessedTask,
    FeasibilityCue,
    MinedSkills,
    Move,
    PlacedSkill,
    StandardTask,
    TaskFeasibility,
    TGrade,
    TopTask,
)
from pipeline.assessor.offline.lexicon import lexicon, resource
from pipeline.assessor.offline.skills import gazetteer
from pipeline.assessor.offline.words import TOKEN, stem
from pipeline.assessor.scoring import beta

TOP, MAX_MOVES, _CANONICAL_CHARS, _SAME = 10, 8, 140, 0.6
_ASIDE = re.compile(r"\s*\([^)]*\)|\s*,?\s+(?:including|such as|e\.g\.|etc)\b.*$", re.IGNORECASE | re.DOTALL)
_GRADES: tuple[TGrade, ...] = get_args(TGrade)
_EMPTY = frozenset({"the", "and", "or", "of", "to", "a", "in", "for", "with", "on", "by", "an", "at", "our"})


class _Feasible(msgspec.Struct, frozen=True):
    effect: float
    meaning: str
    words: str


class _Reskill(msgspec.Struct, frozen=True):
    to: str
    related: tuple[str, ...]
    reason: str
    words: str


class _File(msgspec.Struct, frozen=True):
    version: str
    feasibility: tuple[_Feasible, ...]
    reskilling: tuple[_Reskill, ...]
    otherwise: _Reskill


class WorkRules:
    """The compiled `work.json`."""

    def __init__(self, raw: bytes) -> None:
        data = msgspec.json.decode(raw, type=_File)
        self.version = data.version
        self.feasibility = [
            (rule, re.compile(rf"\b(?:{rule.words})\b", re.IGNORECASE)) for rule in data.feasibility
        ]
        self.reskilling = [
            (rule, re.compile(rf"\b(?:{rule.words})", re.IGNORECASE)) for rule in data.reskilling
        ]
        self.otherwise = data.otherwise


def _any_of(words: str, *, whole: bool = False) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})" + (r"\b" if whole else ""), re.IGNORECASE)


@cache
def rules() -> WorkRules:
    """The bundled rules."""
    return WorkRules(resource("work.json"))


def rank_tasks(tasks: Sequence[AssessedTask]) -> tuple[TopTask, ...]:
    """The ten tasks that tell most about the role: named early, much exposed, surely judged."""
    n = len(tasks)
    scored = [(0.4 * (1 - i / n) + 0.4 * beta(t) + 0.2 * t.confidence, i, t) for i, t in enumerate(tasks)]
    best = sorted(scored, key=lambda row: (-row[0], row[1]))[:TOP]
    return tuple(
        TopTask(rank=rank, task_id=t.id, text=t.text, score=round(score, 3), why=_why(t, i, n))
        for rank, (score, i, t) in enumerate(best, start=1)
    )


def _why(task: AssessedTask, place: int, n: int) -> str:
    words = ", ".join(e.words for e in task.evidence if e.about == "exposure" and e.weight > 0)
    because = f" because of {words}" if words else ""
    return f"named {place + 1} of {n}; exposure {task.exposure.class_}{because}; grade {task.grade}"


def canonical(tasks: Sequence[AssessedTask]) -> tuple[StandardTask, ...]:
    """Tasks in short wording, verb first; those that share most of their words become one."""
    merged: list[tuple[frozenset[str], str, list[str]]] = []
    for task in tasks:
        text = _short(task.text)
        words = frozenset(stem(w.lower()) for w in TOKEN.findall(text)) - _EMPTY
        same = next((m for m in merged if len(m[0] & words) >= _SAME * len(m[0] | words)), None)
        if same:
            same[2].append(task.id)
        else:
            merged.append((words, text, [task.id]))
    return tuple(StandardTask(text=t, verb=_verb(t), task_ids=tuple(ids)) for _, t, ids in merged)


def _short(text: str) -> str:
    bare = _ASIDE.sub("", " ".join(text.split())).strip(" .;,") or text
    words = bare.split()
    while len(words) > 2 and words[0].lower().endswith("ly"):
        words = words[1:]
    bare = " ".join(words)
    if len(bare) > _CANONICAL_CHARS:
        bare = bare[:_CANONICAL_CHARS].rsplit(" ", 1)[0]
    return bare[:1].upper() + bare[1:]


def _verb(text: str) -> str:
    words = [word.lower() for word in TOKEN.findall(text)[:6]]
    return next((word for word in words if stem(word) in lexicon().verbs), words[0] if words else "")


def feasibility_of(task: AssessedTask) -> TaskFeasibility:
    """The automation grade, moved by blockers and helpers found in the words."""
    cues: list[FeasibilityCue] = []
    level = task.automation
    for rule, pattern in rules().feasibility:
        hit = pattern.search(task.text)
        if hit:
            cues.append(FeasibilityCue(words=hit.group(), meaning=rule.meaning, effect=rule.effect))
            level += rule.effect
    grade = _GRADES[min(4, max(0, int(level + 0.5)))]
    return TaskFeasibility(task_id=task.id, text=task.text, grade=grade, cues=tuple(cues))


def place_skills(mined: MinedSkills) -> tuple[PlacedSkill, ...]:
    """A tier for every mined skill, core first."""
    placed = [_place(s.name, s.group, "found", s.count, f"named {s.count} time(s)") for s in mined.found]
    placed += [_place(s.name, s.group, "inferred", len(s.task_ids) - 1, s.why) for s in mined.inferred]
    order = {"core": 0, "emerging": 1, "supporting": 2}
    return tuple(sorted(placed, key=lambda skill: order[skill.tier]))


def _place(name: str, group: str, origin: Literal["found", "inferred"], weight: int, why: str) -> PlacedSkill:
    if name in gazetteer().emerging:
        return PlacedSkill(name=name, group=group, tier="emerging", origin=origin, why=f"on the rise; {why}")
    tier: Literal["core", "supporting"] = "core" if weight >= 2 else "supporting"
    return PlacedSkill(name=name, group=group, tier=tier, origin=origin, why=why)


def moves_of(tasks: Sequence[AssessedTask], skills: frozenset[str]) -> tuple[Move, ...]:
    """What to learn where AI takes work over: one move per kind of work, most tasks first."""
    hit = [
        t for t in tasks if t.grade == "automate" or (t.grade == "augment" and t.exposure.p_exposed >= 0.7)
    ]
    by_rule: dict[str, tuple[_Reskill, list[tuple[AssessedTask, str]]]] = {}
    for task in hit:
        rule, cue = _rule_for(task.text)
        by_rule.setdefault(rule.to, (rule, []))[1].append((task, cue))
    ranked = sorted(by_rule.values(), key=lambda pair: (-len(pair[1]), pair[0].to))[:MAX_MOVES]
    return tuple(_move(rule, found, skills) for rule, found in ranked)


def _rule_for(text: str) -> tuple[_Reskill, str]:
    for rule, pattern in rules().reskilling:
        match = pattern.search(text)
        if match:
            return rule, match.group()
    return rules().otherwise, ""


def _move(rule: _Reskill, found: list[tuple[AssessedTask, str]], skills: frozenset[str]) -> Move:
    has = [name for name in rule.related if name in skills]
    cues = [f"{task.id}: {cue or task.grade}" for task, cue in found[:5]]
    return Move(
        from_=found[0][0].text,
        to=rule.to,
        gap="present" if rule.to in skills else "partly" if has else "missing",
        reason=f"{rule.reason} ({len(found)} task(s)" + (f"; builds on {', '.join(has)})" if has else ")"),
        cues=tuple(cues),
    )

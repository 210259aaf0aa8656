"""The shapes of a model's answers. They hold no ids or offsets of ours: those are looked up from the
words that the model quotes, and words that are not there make a bad answer."""

from __future__ import annotations

from typing import Literal

import msgspec

from pipeline.assessor.model import DocumentGuess, TGrade


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Unknown fields are ignored; missing ones are an error."""


class EvidenceAnswer(_Answer, frozen=True):
    """Words of the task's quote that the judgement rests on."""

    words: str
    weight: float
    about: Literal["exposure", "automation"]


class TaskAnswer(_Answer, frozen=True):
    """One task, quoted word for word from the document with that number."""

    document: int
    quote: str
    p_exposed: float
    p_direct: float
    automation: float
    confidence: float
    evidence: list[EvidenceAnswer]


class DocumentAnswer(_Answer, frozen=True):
    """What a document seems to be, and quotes that show it."""

    document: int
    guess: DocumentGuess
    p_jd: float
    quotes: list[str]


class AssessAnswer(_Answer, frozen=True):
    """The answer to assess.md."""

    documents: list[DocumentAnswer]
    tasks: list[TaskAnswer]
    summary: str
    instructions_found: bool


class CandidateAnswer(_Answer, frozen=True):
    """A candidate by its number in the list, with a score 0..1."""

    number: int
    score: float


class MapAnswer(_Answer, frozen=True):
    """The answer to map_role.md, best first."""

    candidates: list[CandidateAnswer]


class TopTaskAnswer(_Answer, frozen=True):
    """A task by its id, with a score 0..1 and the reason."""

    task_id: str
    score: float
    why: str


class TopTasksAnswer(_Answer, frozen=True):
    """The answer to top_tasks.md, most telling first."""

    tasks: list[TopTaskAnswer]


class StandardAnswer(_Answer, frozen=True):
    """A canonical wording and the ids it stands for."""

    text: str
    verb: str
    task_ids: list[str]


class StandardiseAnswer(_Answer, frozen=True):
    """The answer to standardise_tasks.md."""

    tasks: list[StandardAnswer]


class CueAnswer(_Answer, frozen=True):
    """Words of the task that help (`effect` > 0) or stand in the way (< 0)."""

    words: str
    meaning: str
    effect: float


class FeasibleAnswer(_Answer, frozen=True):
    """The grade of one task."""

    task_id: str
    grade: TGrade
    cues: list[CueAnswer]


class FeasibilityAnswer(_Answer, frozen=True):
    """The answer to task_feasibility.md."""

    tasks: list[FeasibleAnswer]


class FoundAnswer(_Answer, frozen=True):
    """A skill that a document names, quoted word for word."""

    name: str
    group: str
    document: int
    quote: str


class InferredAnswer(_Answer, frozen=True):
    """A skill concluded from tasks."""

    name: str
    group: str
    why: str
    task_ids: list[str]


class SkillsAnswer(_Answer, frozen=True):
    """The answer to mine_skills.md."""

    found: list[FoundAnswer]
    inferred: list[InferredAnswer]


class PlacedAnswer(_Answer, frozen=True):
    """The tier of one listed skill."""

    name: str
    tier: Literal["core", "supporting", "emerging"]
    group: str
    why: str


class ArchitectureAnswer(_Answer, frozen=True):
    """The answer to skills_architecture.md."""

    skills: list[PlacedAnswer]


class MoveAnswer(_Answer, frozen=True):
    """A move from tasks (by id) to a skill."""

    task_ids: list[str]
    to: str
    gap: Literal["missing", "partly", "present"]
    reason: str


class ReskillingAnswer(_Answer, frozen=True):
    """The answer to reskilling.md."""

    moves: list[MoveAnswer]

"""What a document is worth as a basis for an assessment: a score with reasons, and what kind it seems to be.

A rule of thumb, not a fitted figure: each reason takes points off 100. Nothing here refuses a document; a
person reads the warnings, and may say that they are seen.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from pipeline.assessor.model import DocumentGate, DocumentGuess
from pipeline.assessor.offline.gate import gate
from pipeline.assessor.offline.split import split
from pipeline.assessor.scoring import FEW_TASKS, reads_english
from pipeline.stages.base import Doc

Code = Literal[
    "short", "long", "few_tasks", "no_structure", "lost_line_breaks", "repetition", "language", "kind", "old"
]
_SHORT, _SPARSE, _LONG = 40, 100, 3000
_OLD = timedelta(days=730)
_REPEATED, _LINES = 0.3, 6
_READ = 50_000


class Reason(msgspec.Struct, frozen=True):
    """Something that makes a document a weaker basis: a stable code, one sentence, the points it takes."""

    code: Code
    says: str
    points: int


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """`score` 0 (useless) to 100; `guess` and `p_jd` (0..1) say what the document seems to be, whatever it
    was declared; `tasks` is how many the offline splitter finds in it."""

    score: int
    reasons: tuple[Reason, ...]
    guess: DocumentGuess
    p_jd: float
    tasks: int
    words: int


def of(kind: str, text: str) -> Quality:
    """The quality of a text that was declared to be of a kind (CPU work of some milliseconds)."""
    doc = Doc(id=UUID(int=0), kind=kind, title="", text=text[:_READ], sha256="")
    cut = split(doc)
    seen = gate(doc, len(cut.spans))
    words = len(text.split())
    reasons = [
        *_of_length(words),
        *_of_tasks(len(cut.spans), found=cut.quality.section_found, lost=cut.quality.fallback_used),
        *_of_words(doc.text),
        *_of_kind(kind, seen),
    ]
    return Quality(
        score=_score(reasons),
        reasons=tuple(reasons),
        guess=seen.guess,
        p_jd=seen.p_jd,
        tasks=len(cut.spans),
        words=words,
    )


def aged(quality: Quality, since: datetime, now: datetime) -> Quality:
    """The quality of a version that came `since`, as it stands `now`."""
    if now - since < _OLD:
        return quality
    reasons = (
        *quality.reasons,
        Reason("old", "It came more than two years ago; the work may have changed.", 10),
    )
    return msgspec.structs.replace(quality, reasons=reasons, score=_score(reasons))


def _score(reasons: list[Reason] | tuple[Reason, ...]) -> int:
    return max(0, 100 - sum(reason.points for reason in reasons))


def _of_length(words: int) -> list[Reason]:
    if words < _SHORT:
        return [Reason("short", f"It has only {words} words.", 40)]
    if words < _SPARSE:
        return [Reason("short", f"It has {words} words, which is little to judge by.", 15)]
    if words > _LONG:
        return [Reason("long", f"It has {words:,} words; a description of one job is seldom that long.", 10)]
    return []


def _of_tasks(tasks: int, *, found: bool, lost: bool) -> list[Reason]:
    reasons = []
    if not tasks:
        reasons.append(Reason("few_tasks", "No task was found in it.", 40))
    elif tasks < FEW_TASKS:
        reasons.append(Reason("few_tasks", f"Only {tasks} of its sentences read like a task.", 25))
    if lost:
        reasons.append(Reason("lost_line_breaks", "Its lines seem to have run together.", 10))
    elif not found and tasks:
        reasons.append(Reason("no_structure", "No heading such as Responsibilities leads to the tasks.", 10))
    return reasons


def _of_words(text: str) -> list[Reason]:
    reasons = []
    lines = [" ".join(line.casefold().split()) for line in text.splitlines() if line.strip()]
    repeated = sum(n - 1 for n in Counter(lines).values())
    if len(lines) >= _LINES and repeated / len(lines) > _REPEATED:
        reasons.append(Reason("repetition", f"{repeated} of its {len(lines)} lines repeat others.", 15))
    if not reads_english(text):
        reasons.append(
            Reason("language", "It does not read as English, which is all the offline assessor reads.", 40)
        )
    return reasons


def _of_kind(declared: str, seen: DocumentGate) -> list[Reason]:
    if declared != "job_description" or seen.is_jd == "yes":
        return []
    if seen.is_jd == "ask":
        return [Reason("kind", "It is not clear that it is a job description.", 15)]
    reads = (
        "does not read like one" if seen.guess == "other" else f"reads like a {seen.guess.replace('_', ' ')}"
    )
    return [Reason("kind", f"It was given as a job description and {reads}.", 40)]

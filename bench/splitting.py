"""How well descriptions are cut into tasks: our own marked ones, in `bench/marked`.

Every one was written for this, in another style of list, with the tasks marked by hand as `[[...]]` before it
was cut by anything. A task counts as found where cut and mark share at least half of what either covers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from pipeline.assessor.offline.split import split
from pipeline.stages.base import Doc

MARKED = Path(__file__).parent / "marked"
_MARK = re.compile(r"\[\[|\]\]")
_SAME = 0.5
Span = tuple[int, int]


class Marked(NamedTuple):
    """A description and where its tasks stand, marks taken out."""

    name: str
    text: str
    tasks: list[Span]


class Found(NamedTuple):
    """How the cuts of some texts compare with their marks: shares 0..1."""

    precision: float
    recall: float
    f1: float


def marked(folder: Path = MARKED) -> list[Marked]:
    """All descriptions, by name."""
    return [_unmarked(path.stem, path.read_text("utf-8")) for path in sorted(folder.glob("*.txt"))]


def cuts(text: str) -> list[Span]:
    """The tasks that the offline assessor sees in a text."""
    digest = sha256(text.encode()).hexdigest()
    return split(Doc(id=UUID(int=0), kind="job_description", title="", text=text, sha256=digest)).spans


def compared(pairs: Sequence[tuple[Sequence[Span], Sequence[Span]]]) -> Found:
    """Cuts and marks of each text, all texts together."""
    right = sum(hits(found, wanted) for found, wanted in pairs)
    precision = right / max(1, sum(len(found) for found, _ in pairs))
    recall = right / max(1, sum(len(wanted) for _, wanted in pairs))
    return Found(precision, recall, 2 * precision * recall / max(1e-9, precision + recall))


def hits(found: Sequence[Span], wanted: Sequence[Span]) -> int:
    """How many marks have a cut of their own."""
    left = list(found)
    right = 0
    for mark in wanted:
        best = max(left, key=lambda cut: _shared(cut, mark), default=None)
        if best is not None and _shared(best, mark) >= _SAME:
            left.remove(best)
            right += 1
    return right


def _shared(one: Span, other: Span) -> float:
    inside = min(one[1], other[1]) - max(one[0], other[0])
    return max(0, inside) / max(1, max(one[1], other[1]) - min(one[0], other[0]))


def _unmarked(name: str, raw: str) -> Marked:
    text, tasks, opened = "", [], 0
    at = 0
    for mark in _MARK.finditer(raw):
        text += raw[at : mark.start()]
        at = mark.end()
        if mark[0] == "[[":
            opened = len(text)
        else:
            tasks.append((opened, len(text)))
    return Marked(name, text + raw[at:], tasks)

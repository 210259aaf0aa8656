"""What kind of document is this? Cues are counted by kind; the answer has an `ask` band."""

from __future__ import annotations

from bisect import bisect_right
from math import exp, log1p
from typing import cast

from pipeline.assessor.model import Cue, DocumentGate, DocumentGuess
from pipeline.assessor.offline.lexicon import CueRule, lexicon
from pipeline.assessor.scoring import is_jd
from pipeline.stages.base import Doc

_READ = 200_000
_LINES_PER_CUE = 5
_BIAS, _DECLARED, _ENOUGH_TASKS, _SHORT = -1.4, 1.0, 3, 20


def gate(doc: Doc, tasks_found: int) -> DocumentGate:
    """The guess for one document, p(job description), and the cues with their lines. `tasks_found`
    (by the splitter) speak for a job description."""
    text = doc.text[:_READ]
    cues, votes = _count(text)
    jd = votes.pop("job_description", 0.0) + 0.5 * log1p(tasks_found)
    rival = max(votes.values(), default=0.0)
    if doc.kind == "job_description" and not rival and tasks_found >= _ENOUGH_TASKS:
        jd += _DECLARED
    p_jd = 1 / (1 + exp(-(_BIAS + jd - 1.1 * rival)))
    if len(text.split()) < _SHORT:
        p_jd = min(p_jd, 0.55)
    return DocumentGate(
        document_id=str(doc.id),
        declared=doc.kind,
        guess=_guess(p_jd, votes),
        p_jd=round(p_jd, 2),
        is_jd=is_jd(p_jd),
        cues=tuple(cues),
    )


def _count(text: str) -> tuple[list[Cue], dict[str, float]]:
    """Every cue that occurs, strongest first, and the sum of votes by kind."""
    starts = [0, *(i + 1 for i, char in enumerate(text) if char == "\n")]
    found: list[tuple[float, Cue]] = []
    votes: dict[str, float] = {}
    for rule, pattern in lexicon().cues:
        lines = [bisect_right(starts, m.start()) for m in pattern.finditer(text)]
        if lines:
            vote = rule.weight * (1 + 0.4 * log1p(len(lines) - 1))
            votes[rule.kind] = votes.get(rule.kind, 0.0) + vote
            found.append((vote, _cue(rule, lines)))
    return [cue for _, cue in sorted(found, key=lambda pair: (-pair[0], pair[1].cue))], votes


def _cue(rule: CueRule, lines: list[int]) -> Cue:
    ranges: list[tuple[int, int]] = []
    for line in sorted(set(lines)):
        if ranges and line == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], line)
        else:
            ranges.append((line, line))
    return Cue(cue=rule.cue, kind=rule.kind, count=len(lines), lines=tuple(ranges[:_LINES_PER_CUE]))


def _guess(p_jd: float, votes: dict[str, float]) -> DocumentGuess:
    if p_jd >= 0.5 or not votes:
        return "job_description" if p_jd >= 0.5 else "other"
    return cast(DocumentGuess, max(sorted(votes), key=lambda kind: votes[kind]))

"""What kind of document is this? A linear model over cues, with an `ask` band.

Each cue that occurs votes for its kind: `weight * (1 + 0.5 ln n)` for n occurrences, less in a long text,
where everything occurs some time. Cues of a job description count up, all others down. The weights are in
`documents.json`: written by hand, then moved half way to what a fit on labelled documents said.
"""

from __future__ import annotations

from bisect import bisect_right
from math import exp, log
from typing import cast

from pipeline.assessor.model import Cue, DocumentGate, DocumentGuess
from pipeline.assessor.offline.lexicon import CueRule, lexicon
from pipeline.assessor.scoring import is_jd
from pipeline.stages.base import Doc

_READ = 40_000
_LINES_PER_CUE = 5
_BIAS, _USUAL_WORDS = -1.8, 600
_SHORT, _SHORT_MOST = 20, 0.55
_SAYS_NOTHING, _UNDECIDED = 0.5, 0.3


def gate(doc: Doc, tasks_found: int) -> DocumentGate:
    """The guess for one document, p(job description), and the cues with their lines. What it was declared
    to be does not count. Where no cue speaks either way, found tasks make it a question, not a refusal."""
    text = doc.text[:_READ]
    cues, votes = _count(text)
    rivals = sum(vote for kind, vote in votes.items() if kind != "job_description")
    p_jd = 1 / (1 + exp(-(_BIAS + votes.get("job_description", 0.0) - rivals)))
    if tasks_found and rivals < _SAYS_NOTHING:
        p_jd = max(p_jd, _UNDECIDED)
    if len(text.split()) < _SHORT:
        p_jd = min(p_jd, _SHORT_MOST)
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
    length = min(1.0, _USUAL_WORDS / max(1, len(text.split()))) ** 0.5
    found: list[tuple[float, Cue]] = []
    votes: dict[str, float] = {}
    for rule, pattern in lexicon().cues:
        lines = [bisect_right(starts, m.start()) for m in pattern.finditer(text)]
        if lines:
            vote = rule.weight * length * (1 + 0.5 * log(len(lines)))
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
    """The kind with most votes; a job description only when the score says so."""
    rivals = {kind: vote for kind, vote in votes.items() if kind != "job_description"}
    if p_jd >= 0.5 or not rivals:
        return "job_description" if p_jd >= 0.5 else "other"
    return cast(DocumentGuess, max(sorted(rivals), key=lambda kind: rivals[kind]))

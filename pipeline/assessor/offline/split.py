"""Cutting a document into tasks: headings, then bullets, then sentences that begin with a work verb.

Offsets always point into the document's own text. Lines about pay, dates, places and qualifications
are no tasks. A text that lost its line breaks is cut at bullets, semicolons and sentence ends.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Literal, NamedTuple

from pipeline.assessor.model import SplitQuality
from pipeline.assessor.offline.lexicon import lexicon
from pipeline.assessor.offline.words import TOKEN, stem
from pipeline.stages.base import Doc

_READ = 200_000
MAX_TASKS = 80
_MIN_WORDS, _MAX_CHARS, _ENOUGH = 3, 400, 3
_BULLET = re.compile(
    r"""\s*(?:
        [-*•·–—▪◦‣●○■♦➢✓]+ | o | \(?\d{1,2}[.)] | \(?[a-z][.)] | step\ \d+[.:)]?
      | \d+(?:\.\d+)+ | \d{1,2}:\d{2}(?:\s?[ap]m)?
    )\s+""",
    re.VERBOSE | re.IGNORECASE,
)
_PIECES = re.compile(
    r"""(?:
        -> | → | ⇒ | => | ; | \s\|\s                          # steps, lists and cells in one line
      | \s[•·▪◦●*]\s                                        # bullets that lost their line
      | (?<=[.!?])\s+(?=[A-Z•*-])                           # sentences
      | (?<=[a-z)])(?=[A-Z][a-z]+ing\b|[A-Z][a-z]+s?\ [a-z])  # "...reportsPrepare the ..."
      | \s(?=\d{1,2}[.)]\s+[A-Z])                           # 1. numbered 2. items
    )\s*""",
    re.VERBOSE,
)
_HEADING_WORDS = 8
Section = Literal["duties", "other", "unknown"]


class Piece(NamedTuple):
    """A candidate: `start:end` of the document, its section, whether it was a list item."""

    start: int
    end: int
    section: Section
    bullet: bool


class Split(NamedTuple):
    """Tasks of one document as offsets, and how the cutting went."""

    spans: list[tuple[int, int]]
    in_duties: int
    quality: SplitQuality


def split(doc: Doc) -> Split:
    """The tasks of one document, at most MAX_TASKS, in the order of the text, repeats dropped."""
    text = doc.text[:_READ]
    steps = doc.kind in ("process_map", "sop")
    pieces, section_found, fallback = _pieces(text)
    candidates = [(piece, _task(text, piece, steps)) for piece in pieces if piece.section != "other"]
    if not any(span for _, span in candidates):
        candidates, fallback = [(p, _task(text, p, steps or p.bullet)) for p in pieces], True
    duties = sum(span is not None and piece.section == "duties" for piece, span in candidates)
    only_duties = duties >= _ENOUGH and not steps
    spans: list[tuple[int, int]] = []
    seen: set[str] = set()
    for piece, span in candidates:
        key = text[span[0] : span[1]].casefold() if span else ""
        if span and key not in seen and not (only_duties and piece.section != "duties"):
            seen.add(key)
            spans.append(span)
    spans, dropped = spans[:MAX_TASKS], len(pieces) - min(len(spans), MAX_TASKS)
    quality = SplitQuality(
        tasks=len(spans), section_found=section_found, fallback_used=fallback, dropped=dropped
    )
    return Split(spans, duties, quality)


def _pieces(text: str) -> tuple[list[Piece], bool, bool]:
    """All candidates, whether a duties section was found, whether lines had to be re-cut."""
    pieces: list[Piece] = []
    section: Section = "unknown"
    found = fallback = False
    for line, end in _lines(text):
        heading, start = _heading(text, line, end)
        if heading:
            section = heading
            found = found or heading == "duties"
        if start >= end:
            continue
        bullet = _BULLET.match(text, start, end)
        cuts = _cut(text, bullet.end() if bullet else start, end)
        fallback = fallback or (len(cuts) > 3 and end - start > 600)
        pieces.extend(Piece(a, b, section, bullet is not None or len(cuts) > 1) for a, b in cuts)
    return pieces, found, fallback


def _lines(text: str) -> list[tuple[int, int]]:
    """Lines as offsets; a line that goes on in lower case belongs to the one before."""
    lines: list[tuple[int, int]] = []
    last = 0
    for match in re.finditer(r"[^\n]+", text):
        if not match.group().strip():
            continue
        start, end = match.start(), match.end()
        first = match.group().lstrip()[0]
        close = lines and text.count("\n", lines[-1][1], start) == 1
        ended = lines and text[last] in ".:;!?"
        if close and first.islower() and not ended and not _BULLET.match(text, start, end):
            lines[-1] = (lines[-1][0], end)
        else:
            lines.append((start, end))
        last = start + len(match.group().rstrip()) - 1
    return lines


def _heading(text: str, start: int, end: int) -> tuple[Section | None, int]:
    """The section that begins here, if this line (or its part up to a colon) is a heading, and
    where the text after it starts."""
    line = text[start:end]
    colon = line.find(":")
    marked = line.lstrip().startswith(("#", "**")) or line.isupper()
    head = line[:colon] if 0 < colon <= 60 else line
    bare = head.strip(" #*_:\t-–").rstrip()
    words = len(bare.split())
    if not words or words > _HEADING_WORDS or bare.endswith((".", ";", ",")):
        return None, start
    if not (marked or colon > 0 or words <= 5) or _BULLET.match(line):
        return None, start
    rest = start + colon + 1 if 0 < colon <= 60 else end
    if lexicon().neutral.fullmatch(bare):
        return "unknown", rest
    if lexicon().other.search(bare) and not re.search(r"dut(?:y|ies)|responsib|tasks", bare, re.IGNORECASE):
        return "other", rest
    if lexicon().duties.search(bare):
        return "duties", rest
    return ("unknown", rest) if marked and colon < 0 else (None, start)


def _cut(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Sentences, list items and steps inside one line."""
    cuts, at = [], start
    for match in _PIECES.finditer(text, start, end):
        cuts.append((at, match.start()))
        at = match.end()
    return [*cuts, (at, end)]


def _task(text: str, piece: Piece, steps: bool) -> tuple[int, int] | None:
    """The task inside a piece, without opener ("you will", "responsible for"), or None."""
    start, end = piece.start, piece.end
    bullet = _BULLET.match(text, start, end)
    if bullet:
        start = bullet.end()
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and text[end - 1] in " \t\r\n.;,*_|":
        end -= 1
    if end - start > _MAX_CHARS:
        blank = text.rfind(" ", start, start + _MAX_CHARS)
        end = blank if blank > start else start + _MAX_CHARS
    body = text[start:end]
    if len(body.split()) < _MIN_WORDS or lexicon().drop.search(body) or _is_label(body, piece):
        return None
    opener = lexicon().openers.match(body)
    after = start + opener.end() if opener else start
    if _is_verb(text, after, end):
        return after, end
    if _is_work_noun(text, start, end):
        return start, end
    if steps or (piece.section == "duties" and piece.bullet):
        return (start, end) if _verb_near(text, start, end) else None
    return None


def _is_label(body: str, piece: Piece) -> bool:
    """`Trigger: ...`, or a title: a line of its own in which every word is capitalised."""
    titled = all(word[:1].isupper() for word in body.split() if word.isalpha())
    return bool(lexicon().labels.match(body)) or (titled and not piece.bullet and piece.section == "unknown")


def _is_verb(text: str, start: int, end: int) -> bool:
    word = TOKEN.match(text, start, end)
    if word is None:
        return False
    if word.group().lower().endswith("ly") and end - word.end() > 1:
        word = TOKEN.match(text, word.end() + 1, end)
    return word is not None and stem(word.group().lower()) in lexicon().verbs


def _is_work_noun(text: str, start: int, end: int) -> bool:
    """Does it begin like "Preparation of ..." or "Active support of ..."?"""
    words = [stem(word.lower()) for word in text[start:end].split()[:4]]
    joint = {"of", "and", "in", "with", "for"}
    return any(noun in lexicon().nouns and after in joint for noun, after in pairwise(words[:3]))


def _verb_near(text: str, start: int, end: int) -> bool:
    """Is there a work verb among the first words, as in "Clerk validates the invoice"?"""
    for number, word in enumerate(TOKEN.finditer(text, start, end)):
        if number == 6:
            return False
        if stem(word.group().lower()) in lexicon().verbs:
            return True
    return False

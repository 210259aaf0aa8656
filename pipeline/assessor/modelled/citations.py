"""Finding what the model quotes. A quote that is not there makes the whole answer a bad one."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from pipeline.assessor.asking.forms import BadAnswer
from pipeline.assessor.modelled.pieces import Piece
from pipeline.stages.base import Doc

_SHOWN = 80
_LONGEST = 4_000


def locate(text: str, quote: str, start: int = 0, end: int | None = None) -> tuple[int, int] | None:
    """The first place of `quote` in `text[start:end]`; runs of white space may differ."""
    end = len(text) if end is None else end
    quote = quote.strip()
    if not quote or len(quote) > _LONGEST:
        return None
    at = text.find(quote, start, end)
    if at >= 0:
        return at, at + len(quote)
    match = re.compile(r"\s+".join(map(re.escape, quote.split()))).search(text, start, end)
    return match.span() if match else None


def cited(pieces: Sequence[Piece], number: int, quote: str) -> tuple[Doc, int, int]:
    """The document and offsets of a quote, which has to stand in the piece that was shown. Raises
    BadAnswer."""
    if not 1 <= number <= len(pieces):
        raise BadAnswer(f"There is no document {number}; they are numbered from 1 to {len(pieces)}.")
    piece = pieces[number - 1]
    place = locate(piece.doc.text, quote, piece.start, piece.end)
    if place is None:
        raise BadAnswer(f"Document {number} does not contain the words {quote[:_SHOWN]!r}.")
    return piece.doc, *place


def known(ids: Collection[object], used: Collection[object], what: str) -> None:
    """All of `used` must be among `ids`. Raises BadAnswer."""
    strange = [one for one in used if one not in ids]
    if strange:
        raise BadAnswer(f"There is no {what} {str(strange[0])[:_SHOWN]!r}; use only those that were given.")


def within(value: float, low: float, high: float, what: str) -> None:
    """A number must be in its range (nan is not). Raises BadAnswer."""
    if not low <= value <= high:
        raise BadAnswer(f"{what} is {value}; it has to be from {low:g} to {high:g}.")

"""Long documents in pieces, each small enough for one question. A piece keeps its place in the document, so
that every citation is an offset of the whole text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from pipeline.stages.base import Doc

PIECE_CHARS = 24_000
MOST_PIECES = 25
_JOINTS = ("\n\n", "\n", ". ", " ")


class Piece(msgspec.Struct, frozen=True):
    """A span of a document: piece number `part` of `parts` (from 1)."""

    doc: Doc
    start: int
    end: int
    part: int = 1
    parts: int = 1

    @property
    def text(self) -> str:
        """The words of the piece."""
        return self.doc.text[self.start : self.end]


def whole(doc: Doc) -> Piece:
    """A document as one piece."""
    return Piece(doc, 0, len(doc.text))


def pieces_of(documents: Iterable[Doc], most_chars: int = PIECE_CHARS) -> tuple[list[Piece], int]:
    """At most MOST_PIECES pieces, in order, and how many characters were left off for that."""
    found = [piece for doc in documents for piece in _cut(doc, most_chars)]
    left = sum(piece.end - piece.start for piece in found[MOST_PIECES:])
    return found[:MOST_PIECES], left


def _cut(doc: Doc, most: int) -> list[Piece]:
    spans: list[tuple[int, int]] = []
    start = 0
    while start < len(doc.text):
        end = _joint(doc.text, start, start + most)
        if doc.text[start:end].strip():
            spans.append((start, end))
        start = end
    return [Piece(doc, a, b, n, len(spans)) for n, (a, b) in enumerate(spans, start=1)]


def _joint(text: str, start: int, end: int) -> int:
    """Where to cut: at the last paragraph, line, sentence or word in the second half of the span."""
    if end >= len(text):
        return len(text)
    half = (start + end) // 2
    for joint in _JOINTS:
        at = text.rfind(joint, half, end)
        if at > start:
            return at + len(joint)
    return end


def count(pieces: Sequence[Piece], words: str) -> int:
    """How often the words stand in the documents of these pieces."""
    return sum(doc.text.count(words) for doc in {id(p.doc): p.doc for p in pieces}.values())

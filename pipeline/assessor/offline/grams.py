"""What a task text is made of, for the fitted weights: stems, pairs of stems, leading verbs and what they act on.

Training and judging read texts through this one function, so that a weight always means the same thing.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.assessor.offline.words import Word

_LEADS, _OBJECTS = 3, 12
_EMPTY = frozenset(
    "the and or of to a in for with on by an at our as from such using that be is are their its other".split()
)


def grams_of(words: list[Word]) -> Iterator[tuple[str, Word, Word]]:
    """Each gram with its first and last word: `report`, `monthly report`, `^prepare` for a leading verb,
    `prepare>report` for a leading verb with a later word. A gram may come more than once."""
    before: Word | None = None
    for word in words:
        yield word.stem, word, word
        if before is not None:
            yield f"{before.stem} {word.stem}", before, word
        before = word
    objects = [word for word in words if not word.leads and word.text not in _EMPTY][:_OBJECTS]
    for verb in [word for word in words if word.leads][:_LEADS]:
        yield f"^{verb.stem}", verb, verb
        for word in objects:
            yield f"{verb.stem}>{word.stem}", verb, word

"""What a task text is made of, for the fitted weights: stems, pairs of stems, leading verbs, their objects.

Training and judging read texts through this one function, so that a weight always means the same thing.
"""

from __future__ import annotations

from collections.abc import Container
from itertools import pairwise

from pipeline.assessor.offline.words import LEAD_LIMIT as _LEADING
from pipeline.assessor.offline.words import Word

_LEADS, _OBJECTS = 3, 12
_EMPTY = frozenset(
    {"the", "and", "or", "of", "to", "a", "in", "for", "with", "on", "by", "an", "at", "our", "as", "from"}
    | {"such", "using", "that", "be", "is", "are", "their", "its", "other"}
)


class Everything:
    """Knows every gram: what training begins with."""

    def __contains__(self, gram: object) -> bool:
        return True


def grams_of(words: list[Word], known: Container[str]) -> list[tuple[str, Word, Word]]:
    """Each known gram with its first and last word: `report`, `monthly report`, `^prepare` for a leading
    verb, `prepare>report` for a leading verb with a later word. A gram may come more than once."""
    stems = [word.stem for word in words]
    grams = [(stem, word, word) for stem, word in zip(stems, words, strict=True) if stem in known]
    grams += [
        (gram, words[i], words[i + 1])
        for i, (one, other) in enumerate(pairwise(stems))
        if (gram := f"{one} {other}") in known
    ]
    objects = [word for word in words if not word.leads and word.text not in _EMPTY][:_OBJECTS]
    for verb in [word for word in words[:_LEADING] if word.leads][:_LEADS]:
        head, leading = verb.stem + ">", "^" + verb.stem
        if leading in known:
            grams.append((leading, verb, verb))
        grams += [(gram, verb, word) for word in objects if (gram := head + word.stem) in known]
    return grams

"""What a task text is made of, for the fitted weights: stems, pairs of stems, leading verbs, their objects.

Training and judging read texts through this one class, so that a weight always means the same thing. What a
text's words are known for is looked up once a word, not once a gram: most words begin no pair that counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Generic, NamedTuple, Protocol, TypeVar

import msgspec

from pipeline.assessor.offline.words import TOKEN, joined, stem

V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)
Place = tuple[int, int]
_LEAD_LIMIT, _LEADS, _OBJECTS, _MOST_KEPT = 8, 3, 12, 50_000
_EMPTY = frozenset(
    {"the", "and", "or", "of", "to", "a", "in", "for", "with", "on", "by", "an", "at", "our", "as", "from"}
    | {"such", "using", "that", "be", "is", "are", "their", "its", "other"}
)
_JOINTS = frozenset({"and", "or"})


class Lookup(Protocol[V_co]):
    """A gram by the stem that completes it."""

    def get(self, key: str, /) -> V_co | None:
        """The gram, or None when it is not known."""
        ...


class Known(msgspec.Struct, Generic[V], frozen=True):
    """The grams that begin with a stem: itself, itself as a leading verb, with the next stem, and as a
    leading verb with an object."""

    alone: V | None
    leading: V | None
    pairs: Lookup[V]
    objects: Lookup[V]


class _Word(msgspec.Struct, Generic[V], frozen=True):
    stem: str
    known: Known[V] | None
    verb: bool
    empty: bool
    joint: bool


class Grams(NamedTuple, Generic[V]):
    """The grams of a text, each once, with where they begin and end; how many words it has, and how many of
    these are known by themselves."""

    found: dict[V, Place]
    words: int
    known: int


class Reader(Generic[V]):
    """Reads texts. `known` tells what a stem is known for; `verbs` are the stems that count as verbs."""

    def __init__(self, known: Callable[[str], Known[V] | None], verbs: frozenset[str]) -> None:
        self._known, self._verbs = known, verbs
        self._words: dict[str, _Word[V]] = {}

    def read(self, text: str) -> Grams[V]:
        """`report`, `monthly report`, `^prepare` for a leading verb, `prepare>report` for a leading verb with
        another word. Leading verbs are the first word and those joined to it by commas, `and`, `or`, as in
        "Plan, direct and coordinate"."""
        kept = self._words
        words: list[_Word[V]] = []
        places: list[Place] = []
        for match in TOKEN.finditer(text):
            words.append(kept.get(match[0]) or self._word(match[0]))
            places.append(match.span())
        found: dict[V, Place] = {}
        alone = 0
        for word, place in zip(words, places, strict=True):
            if word.known is not None and word.known.alone is not None:
                alone += 1
                found.setdefault(word.known.alone, place)
        for n, (word, after) in enumerate(pairwise(words)):
            if word.known is not None and (pair := word.known.pairs.get(after.stem)) is not None:
                found.setdefault(pair, (places[n][0], places[n + 1][1]))
        if words:
            self._led(text, words, places, found)
        return Grams(found, len(words), alone)

    def _led(
        self,
        text: str,
        words: list[_Word[V]],
        places: list[Place],
        found: dict[V, Place],
    ) -> None:
        """Adds the grams of leading verbs."""
        leads = list(_leading(text, words, places))
        objects = [n for n, word in enumerate(words) if not word.empty and n not in leads][:_OBJECTS]
        for lead in leads[:_LEADS]:
            known = words[lead].known
            if known is None:
                continue
            if known.leading is not None:
                found.setdefault(known.leading, places[lead])
            for n in objects:
                gram = known.objects.get(words[n].stem)
                if gram is not None:
                    found.setdefault(gram, (places[lead][0], places[n][1]))

    def _word(self, word: str) -> _Word[V]:
        low = word.lower()
        its = stem(low)
        if len(self._words) >= _MOST_KEPT:
            self._words.clear()
        made = _Word(its, self._known(its), its in self._verbs, low in _EMPTY, low in _JOINTS)
        return self._words.setdefault(word, made)


def _leading(text: str, words: list[_Word[V]], places: list[Place]) -> Iterator[int]:
    """The places of the leading verbs among the first words."""
    end = 0
    for n, word in enumerate(words[:_LEAD_LIMIT]):
        if n == 0 or (word.verb and joined(text, end, places[n][0])):
            end = places[n][1]
            yield n
        elif not word.joint:
            return


class _Named:
    """Knows every gram that begins so, by its name."""

    def __init__(self, begins: str) -> None:
        self._begins = begins

    def get(self, key: str, /) -> str:
        return self._begins + key


def every(stem_: str) -> Known[str]:
    """Knows all grams by their names: what training begins with."""
    return Known(stem_, f"^{stem_}", _Named(f"{stem_} "), _Named(f"{stem_}>"))


def numbered(grams: Iterable[str]) -> dict[str, Known[int]]:
    """By stem, the numbers of those of these grams that begin with it."""
    alone: dict[str, int] = {}
    leading: dict[str, int] = {}
    pairs, objects = defaultdict[str, dict[str, int]](dict), defaultdict[str, dict[str, int]](dict)
    for number, gram in enumerate(grams):
        first, joint, second = gram.partition(">" if ">" in gram else " ")
        if joint:
            (objects if joint == ">" else pairs)[first][second] = number
        elif gram.startswith("^"):
            leading[gram[1:]] = number
        else:
            alone[gram] = number
    stems = {*alone, *leading, *pairs, *objects}
    return {s: Known(alone.get(s), leading.get(s), pairs.get(s, {}), objects.get(s, {})) for s in stems}

"""All titles of a taxonomy, ready to be asked which standard role a title means.

Three witnesses vote for each standard role, each scaled to its own best: how like its five nearest titles
are in character n-grams and in words, and how usual the title's words are among all its titles. Their weights
were chosen on a part of O*NET's titles that was kept aside; they are the same for every taxonomy.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from math import log, sqrt

from pipeline.assessor.model import RoleCandidate, TaxonomyRole
from pipeline.assessor.offline.words import stem

_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_NOISE = re.compile(r"[^\w+#]+")
_LONGEST_TITLE = 120
Features = Counter[str]
Closeness = dict[int, float]
_VOTES, _CANDIDATES, _FAR = 5, 5, 0.05
_BY_WORDS, _BY_USE = 1.0, 0.5
_DOUBT = 20.0
"""How many words a role's titles must have before they count fully (Dirichlet smoothing)."""
_JOINTS = frozenset({"of", "for", "in", "and", "to", "with"})


def normalise_title(title: str) -> str:
    """Case, brackets such as `(m/f/d)` and punctuation do not make another title."""
    bare = _BRACKETS.sub(" ", title[:_LONGEST_TITLE].replace("&", " and ")) or title
    return " ".join(_NOISE.sub(" ", bare).casefold().split())


def char_grams(normal: str) -> Features:
    """Character 2- to 4-grams inside words, with word edges."""
    grams: Features = Counter()
    for word in normal.split():
        edged = f" {word} "
        grams.update(edged[i : i + n] for n in (2, 3, 4) for i in range(len(edged) - n + 1))
    return grams


def word_grams(normal: str) -> Features:
    """Stems, pairs of stems, and the head noun once more: "director of nursing" is about a director."""
    words = [stem(word) for word in normal.split()]
    grams: Features = Counter(words)
    grams.update(f"{one} {other}" for one, other in pairwise(words))
    if words:
        grams[f"^{_head(words)}"] = 1
    return grams


def _head(words: list[str]) -> str:
    joint = next((i for i, word in enumerate(words) if i and word in _JOINTS), len(words))
    return words[joint - 1]


class Similar:
    """TF-IDF vectors of length one: how like a title is to each known one."""

    def __init__(self, titles: Iterable[str], features: Callable[[str], Features]) -> None:
        self._features = features
        counted = [features(title) for title in titles]
        holding = Counter(gram for grams in counted for gram in grams)
        self._idf = {gram: log((1 + len(counted)) / (1 + n)) + 1 for gram, n in holding.items()}
        self._postings: dict[str, tuple[array[int], array[float]]] = {}
        for number, grams in enumerate(counted):
            for gram, weight in self._vector(grams).items():
                numbers, weights = self._postings.setdefault(gram, (array("I"), array("f")))
                numbers.append(number)
                weights.append(weight)

    def to(self, title: str) -> Closeness:
        """Similarity 0..1 by the number of each title that shares anything."""
        close: Closeness = {}
        get = close.get
        for gram, weight in self._vector(self._features(title)).items():
            for number, other in zip(*self._postings[gram], strict=True):
                close[number] = get(number, 0.0) + weight * other
        return close

    def _vector(self, grams: Features) -> dict[str, float]:
        raw = {gram: (1 + log(n)) * self._idf[gram] for gram, n in grams.items() if gram in self._idf}
        length = sqrt(sum(weight * weight for weight in raw.values())) or 1.0
        return {gram: weight / length for gram, weight in raw.items()}


class Usual:
    """How much more usual words are among a role's titles than among all titles."""

    def __init__(self, titles: list[tuple[str, int]]) -> None:
        by_role: dict[int, Counter[str]] = {}
        self._all: Counter[str] = Counter()
        for title, role in titles:
            grams = word_grams(title).keys()
            by_role.setdefault(role, Counter()).update(grams)
            self._all.update(grams)
        self._sum = self._all.total() or 1
        self._totals = {role: counts.total() for role, counts in by_role.items()}
        self._roles: dict[str, list[tuple[int, int]]] = {}
        for role, counts in by_role.items():
            for gram, n in counts.items():
                self._roles.setdefault(gram, []).append((role, n))

    def of(self, title: str) -> Closeness:
        """A logarithm of likelihood ratios by role; what is not above nothing is left out."""
        grams = [gram for gram in word_grams(title) if gram in self._all]
        found: Closeness = {}
        for gram in grams:
            usual = _DOUBT * self._all[gram] / self._sum
            for role, n in self._roles[gram]:
                found[role] = found.get(role, 0.0) + log(1 + n / usual)
        wide = len(grams) / 2
        found = {role: v - wide * log(self._totals[role] / _DOUBT + 1) for role, v in found.items()}
        return {role: v for role, v in found.items() if v > 0}


class TitleIndex:
    """A taxonomy's titles."""

    def __init__(self, roles: tuple[TaxonomyRole, ...]) -> None:
        self.roles = roles
        self.titles: list[tuple[str, int]] = []
        self.exact: dict[str, list[int]] = {}
        for number, role in enumerate(roles):
            for title in dict.fromkeys((role.title, *role.alternates)):
                codes = self.exact.setdefault(normalise_title(title), [])
                if number not in codes:
                    codes.append(number)
                self.titles.append((title, number))
        normal = [(normalise_title(title), role) for title, role in self.titles]
        self._chars = Similar([title for title, _ in normal], char_grams)
        self._words = Similar([title for title, _ in normal], word_grams)
        self._usual = Usual(normal)

    def lookup(self, title: str) -> list[TaxonomyRole]:
        """Roles that have exactly this title."""
        return [self.roles[number] for number in self.exact.get(normalise_title(title), [])]

    def suggest(self, title: str, most: int = _CANDIDATES) -> list[RoleCandidate]:
        """The likeliest roles, best first; ties by code. Scores of one answer compare with those of another
        taxonomy: the best candidate's is how near its titles are in characters."""
        normal = normalise_title(title)
        near = self._chars.to(normal)
        by_chars = self._votes(near)
        best = max((vote for vote, _ in by_chars.values()), default=0.0)
        if not best:
            return []
        votes = {role: vote / best for role, (vote, _) in by_chars.items()}
        by_words = {role: vote for role, (vote, _) in self._votes(self._words.to(normal)).items()}
        for weight, witness in ((_BY_WORDS, by_words), (_BY_USE, self._usual.of(normal))):
            top = max(witness.values(), default=1.0)
            for role, vote in witness.items():
                votes[role] = votes.get(role, 0.0) + weight * vote / top
        scale = best / (1 + _BY_WORDS + _BY_USE)
        codes = self.roles
        ranked = sorted(votes, key=lambda n: (-votes[n], codes[n].taxonomy, codes[n].code))
        return [self._candidate(role, votes[role] * scale, by_chars) for role in ranked[:most]]

    def _votes(self, near: Mapping[int, float]) -> dict[int, tuple[float, list[int]]]:
        """By role, the sum of squares of its nearest titles' similarities, and which these are."""
        by_role: dict[int, list[tuple[float, int]]] = {}
        for number, similarity in near.items():
            if similarity > _FAR:
                by_role.setdefault(self.titles[number][1], []).append((similarity, number))
        votes: dict[int, tuple[float, list[int]]] = {}
        for role, found in by_role.items():
            nearest = sorted(found, key=lambda one: (-one[0], self.titles[one[1]][0]))[:_VOTES]
            told = [number for similarity, number in nearest[:3] if similarity > 0.2]
            votes[role] = (sum(similarity**2 for similarity, _ in nearest), told)
        return votes

    def _candidate(
        self, number: int, score: float, by_chars: Mapping[int, tuple[float, list[int]]]
    ) -> RoleCandidate:
        role, told = self.roles[number], by_chars.get(number, (0.0, []))[1]
        return RoleCandidate(
            code=role.code,
            title=role.title,
            taxonomy=role.taxonomy,
            score=round(score, 3),
            matched=tuple(self.titles[one][0] for one in told),
        )


@lru_cache(maxsize=8)
def index_of(roles: tuple[TaxonomyRole, ...]) -> TitleIndex:
    """The index of a taxonomy; kept for the last eight asked."""
    return TitleIndex(roles)

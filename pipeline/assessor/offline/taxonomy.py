"""Which standard role a title means: exact look-up first, then a vote of character n-grams.

Every code collects the squares of its five best title similarities; the relative lead of the best
code over the second is the margin. Similarity never links by itself: only an exact title does.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache, lru_cache
from math import log, sqrt

import msgspec

from pipeline.assessor.model import RoleCandidate, TaxonomyRole
from pipeline.assessor.offline.lexicon import resource

_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_NOISE = re.compile(r"[^\w+#]+")
_VOTES, _CANDIDATES = 5, 5
_LONGEST_TITLE = 120


class Family(msgspec.Struct, frozen=True):
    """A family of the starter taxonomy with the skills that its roles usually need."""

    name: str
    skills: tuple[str, ...]
    roles: tuple[dict[str, str | list[str]], ...]


class Starter(msgspec.Struct, frozen=True):
    """The bundled taxonomy: our own list of common occupations."""

    version: str
    taxonomy: str
    families: tuple[Family, ...]


@cache
def starter() -> Starter:
    """`starter_taxonomy.json`."""
    return msgspec.json.decode(resource("starter_taxonomy.json"), type=Starter)


@cache
def starter_roles() -> tuple[TaxonomyRole, ...]:
    """The roles of the bundled taxonomy."""
    rows = [role for family in starter().families for role in family.roles]
    return msgspec.convert(
        [{**row, "taxonomy": starter().taxonomy} for row in rows], tuple[TaxonomyRole, ...]
    )


@cache
def family_of(code: str) -> Family | None:
    """The family of a starter role."""
    return next((f for f in starter().families if any(r["code"] == code for r in f.roles)), None)


def normalise_title(title: str) -> str:
    """Case, brackets such as `(m/f/d)` and punctuation do not make another title."""
    bare = _BRACKETS.sub(" ", title[:_LONGEST_TITLE].replace("&", " and ")) or title
    return " ".join(_NOISE.sub(" ", bare).casefold().split())


def _grams(normal: str) -> Counter[str]:
    """Character 2- to 4-grams inside words, with word edges."""
    grams: Counter[str] = Counter()
    for word in normal.split():
        edged = f" {word} "
        grams.update(edged[i : i + n] for n in (2, 3, 4) for i in range(len(edged) - n + 1))
    return grams


class TitleIndex:
    """All titles of a taxonomy, ready to be asked."""

    def __init__(self, roles: tuple[TaxonomyRole, ...]) -> None:
        self.roles = roles
        self.titles: list[tuple[str, int]] = []
        self.exact: dict[str, list[int]] = {}
        self._postings: dict[str, list[tuple[int, float]]] = {}
        counted: list[Counter[str]] = []
        for number, role in enumerate(roles):
            for title in dict.fromkeys((role.title, *role.alternates)):
                normal = normalise_title(title)
                codes = self.exact.setdefault(normal, [])
                if number not in codes:
                    codes.append(number)
                self.titles.append((title, number))
                counted.append(_grams(normal))
        self._weigh(counted)

    def _weigh(self, counted: list[Counter[str]]) -> None:
        """TF-IDF weights, each title of length one."""
        holding = Counter(gram for grams in counted for gram in grams)
        self._idf = {gram: log((1 + len(counted)) / (1 + n)) + 1 for gram, n in holding.items()}
        for title, grams in enumerate(counted):
            for gram, weight in self._vector(grams).items():
                self._postings.setdefault(gram, []).append((title, weight))

    def _vector(self, grams: Counter[str]) -> dict[str, float]:
        raw = {gram: (1 + log(n)) * self._idf[gram] for gram, n in grams.items() if gram in self._idf}
        length = sqrt(sum(weight * weight for weight in raw.values())) or 1.0
        return {gram: weight / length for gram, weight in raw.items()}

    def lookup(self, title: str) -> list[TaxonomyRole]:
        """Roles that have exactly this title."""
        return [self.roles[number] for number in self.exact.get(normalise_title(title), [])]

    def suggest(self, title: str, most: int = _CANDIDATES) -> list[RoleCandidate]:
        """The likeliest roles by similarity of titles, best first; ties by code."""
        close: dict[int, float] = {}
        for gram, weight in self._vector(_grams(normalise_title(title))).items():
            for number, other in self._postings[gram]:
                close[number] = close.get(number, 0.0) + weight * other
        by_role: dict[int, list[tuple[float, str]]] = {}
        for number, similarity in close.items():
            text, role = self.titles[number]
            by_role.setdefault(role, []).append((similarity, text))
        candidates = [_candidate(self.roles[role], votes) for role, votes in by_role.items()]
        return sorted(candidates, key=lambda c: (-c.score, c.taxonomy, c.code))[:most]


def _candidate(role: TaxonomyRole, votes: list[tuple[float, str]]) -> RoleCandidate:
    best = sorted(votes, key=lambda vote: (-vote[0], vote[1]))[:_VOTES]
    return RoleCandidate(
        code=role.code,
        title=role.title,
        taxonomy=role.taxonomy,
        score=round(sum(similarity**2 for similarity, _ in best), 3),
        matched=tuple(title for similarity, title in best[:3] if similarity > 0.2),
    )


@lru_cache(maxsize=16)
def index_of(roles: tuple[TaxonomyRole, ...]) -> TitleIndex:
    """The index of a taxonomy; kept for the last sixteen asked."""
    return TitleIndex(roles)

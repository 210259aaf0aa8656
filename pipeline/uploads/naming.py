"""What the name of a file tells: the kind of document, and the role it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz, process

from pipeline.records.reading import Kind
from pipeline.uploads.model import Suggestion
from pipeline.uploads.store import RoleName

_SIGNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("process_map", re.compile(r"process\W?(?:map|flow|model)|\bbpmn\b|flow\W?chart")),
    ("sop", re.compile(r"\bsops?\b|(?:standard )?operating procedure|work\W?instruction")),
    (
        "job_description",
        re.compile(r"job\W?(?:description|profile|posting)|\bjds?\b|role\W?(?:description|profile)"),
    ),
)
_NOISE = re.compile(
    r"\b(?:final|draft|copy|new|v(?:ersion)?\W?\d+(?:\W\d+)*|\d{4}\W\d\d(?:\W\d\d)?|document|description)\b"
)
_MOST, _LEAST = 5, 60
_WEAK = re.compile(r".{1,2}|\d{3}|(?:19|20)\d\d")
"""Codes that a name may hold by chance: two signs, three digits, a year. They have to be the whole name."""


def title_of(name: str) -> str:
    """The file's name without folders and ending: what the document is called."""
    base = name.rpartition("/")[2]
    return base.rpartition(".")[0] or base


def kind_told(name: str) -> Kind | None:
    """The kind of document that a name says it is."""
    words = _words(title_of(name))
    return next((kind for kind, sign in _SIGNS if sign.search(words)), None)


def meant(said: str, roles: Sequence[RoleName]) -> list[RoleName]:
    """The roles whose code stands in what was said (the longest codes win), else those it is the title of."""
    whole, words = said.casefold().strip(), f" {_words(said)} "
    coded = [
        role
        for role in roles
        if role.code
        and (
            role.code.casefold() == whole
            or (not _WEAK.fullmatch(role.code) and _stands_in(role.code.casefold(), whole))
        )
    ]
    if coded:
        longest = max(len(role.code or "") for role in coded)
        return [role for role in coded if len(role.code or "") == longest]
    bare = _bare(words)
    return [role for role in roles if _words(role.title) in (words.strip(), bare)]


def suggestions(said: Sequence[str], roles: Sequence[RoleName]) -> list[Suggestion]:
    """The roles whose titles are most like one of the things said (the file's name, its first line)."""
    titles = [_words(role.title) for role in roles]
    best: dict[int, float] = {}
    for one in said:
        found = process.extract(
            _bare(_words(one)), titles, scorer=fuzz.token_sort_ratio, limit=_MOST, score_cutoff=_LEAST
        )
        for _, likeness, place in found:
            best[place] = max(likeness, best.get(place, 0.0))
    order = sorted(best, key=lambda place: (-best[place], roles[place].title))[:_MOST]
    return [
        Suggestion(roles[place].id, roles[place].title, roles[place].code, round(best[place]))
        for place in order
    ]


def _words(text: str) -> str:
    """Small letters, single spaces, no signs but those inside a word."""
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())


def _bare(words: str) -> str:
    """The words without those that say what a file is and which draft of it."""
    for _, sign in _SIGNS:
        words = sign.sub(" ", words)
    return " ".join(_NOISE.sub(" ", words).split())


def _stands_in(code: str, said: str) -> bool:
    # Almost no code does, and a pattern for each of 20,000 roles takes two seconds.
    return code in said and re.search(rf"(?<![^\W_]){re.escape(code)}(?![^\W_])", said) is not None

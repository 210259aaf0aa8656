"""How well a field of samples fits a target: by its name and by what it holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec
from rapidfuzz import fuzz

from mappings.candidates import LONG, Candidate
from mappings.words import CODES, NAMES, SYNONYMS, words

Holds = Callable[[Candidate], float]
NAMED = 0.8  # the least likeness of names
WITHIN = 0.92  # the likeness of a name that has other words beside those looked for
_AMONG = 0.82  # the same for single fields, where other words often say that it is something else
LISTS = ("responsibilities", "requirements", "skills")
STATUSES = ("active", "inactive", "unknown")

_LEAST_HELD = 0.5
_BY_NAME = 0.65  # of a score; the rest is by values
_FEW_SPACES = 3  # in a text that describes
_CODE = re.compile(r"[A-Za-z0-9_.\-/]{1,40}")
_COUNTRY = re.compile(r"[A-Z]{2,3}")
_TITLE = re.compile(r"[^\W\d_][^\n]{1,118}")
_MARKUP = re.compile(r"</?[a-z][a-z0-9]*[ />]|&[a-z]+;")
_STATUS_WORDS = {*STATUSES, "a", "i", "enabled", "disabled", "true", "false", "yes", "no", "1", "0"}
_KNOWN = {concept: tuple(" ".join(words(one)) for one in said) for concept, said in SYNONYMS.items()}


class Fit(msgspec.Struct, frozen=True):
    """A field that may be what is looked for: the word it is named like, and how well name and values fit."""

    field: Candidate
    like: str
    score: float


def best(fields: Sequence[Candidate], target: str, holds: Holds) -> Fit | None:
    """The field that fits a target best, if one does."""
    fits = [found for field in fields if (found := fit(field, (target,), holds))]
    return max(fits, key=rank, default=None)


def fit(
    field: Candidate, targets: tuple[str, ...], holds: Holds, named: list[str] | None = None
) -> Fit | None:
    """How well a field fits by its name (or `named`) and what it holds; None when it cannot be."""
    names = [named] if named else _names(field)
    synonyms = [one for target in targets for one in _KNOWN[target]]
    like = max(synonyms, key=lambda one: max(_within(name, (one,), _AMONG) for name in names))
    likeness = max(_within(name, (like,), _AMONG) for name in names)
    held = holds(field)
    if likeness < NAMED or held < _LEAST_HELD:
        return None
    return Fit(field, like, _BY_NAME * likeness + (1 - _BY_NAME) * held)


def section(field: Candidate, concept: str) -> Fit | None:
    """How well a field fits as a section of a document: long texts, and lists of what a job asks for."""
    listed = concept in LISTS and "[]" in field.path and not field.is_code
    short = concept not in LISTS and share(field, lambda text: text.count(" ") >= _FEW_SPACES) >= NAMED
    if not field.texts or not (field.long or listed or short):
        return None
    if field.keys[-1][-1] in ("kind", "type", "level", "locale"):
        return None
    likeness = max(_within(name, _KNOWN[concept]) for name in (*field.keys, field.concept))
    if likeness < WITHIN:
        return None
    wordy = 1.0 if field.long else share(field, lambda text: " " in text)
    return Fit(field, concept, 0.7 * likeness + 0.3 * max(wordy, 0.6))


def of_something_else(field: Candidate) -> bool:
    """Whether it is of one of the things that a job asks for, and not of the job: the level of a skill."""
    return "[]" in field.path and any(
        _within(name, _KNOWN[concept]) >= WITHIN for name in field.keys[:-1] for concept in LISTS
    )


def rank(found: Fit) -> float:
    """The better fit; of equal ones what more samples have and what stands nearer to the top."""
    return found.score - 0.03 * found.field.depth + 0.1 * found.field.share - 0.1


def share(field: Candidate, test: Callable[[str], bool]) -> float:
    """In which part of its texts something holds."""
    return sum(map(test, field.texts)) / len(field.texts) if field.texts else 0.0


def titled(field: Candidate) -> float:
    """Names of jobs: one line each, mostly different."""
    return share(field, lambda text: bool(_TITLE.fullmatch(text))) * (0.8 + 0.2 * _distinct(field))


def coded(field: Candidate) -> float:
    """Codes of jobs: without spaces, mostly different."""
    return share(field, lambda text: bool(_CODE.fullmatch(text))) * (0.6 + 0.4 * _distinct(field))


def thing(field: Candidate) -> float:
    """Names or codes of what many jobs share: one short line each."""
    return share(field, lambda text: len(text) < 2 * LONG and "\n" not in text)


def stated(field: Candidate) -> float:
    """Whether the job is used: words, letters or truth values."""
    if field.values and all(isinstance(value, bool) for value in field.values):
        return 0.9
    return share(field, lambda text: text.lower() in _STATUS_WORDS)


def country(field: Candidate) -> float:
    """Codes of countries."""
    return share(field, lambda text: bool(_COUNTRY.fullmatch(text)))


def marked_up(field: Candidate) -> bool:
    """Whether it holds HTML."""
    return share(field, lambda text: bool(_MARKUP.search(text))) > 0.3


def _distinct(field: Candidate) -> float:
    return len(set(field.texts)) / max(1, len(field.texts))


def _names(field: Candidate) -> list[list[str]]:
    """What it may be called: its own name, if that says anything, and that of what holds it with it."""
    own = field.keys[-1]
    if len(field.keys) == 1:
        return [own]
    with_holder = field.keys[-2] + own
    return [with_holder] if set(own) <= CODES | NAMES else [own, with_holder]


def _likeness(name: list[str], synonyms: tuple[str, ...]) -> float:
    said = " ".join(name)
    return max(fuzz.token_sort_ratio(said, synonym) for synonym in synonyms) / 100


def _within(name: list[str], synonyms: tuple[str, ...], worth: float = WITHIN) -> float:
    """The likeness, also of a name that has other words beside (`additional job description`)."""
    inside = any(set(synonym.split()) <= set(name) for synonym in synonyms)
    return max(_likeness(name, synonyms), worth if inside else 0.0)

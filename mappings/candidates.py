"""The fields of sample records as candidates for a role's fields: how they are named, what they hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import msgspec

from mappings.paths import leaves
from mappings.words import CODES, NAMES, words

LONG = 60  # characters from which on a text is a description
_MOST_VALUES = 50
_LOCALE = re.compile(r"[a-z]{2}[_-][A-Z]{2,5}|default")
_KEY = re.compile(r'"(?:[^"\\]|\\.)*"|[A-Za-z_][A-Za-z0-9_]*|\[field=\'([^\']*)\'\]')


class Candidate(msgspec.Struct, frozen=True, dict=True):
    """One field of the samples: its path, an expression for it, its values (50 at most), and in how many of
    the samples it is."""

    path: str
    expression: str
    values: tuple[Any, ...]
    found: int
    samples: int

    @cached_property
    def keys(self) -> list[list[str]]:
        """The words of each step of the path."""
        return [words(found[1] or found[0].strip('"')) for found in _KEY.finditer(self.path)]

    @property
    def share(self) -> float:
        """In which part of the samples it is."""
        return self.found / self.samples

    @property
    def depth(self) -> int:
        """How many steps lead to it; lists count twice."""
        return len(self.keys) - 1 + self.path.count("[]")

    @property
    def is_code(self) -> bool:
        """Whether its name says that it is a code and not a name for people."""
        return self.keys[-1][-1] in CODES

    @cached_property
    def concept(self) -> list[str]:
        """What it is about, without the word that says whether it is the code or the name of it."""
        last = self.keys[-1]
        kept = list(last)
        while kept and kept[-1] in CODES | NAMES:
            kept.pop()
        return kept or (self.keys[-2] if len(self.keys) > 1 else last)

    @property
    def parent(self) -> str:
        """The path of what holds it."""
        return self.path.rpartition(".")[0]

    @cached_property
    def texts(self) -> list[str]:
        """Its values as texts."""
        return [str(value) for value in self.values if not isinstance(value, bool)]

    @property
    def long(self) -> bool:
        """Whether it holds descriptions."""
        return bool(self.texts) and sum(map(len, self.texts)) / len(self.texts) >= LONG


def candidates(samples: Sequence[dict[str, Any]]) -> list[Candidate]:
    """The fields of all samples, in the order in which they come first."""
    values: dict[str, list[Any]] = {}
    expressions: dict[str, str] = {}
    found: dict[str, int] = {}
    for sample in samples:
        seen = set()
        for leaf in leaves(sample):
            values.setdefault(leaf.path, []).append(leaf.value)
            expressions.setdefault(leaf.path, leaf.expression)
            seen.add(leaf.path)
        for path in seen:
            found[path] = found.get(path, 0) + 1
    return [
        Candidate(path, expressions[path], tuple(held[:_MOST_VALUES]), found[path], len(samples))
        for path, held in values.items()
    ]


def by_locale(fields: Sequence[Candidate]) -> dict[str, Candidate]:
    """Path of an object that holds texts by locale -> the one of its fields that comes most often."""
    groups: dict[str, list[Candidate]] = {}
    for field in fields:
        if _LOCALE.fullmatch(field.path.rpartition(".")[2].strip('"')):
            groups.setdefault(field.parent, []).append(field)
    return {path: max(group, key=lambda one: one.found) for path, group in groups.items() if path}

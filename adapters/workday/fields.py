"""Which column of a report or of a recipe's own JSON is which field of a job profile.

The default is data: `fields.json`, canonical field -> columns, the first that says something counts. Names
are compared without case, spaces, underscores and dashes. A company adds columns of its own and sends a
default column elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources

import msgspec

REMEMBERED = 4_096  # columns, whoever sends them
LONGEST = 500  # characters of their names
_OWN = -1  # a company's own columns come before the default ones
_PREFIXES = ("attributes.", "custom_fields.", "titles.", "ids.")


class BadFieldMap(ValueError):
    """A company's field map that names a field which no job profile has."""


Roles = list[tuple[str, str]]
"""Columns of an object within a cell, each with what it says of the thing that the object names."""


class Columns(msgspec.Struct, frozen=True):
    """The columns that are known: comparable name -> (canonical field, rank among the field's columns). The
    others remember what was found of columns that came."""

    known: dict[str, tuple[str, int]]
    memo: dict[str, tuple[str, int] | None] = {}
    roles: dict[tuple[tuple[str, ...], str], Roles | None] = {}

    def find(self, column: str) -> tuple[str, int] | None:
        """The field of a column; `Job_Level_Reference` is the same as `Job_Level`."""
        if column in self.memo:
            return self.memo[column]
        name = comparable(column)
        found = self.known.get(name) or self.known.get(name.removesuffix("reference"))
        if len(self.memo) < REMEMBERED and len(column) <= LONGEST:
            self.memo[column] = found
        return found

    def rows(self, column: str) -> tuple[str, int] | None:
        """The field of a column whose cells are rows of their own (`Job_Family_group`, lower case as Workday
        writes it; `Job_Family_Group` is another field)."""
        return self.find(column.removesuffix("_group")) if column.endswith("_group") else None


def columns(fields: Mapping[str, str] | None = None) -> Columns:
    """The default columns with a company's own (`column -> field`) over them. Raises BadFieldMap."""
    if not fields:
        return _default()
    for column, field in fields.items():
        if field not in _listed() and not field.startswith(_PREFIXES):
            known = ", ".join(name for name in _listed() if not name.endswith("*"))
            raise BadFieldMap(
                f"The column {column!r} is mapped to {field!r}, which is no field. Known: {known}."
            )
    own = {comparable(column): (field, _OWN) for column, field in fields.items()}
    return Columns(_default().known | own)


@lru_cache(maxsize=4_096)
def comparable(name: str) -> str:
    """A column's name without case, spaces and punctuation."""
    return "".join(letter for letter in name[:200].casefold() if letter.isalnum())


@cache
def _listed() -> dict[str, list[str]]:
    data = resources.files("adapters.workday").joinpath("fields.json").read_bytes()
    return msgspec.json.decode(data, type=dict[str, list[str]])


@cache
def _default() -> Columns:
    return Columns(
        {
            comparable(column): (field, rank)
            for field, listed in _listed().items()
            for rank, column in enumerate(listed)
        }
    )

"""The bundled taxonomy: our own list of common occupations, by family, with the skills these usually need."""

from __future__ import annotations

from functools import cache

import msgspec

from pipeline.assessor.model import TaxonomyRole
from pipeline.assessor.offline.lexicon import resource


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

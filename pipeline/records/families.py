"""The families of a company's roles as a tree: groups, and the families in them."""

from __future__ import annotations

from itertools import groupby
from uuid import UUID

import msgspec

from kit.db import Tx
from kit.sql import Queries

_sql = Queries("pipeline.records", "families.sql")


class Family(msgspec.Struct, frozen=True):
    """A family in a group (None: roles of the group without one), with its roles."""

    family: str | None
    roles: int


class Group(msgspec.Struct, frozen=True):
    """A group (None: families without one) with its families, and the roles of all of them."""

    group: str | None
    roles: int
    families: list[Family]


class _Counted(msgspec.Struct, frozen=True):
    group: str | None
    family: str | None
    roles: int


async def tree(tx: Tx, company_id: UUID) -> list[Group]:
    """Groups by name, those without one last; families likewise."""
    rows = await tx.all(_sql["families"], {"company_id": company_id}, into=_Counted)
    return [_group(name, list(found)) for name, found in groupby(rows, lambda row: row.group)]


def _group(name: str | None, rows: list[_Counted]) -> Group:
    families = [Family(row.family, row.roles) for row in rows]
    return Group(name, sum(row.roles for row in rows), families)

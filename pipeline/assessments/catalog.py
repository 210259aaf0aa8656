"""The company-wide catalogues: every skill, role and task once, with its roles. Only what is visible."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

import msgspec

from kit.db import Tx
from kit.sql import Queries, Query

_sql = Queries("pipeline.assessments", "catalog.sql")
R = TypeVar("R", bound="Entry")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What all entries have: a key to go on from, and how many roles there are (`role_ids`, where given,
    names at most a hundred)."""

    key: str
    roles: int


class SkillEntry(Entry, frozen=True, kw_only=True):
    """A skill under one spelling. In `found_in` of the roles a document names it; in the others it was
    inferred."""

    name: str
    family: str | None
    found_in: int
    role_ids: list[UUID]


class Member(msgspec.Struct, frozen=True):
    """A role of a catalogue entry."""

    id: UUID
    title: str
    code: str | None
    ai_exposure: float | None


class RoleEntry(Entry, frozen=True, kw_only=True):
    """The roles of one standard role, or of one title while there is none. `ai_exposure` is their mean."""

    title: str
    taxonomy: str | None
    code: str | None
    families: list[str]
    ai_exposure: float | None
    members: list[Member]


class TaskEntry(Entry, frozen=True, kw_only=True):
    """A task in canonical wording."""

    text: str
    verb: str | None
    role_ids: list[UUID]


class Page(msgspec.Struct, frozen=True):
    """Entries by key, and the key to go on from (None on the last page)."""

    entries: list[Any]
    after: str | None


async def skills(tx: Tx, company_id: UUID, *, search: str, after: str, limit: int) -> Page:
    """A page of the skills catalogue; `search` is part of a skill's name."""
    return await _page(tx, _sql["skills"], SkillEntry, company_id, search, after, limit)


async def roles(tx: Tx, company_id: UUID, *, search: str, after: str, limit: int) -> Page:
    """A page of the role catalogue; `search` is part of a role's title."""
    return await _page(tx, _sql["roles"], RoleEntry, company_id, search, after, limit)


async def tasks(tx: Tx, company_id: UUID, *, search: str, after: str, limit: int) -> Page:
    """A page of the tasks of all roles; `search` is part of a task's wording."""
    return await _page(tx, _sql["tasks"], TaskEntry, company_id, search, after, limit)


async def _page(
    tx: Tx, query: Query, into: type[R], company_id: UUID, search: str, after: str, limit: int
) -> Page:
    escaped = search.strip().lower()
    for special in ("\\", "%", "_"):
        escaped = escaped.replace(special, "\\" + special)
    params = {"company_id": company_id, "search": escaped, "after": after, "limit": limit + 1}
    found = await tx.all(query, params, into=into)
    more = len(found) > limit
    return Page(found[:limit], found[limit - 1].key if more else None)

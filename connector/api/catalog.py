"""The company-wide catalogues: skills, roles and tasks, each once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency
from msgspec import Meta

from connector.api.http import Call, Reply
from connector.api.operation import Answer, operation
from connector.api.units import ROLE
from kit import ids
from kit.errors import FieldError, Invalid
from pipeline.assessments import catalog
from pipeline.assessments.catalog import Page, RoleEntry, SkillEntry, TaskEntry


class CatalogQuery(msgspec.Struct, kw_only=True):
    """Which page; `search` is part of a name."""

    search: Annotated[str, Meta(max_length=200)] = ""
    cursor: str = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class SkillOut(msgspec.Struct, frozen=True, kw_only=True):
    """A skill under one spelling: how many roles need it, and in how many a document names it. At most a
    hundred of the roles are named."""

    name: str
    family: str | None
    roles: int
    found_in: int
    role_ids: list[str]


class MemberOut(msgspec.Struct, frozen=True):
    """A role of an entry."""

    role_id: str
    title: str
    code: str | None
    ai_exposure: float | None


class RoleEntryOut(msgspec.Struct, frozen=True, kw_only=True):
    """The roles that share a standard role, or a title while there is none; `ai_exposure` is their mean."""

    title: str
    taxonomy: str | None
    code: str | None
    families: list[str]
    roles: int
    ai_exposure: float | None
    members: list[MemberOut]


class TaskOut(msgspec.Struct, frozen=True, kw_only=True):
    """A task in canonical wording, and the roles that have it."""

    text: str
    verb: str | None
    roles: int
    role_ids: list[str]


class SkillCatalog(msgspec.Struct, frozen=True):
    """A page of skills by name."""

    results: list[SkillOut]
    next_cursor: str | None
    has_more: bool


class RoleCatalog(msgspec.Struct, frozen=True):
    """A page of roles."""

    results: list[RoleEntryOut]
    next_cursor: str | None
    has_more: bool


class TaskCatalog(msgspec.Struct, frozen=True):
    """A page of tasks by wording."""

    results: list[TaskOut]
    next_cursor: str | None
    has_more: bool


def _listed(entry: dict[str, Any]) -> dict[str, Any]:
    return {"results": [entry], "next_cursor": None, "has_more": False}


_SKILL = {"name": "SAP", "family": "Enterprise software", "roles": 12, "found_in": 9, "role_ids": [ROLE]}
_ENTRY = {
    "title": "Accounts Payable Clerk",
    "taxonomy": "starter",
    "code": "FIN-AP",
    "families": ["Finance"],
    "roles": 1,
    "ai_exposure": 52.5,
    "members": [{"role_id": ROLE, "title": "AP Specialist", "code": "R-7", "ai_exposure": 52.5}],
}
_TASK = {"text": "Reconcile vendor statements", "verb": "reconcile", "roles": 3, "role_ids": [ROLE]}
_NOTES = "Of visible roles, by their newest results, ordered by name."
Read = Callable[..., Awaitable[Page]]


class Catalog(Controller):
    """What the whole company needs, is and does."""

    path = "/v1/catalog"
    tags = ["Catalogue"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/skills",
        **operation(
            "listSkills",
            "Every skill of the company, once",
            scope="assessments:read",
            query=CatalogQuery,
            answers={200: Answer(kind=SkillCatalog, example=_listed(_SKILL))},
            notes=_NOTES,
        ),
    )
    async def skills(self, call: NamedDependency[Call]) -> Reply:
        """Spellings that differ in case or spaces are one skill."""
        page, cursor = await _page(call, catalog.skills)
        return Reply(SkillCatalog([_skill(one) for one in page.entries], cursor, cursor is not None))

    @get(
        "/roles",
        **operation(
            "listRoleCatalog",
            "The company's roles, those of one standard role together",
            scope="assessments:read",
            query=CatalogQuery,
            answers={200: Answer(kind=RoleCatalog, example=_listed(_ENTRY))},
            notes=_NOTES,
        ),
    )
    async def roles(self, call: NamedDependency[Call]) -> Reply:
        """Roles without a standard role are together when they have the same title."""
        page, cursor = await _page(call, catalog.roles)
        return Reply(RoleCatalog([_role(one) for one in page.entries], cursor, cursor is not None))

    @get(
        "/tasks",
        **operation(
            "listTasks",
            "Every task of the company in canonical wording, once",
            scope="assessments:read",
            query=CatalogQuery,
            answers={200: Answer(kind=TaskCatalog, example=_listed(_TASK))},
            notes=_NOTES,
        ),
    )
    async def tasks(self, call: NamedDependency[Call]) -> Reply:
        """Duplicates of several roles are merged."""
        page, cursor = await _page(call, catalog.tasks)
        return Reply(TaskCatalog([_task(one) for one in page.entries], cursor, cursor is not None))


async def _page(call: Call, read: Read) -> tuple[Page, str | None]:
    given = call.query(CatalogQuery)
    async with call.tx() as tx:
        after = _key(given.cursor)
        page = await read(tx, call.caller.company_id, search=given.search, after=after, limit=given.limit)
    return page, page.after.encode().hex() if page.after is not None else None


def _key(cursor: str) -> str:
    """The key that a cursor stands for: its bytes in hexadecimal, so that any key is safe in an address."""
    try:
        return bytes.fromhex(cursor).decode().replace("\0", "")
    except ValueError as exc:
        raise Invalid(
            "The cursor is none of this list's.",
            code="bad_cursor",
            action="Send the next_cursor of the page before as it is, or leave it empty to begin.",
            errors=[FieldError("cursor", "is not a cursor of this list")],
        ) from exc


def _skill(entry: SkillEntry) -> SkillOut:
    return SkillOut(
        name=entry.name,
        family=entry.family,
        roles=entry.roles,
        found_in=entry.found_in,
        role_ids=[ids.show("role", one) for one in entry.role_ids],
    )


def _role(entry: RoleEntry) -> RoleEntryOut:
    members = [MemberOut(ids.show("role", m.id), m.title, m.code, m.ai_exposure) for m in entry.members]
    return RoleEntryOut(
        title=entry.title,
        taxonomy=entry.taxonomy,
        code=entry.code,
        families=entry.families,
        roles=entry.roles,
        ai_exposure=None if entry.ai_exposure is None else round(entry.ai_exposure, 1),
        members=members,
    )


def _task(entry: TaskEntry) -> TaskOut:
    return TaskOut(
        text=entry.text,
        verb=entry.verb,
        roles=entry.roles,
        role_ids=[ids.show("role", one) for one in entry.role_ids],
    )

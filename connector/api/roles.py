"""Roles by hand: created, listed, changed, archived, brought back, and brought in as a CSV."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import UNSET, Meta, UnsetType

from adapters.text import plain
from connector.api.documents import DocumentText
from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from connector.api.receipts import RECEIPT_EXAMPLE, Receipt, base_of, take_in
from connector.api.role_view import ROLE, ROLE_EXAMPLE, RoleList, RoleOut, role
from control import audit
from kit import ids, paging
from kit.db import Tx
from kit.errors import Conflict, FieldError, Invalid
from mappings.model import RoleRecord
from pipeline.records import documents, reading, roles, sheets
from pipeline.records.reading import Counted, RoleFilter
from pipeline.records.roles import NewRole
from webhooks.intake import Hook

SHEET_BYTES = 5_000_000
Short = Annotated[str, Meta(max_length=500)]
Priority = Literal["P0", "P1", "P2"]
_LOCATION = {"Location": "The role."}


class RoleIn(msgspec.Struct, kw_only=True):
    """A role to be made. `source_id` names it for you (default: its code); `attributes` may hold anything."""

    title: Short
    code: Short | None = None
    source_id: Short | None = None
    family: Short | None = None
    level: Short | None = None
    grade: Short | None = None
    countries: list[Short] = []
    status: Literal["active", "unknown"] = "active"
    priority: Priority = "P1"
    attributes: dict[str, Any] = {}
    documents: Annotated[list[DocumentText], Meta(max_length=20)] = []


class RoleChange(msgspec.Struct, kw_only=True):
    """What to change. A field that is not there, or blank, stays as it is; null clears it."""

    title: Short | UnsetType = UNSET
    code: Short | UnsetType | None = UNSET
    family: Short | UnsetType | None = UNSET
    level: Short | UnsetType | None = UNSET
    grade: Short | UnsetType | None = UNSET
    countries: list[Short] | UnsetType | None = UNSET
    attributes: dict[str, Any] | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET


class RoleQuery(RoleFilter, kw_only=True):
    """Which roles, and which page of them, in which order of change."""

    order: Literal["oldest", "newest"] = "oldest"
    cursor: str = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class RoleCounts(msgspec.Struct, frozen=True):
    """Values that roles have, with how many have each, most first within a dimension."""

    results: list[Counted]


_COUNTED = {"dimension": "family", "value": "Nursing", "roles": 212}


class SheetQuery(msgspec.Struct):
    """All rows or none (`strict`)."""

    strict: bool = False


class Roles(Controller):
    """What is pushed through the stages."""

    path = "/v1/roles"
    tags = ["Roles"]  # noqa: RUF012 - Litestar's own attribute

    @post(
        "/",
        **operation(
            "createRole",
            "Create a role by hand",
            scope="roles:write",
            body=Body(
                kind=RoleIn,
                examples={
                    "nurse": {
                        "title": "Registered Nurse",
                        "code": "R-1042",
                        "documents": [{"kind": "job_description", "html": "<p>Cares for patients.</p>"}],
                    }
                },
            ),
            answers={201: Answer(kind=RoleOut, example=ROLE_EXAMPLE, says="Created.", headers=_LOCATION)},
            idempotent=True,
            notes="It is a draft until it is pushed. Without a job description or a process map it is "
            "`validation_failed` until it gets one.",
        ),
    )
    async def create(self, call: NamedDependency[Call]) -> Reply:
        """A role of source `api`."""
        given, ignored = await call.body(RoleIn)
        new = await asyncio.to_thread(_new, given)
        jobs: list[int] = []

        async def work(tx: Tx) -> Reply:
            made = await roles.create(tx, call.caller.company_id, new)
            jobs.extend(made.jobs)
            shown = role(await roles.get(tx, call.caller.company_id, made.id), base_of(call))
            await audit.record(tx, call.caller, "role.created", shown.id)
            return Reply(shown, 201, headers={"Location": shown.links["self"]}, ignored=ignored)

        reply = await call.once(work)
        await call.services.ring(jobs, 0)
        return reply

    @get(
        "/",
        **operation(
            "searchRoles",
            "List roles",
            scope="roles:read",
            query=RoleQuery,
            answers={
                200: Answer(
                    kind=RoleList, example={"results": [ROLE_EXAMPLE], "next_cursor": None, "has_more": False}
                )
            },
        ),
    )
    async def list(self, call: NamedDependency[Call]) -> Reply:
        """Oldest change first, so that whoever follows with `updated_since` misses nothing; it reaches back
        five seconds further, so a page may repeat what was seen."""
        given = call.query(RoleQuery)
        company_id = call.caller.company_id
        async with call.tx() as tx:
            found = await reading.role_ids(
                tx,
                company_id,
                given,
                limit=given.limit + 1,
                after=paging.place(given.cursor),
                newest_first=given.order == "newest",
            )
            rows = await reading.roles(tx, company_id, found[: given.limit])
        more = len(found) > given.limit
        cursor = paging.cursor((rows[-1].updated_at, rows[-1].id)) if more else None
        return Reply(RoleList([role(row, base_of(call)) for row in rows], cursor, more))

    @get(
        "/summary",
        **operation(
            "countRoles",
            "How many roles there are of each kind",
            scope="roles:read",
            answers={200: Answer(kind=RoleCounts, example={"results": [_COUNTED]})},
        ),
    )
    async def summary(self, call: NamedDependency[Call]) -> Reply:
        """By state, source, family, level, priority and country: what a list of roles can be narrowed by."""
        async with call.tx() as tx:
            return Reply(RoleCounts(await reading.role_summary(tx, call.caller.company_id)))

    @get(
        "/{role_id:str}",
        **operation(
            "getRole",
            "One role",
            scope="roles:read",
            params={"role_id": ROLE},
            answers={200: Answer(kind=RoleOut, example=ROLE_EXAMPLE)},
        ),
    )
    async def show(self, call: NamedDependency[Call], role_id: FromPath[str]) -> Reply:
        """With its documents, without their texts."""
        async with call.tx() as tx:
            return await _shown(call, tx, role_id)

    @patch(
        "/{role_id:str}",
        **operation(
            "updateRole",
            "Change a role by hand",
            scope="roles:write",
            params={"role_id": ROLE},
            body=Body(kind=RoleChange, examples={"title": {"title": "Senior Nurse", "grade": None}}),
            answers={200: Answer(kind=RoleOut, example=ROLE_EXAMPLE)},
            errors=(Conflict,),
            notes="What really changes makes a new revision; a role that was assessed becomes stale until it "
            "is pushed again. Attributes are merged one by one. The HRIS' next change may overwrite it.",
        ),
    )
    async def update(self, call: NamedDependency[Call], role_id: FromPath[str]) -> Reply:
        """A field that is not there stays as it is."""
        given, ignored = await call.body(RoleChange)
        over = _changes(given)
        priority = None if given.priority is UNSET else given.priority
        async with call.tx() as tx:
            id_ = ids.parse("role", role_id)
            jobs = await roles.update(tx, call.caller.company_id, id_, over, priority)
            await audit.record(
                tx, call.caller, "role.changed", ids.show("role", id_), detail={"fields": sorted(over)}
            )
            reply = await _shown(call, tx, role_id, ignored)
        await call.services.ring(jobs, 0)
        return reply

    @delete(
        "/{role_id:str}",
        **operation(
            "deleteRole",
            "Archive a role",
            scope="roles:write",
            params={"role_id": ROLE},
            answers={204: Answer(kind=None, says="Archived. Nothing is deleted.")},
        ),
    )
    async def remove(self, call: NamedDependency[Call], role_id: FromPath[str]) -> None:
        """The same as archiving it; done again it changes nothing."""
        await _archive(call, role_id)

    @post(
        "/{role_id:str}/archive",
        **operation(
            "archiveRole",
            "Take a role out of use",
            scope="roles:write",
            params={"role_id": ROLE},
            answers={200: Answer(kind=RoleOut, example={**ROLE_EXAMPLE, "state": "archived"})},
        ),
    )
    async def archive(self, call: NamedDependency[Call], role_id: FromPath[str]) -> Reply:
        """Its waiting runs are cancelled, one that acts is left to end, nothing is deleted."""
        await _archive(call, role_id)
        async with call.tx() as tx:
            return await _shown(call, tx, role_id)

    @post(
        "/{role_id:str}/restore",
        **operation(
            "restoreRole",
            "Bring an archived role back",
            scope="roles:write",
            params={"role_id": ROLE},
            answers={200: Answer(kind=RoleOut, example=ROLE_EXAMPLE)},
        ),
    )
    async def restore(self, call: NamedDependency[Call], role_id: FromPath[str]) -> Reply:
        """It is not pushed by this."""
        async with call.tx() as tx:
            id_ = ids.parse("role", role_id)
            jobs = await roles.restore(tx, call.caller.company_id, id_)
            await audit.record(tx, call.caller, "role.restored", ids.show("role", id_))
            reply = await _shown(call, tx, role_id)
        await call.services.ring(jobs, 0)
        return reply

    @post(
        "/import",
        **operation(
            "importRoles",
            "Bring roles in as a CSV",
            scope="roles:write",
            query=SheetQuery,
            body=Body(
                kind=None,
                examples={"two": "title,code,job_description\nRegistered Nurse,R-1042,Cares for patients"},
                media_types=("text/csv",),
            ),
            answers={
                202: Answer(kind=Receipt, example=RECEIPT_EXAMPLE, headers={"Location": "The source event."})
            },
            idempotent=True,
            notes=f"Up to {sheets.MOST_ROWS} rows in 5 MB, UTF-8, with a header line: title, code, "
            "source_id, family, level, grade, country, status, job_description, process_map, sop, other (in "
            "any case, with or without underscores). A row whose source_id or code is known changes that "
            "role. All rows stay drafts until they are pushed.",
        ),
    )
    async def take_sheet(self, call: NamedDependency[Call]) -> Reply:
        """One row a role; a verdict for each."""
        given = call.query(SheetQuery)
        hook = Hook(
            company_id=call.caller.company_id,
            client_id=call.caller.id,
            actor_kind="client",
            actor_id=call.caller.shown_id,
            source=sheets.SHEET,
            body=await call.raw(SHEET_BYTES),
            content_type="text/csv",
            strict=given.strict,
            drafts_only=True,
        )
        return await take_in(call, hook)


async def _shown(call: Call, tx: Tx, role_id: str, ignored: list[str] | None = None) -> Reply:
    row = await roles.get(tx, call.caller.company_id, ids.parse("role", role_id))
    return Reply(role(row, base_of(call)), ignored=ignored)


async def _archive(call: Call, role_id: str) -> None:
    async with call.tx() as tx:
        id_ = ids.parse("role", role_id)
        jobs = await roles.archive(tx, call.caller.company_id, id_)
        await audit.record(tx, call.caller, "role.archived", ids.show("role", id_))
    await call.services.ring(jobs, 0)


def _new(given: RoleIn) -> NewRole:
    """The role as it will be kept: texts on one line, documents cleaned."""
    record = RoleRecord(
        title=_titled(given.title),
        code=plain(given.code),
        family=plain(given.family),
        level=plain(given.level),
        grade=plain(given.grade),
        status=given.status,
        countries=_countries(given.countries),
        attributes=given.attributes,
    )
    texts = tuple(
        documents.read(one.kind, one.title, one.text, one.html, field=f"documents[{index}].")
        for index, one in enumerate(given.documents)
    )
    return NewRole(record=record, source_id=plain(given.source_id), priority=given.priority, documents=texts)


def _changes(given: RoleChange) -> dict[str, Any]:
    over: dict[str, Any] = {}
    for name in ("code", "family", "level", "grade"):
        value = getattr(given, name)
        if value is None:
            over[name] = None
        elif value is not UNSET and plain(value):
            over[name] = plain(value)
    if given.title is not UNSET and given.title.strip():
        over["title"] = _titled(given.title)
    if given.countries is not UNSET:
        over["countries"] = _countries(given.countries or [])
    if given.attributes is not UNSET:
        over["attributes"] = given.attributes
    return over


def _titled(text: str) -> str:
    title = plain(text)
    if title is None:
        message = "The title has no letters in it; a role needs a name."
        raise Invalid(message, errors=[FieldError("title", message)], action="Send a title.")
    return title


def _countries(codes: list[str]) -> list[str]:
    return [code for code in (" ".join(one.split()).upper() for one in codes) if code]

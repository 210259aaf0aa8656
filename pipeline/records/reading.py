"""Roles, documents and source events as they are shown, one typed function per named query."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from kit.db import Tx
from kit.paging import OVERLAP, Place
from pipeline.records.quality import Quality
from pipeline.records.store import required_documents, sql
from pipeline.runs.lifecycle import State

Kind = Literal["job_description", "process_map", "sop", "other"]
Origin = Literal["hris", "api", "csv", "upload"]
FetchStatus = Literal["waiting", "fetching", "fetched", "failed", "no_connection"]
SourceStatus = Literal["accepted", "partly_accepted", "rejected", "empty"]


class RoleFilter(msgspec.Struct, kw_only=True):
    """Which roles are meant; what is empty does not filter. `q` is part of a title or code. Families are in
    a `family_group`."""

    state: list[State] = []
    source: list[str] = []
    status: list[Literal["active", "inactive", "unknown"]] = []
    priority: list[Literal["P0", "P1", "P2"]] = []
    country: list[str] = []
    family: str = ""
    family_group: str = ""
    level: str = ""
    q: str = ""
    complete: bool | None = None
    updated_since: datetime | None = None


class Counted(msgspec.Struct, frozen=True):
    """How many roles have a value."""

    dimension: Literal["state", "source", "family", "level", "priority", "country"]
    value: str
    roles: int


class DocumentHeld(msgspec.Struct, frozen=True):
    """A current document of a role."""

    id: UUID
    kind: Kind
    title: str
    version: int
    origin: Origin


class RoleRow(msgspec.Struct, frozen=True, kw_only=True):
    """A role with what it holds."""

    id: UUID
    source: str
    source_id: str
    title: str
    code: str | None
    family: str | None
    level: str | None
    grade: str | None
    status: Literal["active", "inactive", "unknown"]
    state: State
    visible: bool
    priority: Literal["P0", "P1", "P2"]
    revision: int
    published_revision: int | None
    published_at: datetime | None
    stale_since: datetime | None
    flags: list[str]
    degraded: list[str]
    last_run_id: UUID | None
    last_error: dict[str, Any] | None
    mapping_version: str
    record: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    dashboard_url: str | None
    documents: list[DocumentHeld]
    complete: bool


class DocumentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a document; `text` and `html` only where they were asked for, `quality` once it was
    looked at. Without a role it is a document of the company as a whole."""

    id: UUID
    role_id: UUID | None
    role_title: str | None
    kind: Kind
    title: str
    version: int
    origin: Origin
    current: bool
    replaces: UUID | None
    sha256: str
    characters: int
    quality: Quality | None
    created_at: datetime
    updated_at: datetime
    text: str | None
    html: str | None


class FetchRow(msgspec.Struct, frozen=True):
    """An object that a source event named without its content, and how far fetching it is."""

    object: str
    status: FetchStatus
    detail: str | None
    sync_id: UUID | None
    due_at: datetime


class SourceEventRow(msgspec.Struct, frozen=True, kw_only=True):
    """A call into a webhook; `kept` says whether its bytes are there, `items` are the verdicts."""

    id: UUID
    source: str
    client_id: UUID | None
    event_key: str | None
    content_type: str | None
    body_sha256: str
    body_size: int
    kept: bool
    status: SourceStatus
    shape: str | None
    problem: dict[str, Any] | None
    warnings: list[dict[str, Any]]
    accepted: int
    rejected: int
    replay_of: UUID | None
    origin: Literal["webhook", "csv", "sync"]
    sync_id: UUID | None
    received_at: datetime
    updated_at: datetime
    items: list[dict[str, Any]]
    fetches: list[FetchRow] = []


class SourceBytes(msgspec.Struct, frozen=True):
    """What was sent, byte for byte; None when only the refusal was kept."""

    source: str
    content_type: str | None
    body: bytes | None


async def role_ids(
    tx: Tx,
    company_id: UUID,
    wanted: RoleFilter,
    *,
    limit: int,
    after: Place | None = None,
    newest_first: bool = False,
) -> list[UUID]:
    """The roles that are meant, in the order of their last change: oldest first, or newest."""
    params = {
        "company_id": company_id,
        "state": wanted.state or None,
        "source": wanted.source or None,
        "status": wanted.status or None,
        "priority": wanted.priority or None,
        "country": [code.upper() for code in wanted.country] or None,
        "family": wanted.family.strip() or None,
        "family_group": wanted.family_group.strip() or None,
        "level": wanted.level.strip() or None,
        "q": _containing(wanted.q),
        "complete": wanted.complete,
        "required": list(await required_documents(tx, company_id)),
        "since": wanted.updated_since and wanted.updated_since - OVERLAP,
        "limit": limit,
        **_after(after),
    }
    query = sql["newest_role_ids"] if newest_first else sql["role_ids"]
    return [row["id"] for row in await tx.all(query, params)]


async def role_summary(tx: Tx, company_id: UUID) -> list[Counted]:
    """How many roles there are of each state, source, family, level, priority and country."""
    return await tx.all(sql["role_summary"], {"company_id": company_id}, into=Counted)


async def roles(tx: Tx, company_id: UUID, ids: list[UUID]) -> list[RoleRow]:
    """The company's roles among `ids`, in their order there."""
    required = list(await required_documents(tx, company_id))
    params = {"company_id": company_id, "ids": ids, "required": required}
    found = await tx.all(sql["roles"], params, into=RoleRow)
    by_id = {row.id: row for row in found}
    return [by_id[id_] for id_ in ids if id_ in by_id]


async def document_ids(
    tx: Tx,
    company_id: UUID,
    *,
    role_id: UUID | None,
    company_wide: bool,
    kinds: list[str],
    current: bool | None,
    since: datetime | None,
    limit: int,
    after: Place | None,
) -> list[UUID]:
    """Documents in the order of their last change."""
    params = {
        "company_id": company_id,
        "role_id": role_id,
        "company_wide": company_wide,
        "kind": kinds or None,
        "current": current,
        "since": since and since - OVERLAP,
        "limit": limit,
        **_after(after),
    }
    return [row["id"] for row in await tx.all(sql["document_ids"], params)]


async def documents(tx: Tx, company_id: UUID, ids: list[UUID], *, texts: bool) -> list[DocumentRow]:
    """The company's documents among `ids`, in their order there."""
    params = {"company_id": company_id, "ids": ids, "texts": texts}
    by_id = {row.id: row for row in await tx.all(sql["documents"], params, into=DocumentRow)}
    return [by_id[id_] for id_ in ids if id_ in by_id]


def _containing(text: str) -> str | None:
    text = text.strip()
    for sign in ("\\", "%", "_"):
        text = text.replace(sign, "\\" + sign)
    return f"%{text}%" if text else None


def _after(place: Place | None) -> dict[str, Any]:
    return {"place_at": place[0] if place else None, "place_id": place[1] if place else None}

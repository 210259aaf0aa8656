"""Documents by hand: the texts by which a role is assessed."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from connector.api.receipts import base_of
from control import audit
from kit import ids, paging
from kit.db import Tx
from kit.errors import Conflict, FieldError, Invalid, NotFound
from pipeline.records import documents, quality, reading
from pipeline.records.quality import Quality
from pipeline.records.reading import DocumentRow, Kind, Origin

_DOC = "doc_01990a6b4c7d7e2fb1a0c3d4e5f6071b"
_ROLE = "role_01990a6b4c7d7e2fb1a0c3d4e5f60719"
Title = Annotated[str, Meta(max_length=500)]


class DocumentText(msgspec.Struct, kw_only=True):
    """A document as it is given: either `text` or `html`. Without a title it is named by its kind."""

    kind: Kind = "job_description"
    title: Title | None = None
    text: str | None = None
    html: str | None = None


class DocumentIn(DocumentText, kw_only=True):
    """A document for a role, or with `company_wide` of the company as a whole. One of the same kind and title
    is replaced by it."""

    role_id: str | None = None
    company_wide: bool = False


class DocumentQuery(msgspec.Struct, kw_only=True):
    """Which documents; `company_wide` true: those of no role. `current` false: those that were replaced or
    retired; `all` true: both."""

    role_id: str = ""
    company_wide: bool = False
    kind: list[Kind] = []
    current: bool = True
    all: bool = False
    updated_since: datetime | None = None
    cursor: str = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class DocumentOut(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a document, without its text; `characters` is the length of that, `quality` what it is
    worth as a basis (None: nobody has looked yet). Without a role it is the company's as a whole."""

    id: str
    role_id: str | None
    role_title: str | None
    kind: Kind
    title: str
    version: int
    origin: Origin
    current: bool
    replaces: str | None
    sha256: str
    characters: int
    quality: Quality | None
    created_at: datetime
    updated_at: datetime
    links: dict[str, str]


class DocumentWithText(DocumentOut, frozen=True, kw_only=True):
    """One version of a document: `text` is what is assessed, `html` is safe to show."""

    text: str
    html: str | None


class DocumentList(msgspec.Struct, frozen=True):
    """A page of documents, oldest change first."""

    results: list[DocumentOut]
    next_cursor: str | None
    has_more: bool


EXAMPLE: dict[str, Any] = {
    "id": _DOC,
    "role_id": _ROLE,
    "role_title": "Registered Nurse",
    "kind": "job_description",
    "title": "Job description",
    "version": 2,
    "origin": "api",
    "current": True,
    "replaces": "doc_01990a6b4c7d7e2fb1a0c3d4e5f6071a",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "characters": 47,
    "quality": {
        "score": 35,
        "reasons": [
            {"code": "short", "says": "It has only 7 words.", "points": 40},
            {"code": "few_tasks", "says": "Only 1 of its sentences read like a task.", "points": 25},
        ],
        "guess": "other",
        "p_jd": 0.3,
        "tasks": 1,
        "words": 7,
    },
    "created_at": "2026-11-22T09:30:00Z",
    "updated_at": "2026-11-22T09:30:00Z",
    "links": {
        "self": f"https://connector.example.com/v1/documents/{_DOC}",
        "role": f"https://connector.example.com/v1/roles/{_ROLE}",
    },
}
_WITH_TEXT = {
    **EXAMPLE,
    "text": "Cares for patients and keeps their records.",
    "html": "<p>Cares for patients and keeps their records.</p>",
}
_LOCATION = {"Location": "The document."}


class Documents(Controller):
    """The texts of roles."""

    path = "/v1/documents"
    tags = ["Documents"]  # noqa: RUF012 - Litestar's own attribute

    @post(
        "/",
        **operation(
            "createDocument",
            "Give a role a document",
            scope="documents:write",
            body=Body(
                kind=DocumentIn,
                examples={
                    "html": {
                        "role_id": _ROLE,
                        "kind": "job_description",
                        "html": "<p>Cares for patients.</p>",
                    },
                    "text": {
                        "role_id": _ROLE,
                        "kind": "process_map",
                        "text": "1. Admit\n2. Treat\n3. Discharge",
                    },
                },
            ),
            answers={
                200: Answer(kind=DocumentOut, example=EXAMPLE, says="The role has this very text already."),
                201: Answer(kind=DocumentOut, example=EXAMPLE, says="Kept.", headers=_LOCATION),
            },
            errors=(Conflict, NotFound),
            idempotent=True,
            notes="HTML is cleaned. A document of the same kind and title is replaced by a new version. The "
            "role gets a new revision; one that was assessed becomes stale until it is pushed again.",
        ),
    )
    async def create(self, call: NamedDependency[Call]) -> Reply:
        """A new document, or a new version of one."""
        given, ignored = await call.body(DocumentIn)
        role_id = _role_of(given)
        text = await asyncio.to_thread(documents.read, given.kind, given.title, given.text, given.html)
        checked = await asyncio.to_thread(quality.of, text.kind, text.text)
        jobs: list[int] = []

        async def work(tx: Tx) -> Reply:
            company_id = call.caller.company_id
            if role_id is None:
                added = await documents.add_company_wide(tx, company_id, text, checked)
            else:
                added = await documents.add(tx, company_id, role_id, text, checked)
            jobs.extend(added.jobs)
            shown = document(await documents.get(tx, company_id, added.id), base_of(call))
            if not added.new:
                return Reply(shown, 200, ignored=ignored)
            await audit.record(tx, call.caller, "document.added", shown.id, detail={"role_id": shown.role_id})
            return Reply(shown, 201, headers={"Location": shown.links["self"]}, ignored=ignored)

        reply = await call.once(work)
        await call.services.ring(jobs, 0)
        return reply

    @get(
        "/",
        **operation(
            "searchDocuments",
            "List documents",
            scope="documents:read",
            query=DocumentQuery,
            errors=(NotFound,),
            answers={
                200: Answer(
                    kind=DocumentList, example={"results": [EXAMPLE], "next_cursor": None, "has_more": False}
                )
            },
        ),
    )
    async def list(self, call: NamedDependency[Call]) -> Reply:
        """Without their texts. `updated_since` reaches back five seconds further, so a page may repeat what
        was seen and never misses anything."""
        given = call.query(DocumentQuery)
        async with call.tx() as tx:
            found = await reading.document_ids(
                tx,
                call.caller.company_id,
                role_id=ids.parse("role", given.role_id) if given.role_id else None,
                company_wide=given.company_wide,
                kinds=[*given.kind],
                current=None if given.all else given.current,
                since=given.updated_since,
                limit=given.limit + 1,
                after=paging.place(given.cursor),
            )
            rows = await reading.documents(tx, call.caller.company_id, found[: given.limit], texts=False)
        more = len(found) > given.limit
        cursor = paging.cursor((rows[-1].updated_at, rows[-1].id)) if more else None
        return Reply(DocumentList([document(row, base_of(call)) for row in rows], cursor, more))

    @get(
        "/{document_id:str}",
        **operation(
            "getDocument",
            "One document with its text",
            scope="documents:read",
            params={"document_id": _DOC},
            answers={200: Answer(kind=DocumentWithText, example=_WITH_TEXT)},
        ),
    )
    async def show(self, call: NamedDependency[Call], document_id: FromPath[str]) -> Reply:
        """Also one that was replaced or retired."""
        async with call.tx() as tx:
            row = await documents.get(tx, call.caller.company_id, ids.parse("doc", document_id))
        shown = msgspec.structs.asdict(document(row, base_of(call)))
        return Reply(DocumentWithText(**shown, text=row.text or "", html=row.html))

    @delete(
        "/{document_id:str}",
        **operation(
            "deleteDocument",
            "Retire a document",
            scope="documents:write",
            params={"document_id": _DOC},
            answers={204: Answer(kind=None, says="The role no longer has it; it stays readable.")},
            errors=(Conflict,),
        ),
    )
    async def retire(self, call: NamedDependency[Call], document_id: FromPath[str]) -> None:
        """Done again it changes nothing."""
        async with call.tx() as tx:
            id_ = ids.parse("doc", document_id)
            jobs = await documents.retire(tx, call.caller.company_id, id_)
            await audit.record(tx, call.caller, "document.retired", ids.show("doc", id_))
        await call.services.ring(jobs, 0)


def _role_of(given: DocumentIn) -> UUID | None:
    """The role that is meant; None for the company as a whole. Raises Invalid unless one of both was said."""
    if bool(given.role_id) == given.company_wide:
        message = "A document needs either role_id or company_wide."
        raise Invalid(message, errors=[FieldError("role_id", message)], action="Say one of the two.")
    return ids.parse("role", given.role_id) if given.role_id else None


def document(row: DocumentRow, base: str) -> DocumentOut:
    """A document as it is shown."""
    id_ = ids.show("doc", row.id)
    role_id = ids.show("role", row.role_id) if row.role_id else None
    links = {"self": f"{base}/v1/documents/{id_}"} | (
        {"role": f"{base}/v1/roles/{role_id}"} if role_id else {}
    )
    return DocumentOut(
        id=id_,
        role_id=role_id,
        role_title=row.role_title,
        kind=row.kind,
        title=row.title,
        version=row.version,
        origin=row.origin,
        current=row.current,
        replaces=ids.show("doc", row.replaces) if row.replaces else None,
        sha256=row.sha256,
        characters=row.characters,
        quality=row.quality,
        created_at=row.created_at,
        updated_at=row.updated_at,
        links=links,
    )

"""Source events: what came in, byte for byte, what was made of it, and taking it in again."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from adapters.model import Problem
from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from connector.api.receipts import (
    ITEM_EXAMPLES,
    RECEIPT_EXAMPLE,
    ItemOut,
    Receipt,
    Remark,
    base_of,
    item,
    remark,
    take_in,
)
from control import audit
from kit import ids, paging
from kit.errors import NotFound
from pipeline.records import source_events
from pipeline.records.model import Verdict
from pipeline.records.reading import FetchStatus, SourceEventRow, SourceStatus
from webhooks.intake import Hook

_SRC = "src_01990a6b4c7d7e2fb1a0c3d4e5f60718"
_MEDIA_TYPE = re.compile(r"^[\w.+-]+/[\w.+-]+(;[\x20-\x7e]*)?$")


class SourceEventQuery(msgspec.Struct, kw_only=True):
    """Which source events; `role_id`: those that had to do with a role; `sync_id`: a sync's."""

    source: list[str] = []
    status: list[SourceStatus] = []
    event_id: str = ""
    role_id: str = ""
    sync_id: str = ""
    updated_since: datetime | None = None
    until: datetime | None = None
    cursor: str = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class ReplayIn(msgspec.Struct):
    """How the bytes are to be taken in again: nothing pushed (`drafts`), all or none (`strict`)."""

    drafts: bool = False
    strict: bool = False


class SourceEventOut(msgspec.Struct, frozen=True, kw_only=True):
    """One call into a webhook. `problem` says why it was refused as a whole; `kept` whether its bytes are
    there. `event_id` is the source's own id of it."""

    id: str
    source: str
    client_id: str | None
    event_id: str | None
    content_type: str | None
    sha256: str
    size: int
    kept: bool
    status: SourceStatus
    shape: str | None
    problem: Remark | None
    warnings: list[Remark]
    accepted: int
    rejected: int
    replay_of: str | None
    origin: Literal["webhook", "csv", "sync"]
    sync_id: str | None
    received_at: datetime
    updated_at: datetime
    links: dict[str, str]


class FetchOut(msgspec.Struct, frozen=True):
    """An object that the call only named, to be fetched over the company's connection: when, and how far."""

    object: str
    status: FetchStatus
    detail: str | None
    sync_id: str | None
    due_at: datetime


class SourceEventWithItems(SourceEventOut, frozen=True, kw_only=True):
    """One call into a webhook with the verdict on each of its items, and what it made us fetch."""

    results: list[ItemOut]
    fetches: list[FetchOut]


class SourceEventList(msgspec.Struct, frozen=True):
    """A page of source events, newest first."""

    results: list[SourceEventOut]
    next_cursor: str | None
    has_more: bool


_EXAMPLE: dict[str, Any] = {
    "id": _SRC,
    "source": "workday",
    "client_id": "client_01990a6b4c7d7e2fb1a0c3d4e5f60720",
    "event_id": "evt-2026-11-22-17",
    "content_type": "application/xml",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "size": 18231,
    "kept": True,
    "status": "partly_accepted",
    "shape": "soap_xml",
    "problem": None,
    "warnings": [],
    "accepted": 1,
    "rejected": 1,
    "replay_of": None,
    "origin": "webhook",
    "sync_id": None,
    "received_at": "2026-11-22T09:30:00Z",
    "updated_at": "2026-11-22T09:30:00Z",
    "links": {
        "self": f"https://connector.example.com/v1/source-events/{_SRC}",
        "raw": f"https://connector.example.com/v1/source-events/{_SRC}/raw",
        "replay": f"https://connector.example.com/v1/source-events/{_SRC}/replay",
    },
}
_WITH_ITEMS: dict[str, Any] = {
    **_EXAMPLE,
    "results": ITEM_EXAMPLES,
    "fetches": [
        {
            "object": "R-1044",
            "status": "fetched",
            "detail": None,
            "sync_id": "sync_01990a6b4c7d7e2fb1a0c3d4e5f60719",
            "due_at": "2026-11-22T09:30:00Z",
        }
    ],
}


class SourceEvents(Controller):
    """What came in."""

    path = "/v1/source-events"
    tags = ["Webhooks"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "searchSourceEvents",
            "List what came in",
            scope="source_events:read",
            query=SourceEventQuery,
            errors=(NotFound,),
            answers={
                200: Answer(
                    kind=SourceEventList,
                    example={"results": [_EXAMPLE], "next_cursor": None, "has_more": False},
                )
            },
        ),
    )
    async def list(self, call: NamedDependency[Call]) -> Reply:
        """Also what was refused. Newest first, without the items."""
        given = call.query(SourceEventQuery)
        async with call.tx() as tx:
            rows = await source_events.page(
                tx,
                call.caller.company_id,
                sources=[*given.source],
                statuses=[*given.status],
                event_key=given.event_id,
                role_id=ids.parse("role", given.role_id) if given.role_id else None,
                sync_id=ids.parse("sync", given.sync_id) if given.sync_id else None,
                since=given.updated_since,
                until=given.until,
                after=paging.place(given.cursor),
                limit=given.limit + 1,
            )
        more = len(rows) > given.limit
        rows = rows[: given.limit]
        cursor = paging.cursor((rows[-1].received_at, rows[-1].id)) if more else None
        return Reply(SourceEventList([source_event(row, base_of(call)) for row in rows], cursor, more))

    @get(
        "/{source_event_id:str}",
        **operation(
            "getSourceEvent",
            "One call into a webhook, with its verdicts",
            scope="source_events:read",
            params={"source_event_id": _SRC},
            answers={200: Answer(kind=SourceEventWithItems, example=_WITH_ITEMS)},
        ),
    )
    async def show(self, call: NamedDependency[Call], source_event_id: FromPath[str]) -> Reply:
        """The verdicts are those that the call was answered with."""
        async with call.tx() as tx:
            row = await source_events.get(tx, call.caller.company_id, ids.parse("src", source_event_id))
        verdicts = msgspec.convert(row.items, list[Verdict], strict=False)
        shown = msgspec.structs.asdict(source_event(row, base_of(call)))
        results = [item(verdict) for verdict in verdicts]
        return Reply(SourceEventWithItems(**shown, results=results, fetches=_fetches(row)))

    @get(
        "/{source_event_id:str}/raw",
        **operation(
            "getSourceEventBytes",
            "What was sent, byte for byte",
            scope="source_events:read",
            params={"source_event_id": _SRC},
            answers={
                200: Answer(
                    kind=str,
                    example="<Get_Job_Profiles_Response/>",
                    media_type="*/*",
                    says="The bytes, with the content type they came with.",
                    headers={"Content-Disposition": "Always an attachment."},
                )
            },
        ),
    )
    async def raw(self, call: NamedDependency[Call], source_event_id: FromPath[str]) -> Response[bytes]:
        """Kept for 90 days."""
        async with call.tx() as tx:
            id_ = ids.parse("src", source_event_id)
            found = await source_events.raw(tx, call.caller.company_id, id_)
            await audit.record(tx, call.caller, "source_event.read", ids.show("src", id_))
        kind = found.content_type or ""
        return Response(
            found.body or b"",
            headers={
                "content-type": kind if _MEDIA_TYPE.match(kind) else "application/octet-stream",
                "Content-Disposition": f'attachment; filename="{ids.show("src", id_)}"',
                "Content-Security-Policy": "sandbox",
            },
        )

    @post(
        "/{source_event_id:str}/replay",
        **operation(
            "replaySourceEvent",
            "Take the same bytes in again",
            scope="source_events:write",
            params={"source_event_id": _SRC},
            body=Body(kind=ReplayIn, examples={"drafts": {"drafts": True}}, required=False),
            answers={
                202: Answer(
                    kind=Receipt, example=RECEIPT_EXAMPLE, headers={"Location": "The new source event."}
                )
            },
            idempotent=True,
        ),
    )
    async def replay(self, call: NamedDependency[Call], source_event_id: FromPath[str]) -> Reply:
        """As if they had come just now, with today's mapping and push policy. What is unchanged makes no
        second run, unless its last run failed."""
        given, ignored = await call.body(ReplayIn)
        async with call.tx() as tx:
            id_ = ids.parse("src", source_event_id)
            found = await source_events.raw(tx, call.caller.company_id, id_)
            await audit.record(tx, call.caller, "source_event.replayed", ids.show("src", id_))
        hook = Hook(
            company_id=call.caller.company_id,
            client_id=call.caller.id,
            actor_kind="client",
            actor_id=call.caller.shown_id,
            source=found.source,
            body=found.body or b"",
            content_type=found.content_type,
            strict=given.strict,
            drafts_only=given.drafts,
            replay_of=id_,
        )
        return await take_in(call, hook, ignored=ignored)


def _fetches(row: SourceEventRow) -> list[FetchOut]:
    return [
        FetchOut(
            one.object,
            one.status,
            one.detail,
            ids.show("sync", one.sync_id) if one.sync_id else None,
            one.due_at,
        )
        for one in row.fetches
    ]


def source_event(row: SourceEventRow, base: str) -> SourceEventOut:
    """A source event as it is shown."""
    url = f"{base}/v1/source-events/{ids.show('src', row.id)}"
    return SourceEventOut(
        id=ids.show("src", row.id),
        source=row.source,
        client_id=ids.show("client", row.client_id) if row.client_id else None,
        event_id=row.event_key,
        content_type=row.content_type,
        sha256=row.body_sha256,
        size=row.body_size,
        kept=row.kept,
        status=row.status,
        shape=row.shape,
        problem=remark(msgspec.convert(row.problem, Problem)) if row.problem else None,
        warnings=[remark(msgspec.convert(one, Problem)) for one in row.warnings],
        accepted=row.accepted,
        rejected=row.rejected,
        replay_of=ids.show("src", row.replay_of) if row.replay_of else None,
        origin=row.origin,
        sync_id=ids.show("sync", row.sync_id) if row.sync_id else None,
        received_at=row.received_at,
        updated_at=row.updated_at,
        links={"self": url, "raw": f"{url}/raw", "replay": f"{url}/replay"},
    )

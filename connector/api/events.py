"""The event feed: everything that happens in a company, once and in order."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency
from msgspec import Meta

from connector.api.http import Call, Reply
from connector.api.operation import Answer, operation
from connector.api.receipts import base_of
from connector.api.units import LINKS, ROLE, RUN
from kit.errors import Gone
from pipeline.log import feed
from pipeline.log.event import Event

_COMPANY = "company_01990a6b4c7d7e2fb1a0c3d4e5f60717"
EVENT: dict[str, Any] = {
    "id": "evt_01990a6b000000000000002a",
    "type": "run.finished",
    "version": 42,
    "sequence": 31,
    "occurred_at": "2026-11-22T09:31:12.345678Z",
    "updated_at": "2026-11-22T09:31:12.345678+00:00",
    "company": _COMPANY,
    "tenant": _COMPANY,
    "company_name": "Liberty",
    "run_id": RUN,
    "role_id": ROLE,
    "batch_id": None,
    "connection_id": None,
    "sync_id": None,
    "review_id": None,
    "role_title": "Registered Nurse",
    "role_code": "R-1042",
    "role_source": "workday",
    "role_source_id": "1a2b3c4d5e6f1000a1b2c3d4e5f60718",
    "stage": None,
    "status": "success",
    "display": "done",
    "reason": None,
    "error_code": None,
    "error_message": None,
    "action": None,
    "degraded": [],
    "links": {"run": LINKS["self"], "dashboard": LINKS["dashboard"]},
}


class EventQuery(msgspec.Struct, kw_only=True):
    """Events after a cursor (empty: from the beginning, or from `since`). `type` may be repeated, and
    `run.*` stands for all that begin so."""

    cursor: str = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    since: datetime | None = None
    type: list[str] = []


class EventList(msgspec.Struct, frozen=True):
    """A page of the log. `next_cursor` is always there: keep it, and go on from it next time."""

    results: list[Event]
    next_cursor: str
    has_more: bool


class Events(Controller):
    """For triggers and for reconciliation."""

    path = "/v1/events"
    tags = ["Events"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "searchEvents",
            "The company's event log from a cursor on",
            scope="events:read",
            query=EventQuery,
            answers={
                200: Answer(
                    kind=EventList,
                    example={
                        "results": [EVENT],
                        "next_cursor": "AZkKa0x9fi-xoMPU5fYHGAAAAAAAAAfRAAAAAAAAACo",
                        "has_more": False,
                    },
                )
            },
            errors=(Gone,),
            notes="Oldest first, with neither gap nor repeat for whoever keeps next_cursor. An event "
            "appears as soon "
            "as nothing before it can still come. Events are kept for 60 days. After a restore of "
            "the database an old "
            "cursor is answered 410, which says how to go on.",
        ),
    )
    async def search(self, call: NamedDependency[Call]) -> Reply:
        """A page; an empty one keeps the cursor as it is."""
        wanted = call.query(EventQuery)
        async with call.tx() as tx:
            page = await feed.read(
                tx,
                call.caller,
                cursor=wanted.cursor,
                types=wanted.type,
                since=wanted.since,
                limit=wanted.limit,
                base=base_of(call),
            )
        return Reply(EventList(page.events, page.next_cursor, page.has_more))

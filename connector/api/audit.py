"""The audit trail: who did what, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency
from msgspec import Meta

from connector.api.http import Call, Reply
from connector.api.operation import Answer, operation
from control import trail
from kit import paging


class AuditQuery(msgspec.Struct, kw_only=True):
    """Which rows. An `action` that ends at a dot (`role.`) means all that begin so."""

    action: Annotated[str, Meta(max_length=100)] = ""
    actor_id: Annotated[str, Meta(max_length=100)] = ""
    target: Annotated[str, Meta(max_length=100)] = ""
    cursor: str = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One act. `request_id` ties it to the log."""

    id: str
    at: datetime
    actor_kind: str
    actor_id: str
    action: str
    target: str | None
    outcome: str
    request_id: str | None
    detail: dict[str, Any]


class AuditList(msgspec.Struct, frozen=True):
    """A page of acts, newest first."""

    results: list[AuditRow]
    next_cursor: str | None
    has_more: bool


_EXAMPLE: dict[str, Any] = {
    "id": "01990a6b4c7d7e2fb1a0c3d4e5f60718",
    "at": "2026-11-22T09:30:00Z",
    "actor_kind": "person",
    "actor_id": "user_01990a6b4c7d7e2fb1a0c3d4e5f60718",
    "action": "role.pushed",
    "target": "role_01990a6b4c7d7e2fb1a0c3d4e5f60719",
    "outcome": "done",
    "request_id": "req_01990a6b4c7d7e2fb1a0c3d4e5f60720",
    "detail": {"run_id": "run_01990a6b4c7d7e2fb1a0c3d4e5f6071a"},
}


class AuditTrail(Controller):
    """Who did what."""

    path = "/v1/audit"
    tags = ["Company"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "searchAudit",
            "Who did what, newest first",
            scope="audit:read",
            query=AuditQuery,
            answers={
                200: Answer(
                    kind=AuditList, example={"results": [_EXAMPLE], "next_cursor": None, "has_more": False}
                )
            },
        ),
    )
    async def list(self, call: NamedDependency[Call]) -> Reply:
        """A page."""
        given = call.query(AuditQuery)
        async with call.tx() as tx:
            rows = await trail.page(
                tx,
                call.caller.company_id,
                action=given.action,
                actor=given.actor_id,
                target=given.target,
                after=paging.place(given.cursor),
                limit=given.limit + 1,
            )
        page, more = rows[: given.limit], len(rows) > given.limit
        shown = [AuditRow(**{**msgspec.structs.asdict(row), "id": row.id.hex}) for row in page]
        cursor = paging.cursor((page[-1].at, page[-1].id)) if more else None
        return Reply(AuditList(shown, cursor, more))

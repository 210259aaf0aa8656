"""Connections: how we get into a company's HRIS, what we take there and how often."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from litestar import Controller, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from kit import ids
from kit.db import Tx
from webhooks.connections import access, connections, store, testing
from webhooks.connections.connections import Change, New, Warned

_ID = "conn_01990a6b4c7d7e2fb1a0c3d4e5f60718"


class ConnectionOut(msgspec.Struct, frozen=True, kw_only=True):
    """A connection. Secrets in `access` are never shown; `warnings` say what a person has to look at.
    `watermark` is the moment up to which changes were fetched."""

    id: str
    source: str
    name: str
    status: store.ConnectionStatus
    stopped: store.Stopped | None
    access: dict[str, Any]
    scope: store.Scope
    excluded: list[str]
    columns: dict[str, str]
    every_minutes: int | None
    full_every_hours: int | None
    next_sync_at: datetime | None
    next_full_at: datetime | None
    vanish_after: int
    expires_at: datetime | None
    watermark: datetime | None
    last_test: store.Tested | None
    warnings: list[Warned]
    created_at: datetime
    updated_at: datetime


class ConnectionList(msgspec.Struct, frozen=True):
    """All of a company's connections; there is one per source at most."""

    results: list[ConnectionOut]
    next_cursor: str | None
    has_more: bool


_ACCESS = {
    "address": "https://wd2-impl-services1.workday.com",
    "tenant": "acme",
    "auth": {"kind": "username_token", "username": "ISU_Etter@acme", "password": "..."},
}
_SHOWN = {**_ACCESS, "auth": {"kind": "username_token", "username": "ISU_Etter@acme", "password": "[hidden]"}}
_TESTED = {
    "ok": True,
    "detail": "Workday answers, and 2,514 job profiles can be seen.",
    "reason": None,
    "count": 2514,
    "at": "2026-11-22T09:31:00Z",
}
_EXAMPLE: dict[str, Any] = {
    "id": _ID,
    "source": "workday",
    "name": "Workday production",
    "status": "active",
    "stopped": None,
    "access": _SHOWN,
    "scope": {"families": ["Nursing"], "countries": ["DE"], "only_active": True},
    "excluded": ["Job_Profile_Compensation_Data"],
    "columns": {"CF_Job_Title_Long": "title"},
    "every_minutes": 60,
    "full_every_hours": 168,
    "next_sync_at": "2026-11-22T10:30:00Z",
    "next_full_at": "2026-11-29T09:30:00Z",
    "vanish_after": 2,
    "expires_at": "2027-03-01T00:00:00Z",
    "watermark": "2026-11-22T09:30:00Z",
    "last_test": _TESTED,
    "warnings": [{"code": "expiring", "detail": "The credential ends on 2027-03-01; set a new one before."}],
    "created_at": "2026-11-22T09:30:00Z",
    "updated_at": "2026-11-22T09:31:00Z",
}
_IGNORED: dict[str, list[str]] = {"ignored": []}


def shown(connection: store.Connection) -> ConnectionOut:
    """As the API shows it."""
    row = msgspec.structs.asdict(connection)
    row |= {
        "id": ids.show("conn", connection.id),
        "access": row.pop("shown"),
        "last_test": row.pop("checked"),
    }
    return ConnectionOut(**row, warnings=connections.warnings(connection))


class Connections(Controller):
    """How we get into a company's HRIS."""

    path = "/v1/connections"
    tags = ["Connections"]  # noqa: RUF012 - Litestar's own attribute

    @post(
        "/",
        **operation(
            "createConnection",
            "Connect to an HRIS",
            scope="connections:write",
            body=Body(
                kind=New,
                examples={
                    "workday": {"source": "workday", "access": _ACCESS, "every_minutes": 60},
                    "part of it": {
                        "source": "workday",
                        "access": _ACCESS,
                        "scope": {"families": ["Nursing"], "countries": ["DE"], "only_active": True},
                        "excluded": ["Job_Profile_Compensation_Data"],
                    },
                },
            ),
            answers={
                201: Answer(
                    kind=ConnectionOut,
                    example={**_EXAMPLE, **_IGNORED},
                    says="Created. Test it, then start a dry run.",
                    headers={"Location": "The connection."},
                )
            },
            idempotent=True,
            notes="One connection per source. What `access` holds depends on the system and is described in "
            "docs/sync.md; it is kept encrypted and its secrets are never shown again. Hosts must be on the "
            "operator's list.",
        ),
    )
    async def create(self, call: NamedDependency[Call]) -> Reply:
        """Nothing is fetched before a sync is started or scheduled."""
        given, ignored = await call.body(New)

        async def work(tx: Tx) -> Reply:
            made = await connections.create(tx, call.caller, call.services.sources, given)
            headers = {"Location": f"/v1/connections/{ids.show('conn', made.id)}"}
            unknown = access.unknown(made.shown, given.access)
            return Reply(shown(made), 201, headers=headers, ignored=[*ignored, *unknown])

        return await call.once(work)

    @get(
        "/",
        **operation(
            "searchConnections",
            "All connections of the company",
            scope="connections:read",
            answers={
                200: Answer(
                    kind=ConnectionList,
                    example={"results": [_EXAMPLE], "next_cursor": None, "has_more": False},
                )
            },
        ),
    )
    async def listing(self, call: NamedDependency[Call]) -> Reply:
        """By source, in one page."""
        async with call.tx() as tx:
            found = await connections.listing(tx, call.caller)
        return Reply(ConnectionList([shown(one) for one in found], None, has_more=False))

    @get(
        "/{connection_id:str}",
        **operation(
            "getConnection",
            "One connection",
            scope="connections:read",
            params={"connection_id": _ID},
            answers={200: Answer(kind=ConnectionOut, example=_EXAMPLE)},
        ),
    )
    async def show(self, call: NamedDependency[Call], connection_id: FromPath[str]) -> Reply:
        """Without its secrets."""
        async with call.tx() as tx:
            return Reply(shown(await connections.get(tx, call.caller, ids.parse("conn", connection_id))))

    @patch(
        "/{connection_id:str}",
        **operation(
            "updateConnection",
            "Change a connection",
            scope="connections:write",
            params={"connection_id": _ID},
            body=Body(
                kind=Change,
                examples={
                    "a new password": {"access": {"auth": {"password": "..."}}},
                    "each hour": {"every_minutes": 60, "full_every_hours": 168},
                    "switched off": {"status": "off"},
                },
            ),
            answers={200: Answer(kind=ConnectionOut, example={**_EXAMPLE, **_IGNORED})},
            notes="What is left out stays, secrets too; with another address they have to be sent again. "
            "A new access, or `status: active`, also ends a stop.",
        ),
    )
    async def change(self, call: NamedDependency[Call], connection_id: FromPath[str]) -> Reply:
        """Counts from the next sync on; one that is running goes on as it began."""
        given, ignored = await call.body(Change)
        id_ = ids.parse("conn", connection_id)
        async with call.tx() as tx:
            changed = await connections.change(tx, call.caller, call.services.sources, id_, given)
        unknown = access.unknown(changed.shown, given.access) if given.access else []
        return Reply(shown(changed), ignored=[*ignored, *unknown])

    @delete(
        "/{connection_id:str}",
        **operation(
            "deleteConnection",
            "End a connection",
            scope="connections:write",
            params={"connection_id": _ID},
            answers={204: Answer(kind=None, says="Gone, whether or not it was there.")},
        ),
    )
    async def remove(self, call: NamedDependency[Call], connection_id: FromPath[str]) -> None:
        """What let us in is forgotten at once; roles that came over it stay."""
        async with call.tx() as tx:
            await connections.delete(tx, call.caller, ids.parse("conn", connection_id))

    @post(
        "/{connection_id:str}/test",
        **operation(
            "testConnection",
            "Test a connection",
            scope="connections:write",
            params={"connection_id": _ID},
            answers={
                200: Answer(
                    kind=store.Tested,
                    example=_TESTED,
                    says="One sentence says whether it works, and if not what is wrong: `reason` is host, "
                    "credential, permission, switched_off, throttled, unavailable, bad_request, bad_answer.",
                )
            },
        ),
    )
    async def test(self, call: NamedDependency[Call], connection_id: FromPath[str]) -> Reply:
        """Asks the smallest question there is, and fetches nothing."""
        id_ = ids.parse("conn", connection_id)
        return Reply(await testing.check(call.services.db, call.caller, call.services.sources, id_))

"""Syncs: a pull over a connection, asked for, watched and cancelled."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from connector.api.receipts import base_of
from kit import ids, paging
from kit.db import Tx
from kit.errors import Conflict, NotFound
from pipeline.runs.lifecycle import DISPLAY, Display
from webhooks.sync import syncs
from webhooks.sync.model import Counts, Sync, SyncStatus, Waiting, What
from webhooks.sync.syncs import New

_ID = "sync_01990a6b4c7d7e2fb1a0c3d4e5f60719"
_CONNECTION = "conn_01990a6b4c7d7e2fb1a0c3d4e5f60718"


class SyncQuery(msgspec.Struct, kw_only=True):
    """Which syncs."""

    connection_id: str = ""
    status: list[SyncStatus] = []
    cursor: str = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class SyncInputs(msgspec.Struct, frozen=True):
    """What was asked for, and by whom."""

    what: What
    since: datetime | None
    ids: list[str]
    dry_run: bool
    push: bool
    actor_kind: str
    actor_id: str


class SyncWaiting(msgspec.Struct, frozen=True):
    """Why nothing happens at the moment, and from when on it goes on."""

    reason: Waiting
    until: datetime | None


class SyncProgress(msgspec.Struct, frozen=True):
    """How far it is; `pages` and `total` are what the source said, where it says so."""

    page: int
    pages: int | None
    total: int | None
    counts: Counts


class SyncOut(msgspec.Struct, frozen=True, kw_only=True):
    """A sync, in the shape of runs and batches. Its outputs say in one line what it came to
    (`reconciliation` or `summary`), what was left out and why, and of a dry run what a push would cost."""

    id: str
    kind: Literal["sync"]
    connection_id: str
    source: str
    inputs: SyncInputs
    status: SyncStatus
    display: Display
    waiting: SyncWaiting | None
    cancelling: bool
    progress: SyncProgress
    outputs: dict[str, Any]
    error: dict[str, Any] | None
    links: dict[str, str]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    updated_at: datetime


class SyncList(msgspec.Struct, frozen=True):
    """A page of syncs, newest first."""

    results: list[SyncOut]
    next_cursor: str | None
    has_more: bool


_EXAMPLE: dict[str, Any] = {
    "id": _ID,
    "kind": "sync",
    "connection_id": _CONNECTION,
    "source": "workday",
    "inputs": {
        "what": "everything",
        "since": None,
        "ids": [],
        "dry_run": False,
        "push": False,
        "actor_kind": "client",
        "actor_id": "client_01990a6b4c7d7e2fb1a0c3d4e5f60720",
    },
    "status": "success",
    "display": "done",
    "waiting": None,
    "cancelling": False,
    "progress": {
        "page": 26,
        "pages": 26,
        "total": 2514,
        "counts": {
            "found": 2514,
            "in_scope": 2509,
            "out_of_scope": 3,
            "rejected": 2,
            "new": 2509,
            "changed": 0,
            "unchanged": 0,
            "pushed": 0,
            "repeated": 0,
            "characters": 4103220,
        },
    },
    "outputs": {
        "summary": "2,514 found, 2,509 in scope, 2,509 written (2,509 new, 0 changed), all left as drafts.",
        "reconciliation": "Workday 2,514, here 2,509, these 5 because: 3 inactive, and the connection takes "
        "active ones only; 2 without a title.",
    },
    "error": None,
    "links": {
        "self": f"https://connector.example.com/v1/syncs/{_ID}",
        "connection": f"https://connector.example.com/v1/connections/{_CONNECTION}",
        "source_events": f"https://connector.example.com/v1/source-events?sync_id={_ID}",
    },
    "created_at": "2026-11-22T09:30:00Z",
    "started_at": "2026-11-22T09:30:01Z",
    "finished_at": "2026-11-22T09:31:12Z",
    "updated_at": "2026-11-22T09:31:12Z",
}
_IGNORED: dict[str, list[str]] = {"ignored": []}


def shown(sync: Sync, base: str) -> SyncOut:
    """As the API shows it."""
    id_, connection = ids.show("sync", sync.id), ids.show("conn", sync.connection_id)
    waits = sync.waiting and SyncWaiting(sync.waiting, None if sync.waiting == "queue" else sync.due_at)
    return SyncOut(
        id=id_,
        kind="sync",
        connection_id=connection,
        source=sync.source,
        inputs=SyncInputs(
            sync.what, sync.since, sync.wanted, sync.dry_run, sync.push, sync.actor_kind, sync.actor_id
        ),
        status=sync.status,
        display="waiting" if waits else DISPLAY[sync.status],
        waiting=waits or None,
        cancelling=sync.cancelling and sync.finished_at is None,
        progress=SyncProgress(sync.page, sync.pages, sync.total, sync.counts),
        outputs=sync.outputs,
        error=sync.error,
        links={
            "self": f"{base}/v1/syncs/{id_}",
            "connection": f"{base}/v1/connections/{connection}",
            "source_events": f"{base}/v1/source-events?sync_id={id_}",
        },
        created_at=sync.created_at,
        started_at=sync.started_at,
        finished_at=sync.finished_at,
        updated_at=sync.updated_at,
    )


class Syncs(Controller):
    """Pulls over connections."""

    path = "/v1/syncs"
    tags = ["Connections"]  # noqa: RUF012 - Litestar's own attribute

    @post(
        "/",
        **operation(
            "startSync",
            "Fetch job profiles over a connection",
            scope="syncs:write",
            body=Body(
                kind=New,
                examples={
                    "count first": {"source": "workday", "what": "everything", "dry_run": True},
                    "everything as drafts": {"source": "workday", "what": "everything"},
                    "what changed": {"source": "workday", "what": "changed"},
                    "one job profile": {"source": "workday", "what": "ids", "ids": ["R-1042"]},
                },
            ),
            answers={
                202: Answer(
                    kind=SyncOut,
                    example={**_EXAMPLE, **_IGNORED},
                    says="It waits for a worker.",
                    headers={"Location": "The sync.", "Retry-After": "When to look again, in seconds."},
                )
            },
            errors=(NotFound, Conflict),
            idempotent=True,
            notes="`everything` leaves drafts unless `push` is true, which needs a dry run within the last "
            "week first. `changed` begins at `since`, or where the last sync began, and follows the push "
            "policy, as a webhook does. One pull at a time over a connection; `ids` go beside it.",
        ),
    )
    async def start(self, call: NamedDependency[Call]) -> Reply:
        """What comes in is taken in as a webhook's call is: the same verdicts, and nothing twice."""
        given, ignored = await call.body(New)

        async def work(tx: Tx) -> Reply:
            made = await syncs.start(tx, call.caller, given)
            headers = {"Location": f"/v1/syncs/{ids.show('sync', made.id)}", "Retry-After": "2"}
            return Reply(shown(made, base_of(call)), 202, headers=headers, ignored=ignored)

        return await call.once(work)

    @get(
        "/",
        **operation(
            "searchSyncs",
            "List syncs",
            scope="syncs:read",
            query=SyncQuery,
            errors=(NotFound,),
            answers={
                200: Answer(
                    kind=SyncList, example={"results": [_EXAMPLE], "next_cursor": None, "has_more": False}
                )
            },
        ),
    )
    async def listing(self, call: NamedDependency[Call]) -> Reply:
        """Newest first."""
        given = call.query(SyncQuery)
        async with call.tx() as tx:
            found = await syncs.listing(
                tx,
                call.caller,
                connection_id=ids.parse("conn", given.connection_id) if given.connection_id else None,
                status=[*given.status],
                after=paging.place(given.cursor),
                limit=given.limit + 1,
            )
        more = len(found) > given.limit
        found = found[: given.limit]
        cursor = paging.cursor((found[-1].created_at, found[-1].id)) if more else None
        return Reply(SyncList([shown(one, base_of(call)) for one in found], cursor, more))

    @get(
        "/{sync_id:str}",
        **operation(
            "getSync",
            "One sync, as far as it is",
            scope="syncs:read",
            params={"sync_id": _ID},
            answers={200: Answer(kind=SyncOut, example=_EXAMPLE)},
        ),
    )
    async def show(self, call: NamedDependency[Call], sync_id: FromPath[str]) -> Reply:
        """Read from the database alone, also while it runs."""
        async with call.tx() as tx:
            found = await syncs.get(tx, call.caller, ids.parse("sync", sync_id))
        headers = {} if found.finished_at else {"Retry-After": "2"}
        return Reply(shown(found, base_of(call)), headers=headers)

    @post(
        "/{sync_id:str}/cancel",
        **operation(
            "cancelSync",
            "Cancel a sync",
            scope="syncs:write",
            params={"sync_id": _ID},
            answers={202: Answer(kind=SyncOut, example=_EXAMPLE, says="It ends after the page it is at.")},
        ),
    )
    async def cancel(self, call: NamedDependency[Call], sync_id: FromPath[str]) -> Reply:
        """What was taken in stays; nothing is marked as missing. One that is over stays as it is."""
        async with call.tx() as tx:
            found, jobs = await syncs.cancel(tx, call.caller, ids.parse("sync", sync_id))
        await call.services.ring(jobs, 0)
        return Reply(shown(found, base_of(call)), 202)

"""Waits: Workato jobs that sleep until their runs are over, and how waking them went."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from connector.api.units import BATCH, RUN
from kit import ids
from kit.db import Tx
from kit.errors import Conflict, Invalid, NotFound
from webhooks.waits import store, waits
from webhooks.waits.waits import Suspended

_ID = "wait_01990a6b4c7d7e2fb1a0c3d4e5f60718"


class WaitOut(msgspec.Struct, frozen=True, kw_only=True):
    """A suspended job. `failed` is tried again at `next_try_at`; resumed, dead and expired are over. While
    `workspace_status` is stopped nobody calls Workato."""

    id: str
    run_ids: list[str]
    batch_id: str | None
    data_centre: str
    workspace_status: store.WorkspaceStatus
    status: store.WaitStatus
    attempts: int
    next_try_at: datetime | None
    last_status: int | None
    last_error: str | None
    expires_at: datetime
    created_at: datetime
    finished_at: datetime | None
    updated_at: datetime


class WaitTryOut(msgspec.Struct, frozen=True):
    """One call to Workato: its answer's status (null: none came) and the beginning of what it said."""

    number: int
    at: datetime
    status: int | None
    milliseconds: int
    error: str | None
    answer: str | None


class WaitDetail(WaitOut, frozen=True, kw_only=True):
    """A wait with each of its tries."""

    tries: list[WaitTryOut]


class WaitList(msgspec.Struct, frozen=True):
    """A page of waits."""

    results: list[WaitOut]
    next_cursor: str | None
    has_more: bool


class WaitsIn(Suspended, frozen=True, kw_only=True):
    """A job that waits for several runs: name them, or their batch."""

    run_ids: list[str] | None = None
    batch_id: str = ""


class WaitQuery(msgspec.Struct, frozen=True):
    """Which waits, and which page of them."""

    cursor: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100
    status: list[store.WaitStatus] = []
    run_id: str = ""


_TOKEN = {"resume_token": "85cf...", "expires_at": "2026-11-22T10:23:55.513-08:00", "data_centre": "eu"}
_EXAMPLE: dict[str, Any] = {
    "id": _ID,
    "run_ids": [RUN],
    "batch_id": None,
    "data_centre": "eu",
    "workspace_status": "active",
    "status": "waiting",
    "attempts": 0,
    "next_try_at": None,
    "last_status": None,
    "last_error": None,
    "expires_at": "2026-11-22T18:23:55.513Z",
    "created_at": "2026-11-22T09:30:00Z",
    "finished_at": None,
    "updated_at": "2026-11-22T09:30:00Z",
}
_TRY = {
    "number": 1,
    "at": "2026-11-22T09:31:00Z",
    "status": 204,
    "milliseconds": 84,
    "error": None,
    "answer": "",
}
_REGISTERED = {
    200: Answer(
        kind=WaitOut, example={**_EXAMPLE, "ignored": []}, says="This token was registered before; its wait."
    ),
    201: Answer(kind=WaitOut, example={**_EXAMPLE, "ignored": []}, headers={"Location": "The wait."}),
}


def shown(wait: store.Wait) -> WaitOut:
    """As the API shows it: without the token."""
    return WaitOut(**_fields(wait))


def _fields(wait: store.Wait) -> dict[str, Any]:
    return msgspec.structs.asdict(wait) | {
        "id": ids.show("wait", wait.id),
        "run_ids": [ids.show("run", run_id) for run_id in wait.run_ids],
        "batch_id": wait.batch_id and ids.show("batch", wait.batch_id),
    }


async def register(
    call: Call,
    tx: Tx,
    given: Suspended,
    *,
    run_ids: list[UUID] | None = None,
    batch_id: UUID | None = None,
) -> tuple[WaitOut, bool]:
    """Register a suspended job in the caller's transaction; also what a push with a resume_token does."""
    vault = call.services.vault
    wait, new = await waits.register(tx, call.caller, vault, given, run_ids=run_ids or [], batch_id=batch_id)
    return shown(wait), new


def _registered(wait: WaitOut, *, new: bool, ignored: list[str]) -> Reply:
    headers = {"Location": f"/v1/waits/{wait.id}"} if new else {}
    return Reply(wait, 201 if new else 200, headers=headers, ignored=ignored)


class Waits(Controller):
    """Jobs that are asleep, and those that were woken."""

    path = "/v1"
    tags = ["Waits"]  # noqa: RUF012 - Litestar's own attribute

    @post(
        "/runs/{run_id:str}/waits",
        **operation(
            "createRunWait",
            "Resume a Workato job when a run is over",
            scope="pushes:write",
            params={"run_id": RUN},
            body=Body(kind=Suspended, examples={"before_suspend": _TOKEN}),
            answers=_REGISTERED,
            errors=(Conflict,),
            idempotent=True,
            notes="For `before_suspend`. The same token again is no error. When the run is over already, the "
            "job is resumed at once, and that is tried for some minutes, for it may not be asleep yet.",
        ),
    )
    async def of_run(self, call: NamedDependency[Call], run_id: FromPath[str]) -> Reply:
        """The token is kept encrypted, and forgotten when the job was resumed."""
        given, ignored = await call.body(Suspended)
        id_ = ids.parse("run", run_id)

        async def work(tx: Tx) -> Reply:
            wait, new = await register(call, tx, given, run_ids=[id_])
            return _registered(wait, new=new, ignored=ignored)

        return await call.once(work)

    @post(
        "/waits",
        **operation(
            "createWait",
            "Resume a Workato job when several runs are over",
            scope="pushes:write",
            body=Body(
                kind=WaitsIn,
                examples={
                    "runs": {**_TOKEN, "run_ids": [RUN]},
                    "batch": {**_TOKEN, "batch_id": BATCH},
                },
            ),
            answers=_REGISTERED,
            errors=(Conflict, NotFound),
            idempotent=True,
            notes="The job is resumed once, when the last of the runs is over.",
        ),
    )
    async def create(self, call: NamedDependency[Call]) -> Reply:
        """Either run_ids or a batch_id."""
        given, ignored = await call.body(WaitsIn)
        if bool(given.run_ids) == bool(given.batch_id):
            raise Invalid("Send either run_ids or batch_id, one of the two.", code="wait_invalid")
        run_ids = [ids.parse("run", text) for text in given.run_ids or []]
        batch_id = ids.parse("batch", given.batch_id) if given.batch_id else None

        async def work(tx: Tx) -> Reply:
            wait, new = await register(call, tx, given, run_ids=run_ids, batch_id=batch_id)
            return _registered(wait, new=new, ignored=ignored)

        return await call.once(work)

    @get(
        "/runs/{run_id:str}/waits",
        **operation(
            "getRunWaits",
            "The jobs that wait for a run",
            scope="runs:read",
            params={"run_id": RUN},
            answers={
                200: Answer(
                    kind=WaitList, example={"results": [_EXAMPLE], "next_cursor": None, "has_more": False}
                )
            },
        ),
    )
    async def for_run(self, call: NamedDependency[Call], run_id: FromPath[str]) -> Reply:
        """The newest 1,000, also those that are over."""
        id_ = ids.parse("run", run_id)
        async with call.tx() as tx:
            page = await waits.listing(tx, call.caller, limit=1000, run_id=id_)
        return Reply(WaitList([shown(one) for one in page.waits], None, has_more=False))

    @get(
        "/waits",
        **operation(
            "searchWaits",
            "All waits, newest first",
            scope="runs:read",
            query=WaitQuery,
            errors=(NotFound,),
            answers={
                200: Answer(
                    kind=WaitList, example={"results": [_EXAMPLE], "next_cursor": _ID, "has_more": True}
                )
            },
        ),
    )
    async def listing(self, call: NamedDependency[Call]) -> Reply:
        """`status=dead` are jobs that could not be resumed."""
        asked = call.query(WaitQuery)
        async with call.tx() as tx:
            page = await waits.listing(
                tx,
                call.caller,
                limit=asked.limit,
                run_id=ids.parse("run", asked.run_id) if asked.run_id else None,
                status=asked.status,
                before=ids.parse("wait", asked.cursor) if asked.cursor else None,
            )
        cursor = None if page.next is None else ids.show("wait", page.next)
        return Reply(WaitList([shown(one) for one in page.waits], cursor, page.next is not None))

    @get(
        "/waits/{wait_id:str}",
        **operation(
            "getWait",
            "One wait with each of its tries",
            scope="runs:read",
            params={"wait_id": _ID},
            answers={200: Answer(kind=WaitDetail, example={**_EXAMPLE, "tries": [_TRY]})},
        ),
    )
    async def show(self, call: NamedDependency[Call], wait_id: FromPath[str]) -> Reply:
        """A number that is missing among the tries belongs to a process that died while calling."""
        async with call.tx() as tx:
            wait, tries = await waits.get(tx, call.caller, ids.parse("wait", wait_id))
        shown_tries = [
            WaitTryOut(one.attempt, one.at, one.status, one.milliseconds, one.error, one.answer)
            for one in tries
        ]
        return Reply(WaitDetail(**_fields(wait), tries=shown_tries))

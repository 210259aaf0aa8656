"""A client's own last calls: what a builder of recipes looks at when something was refused."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import parse_qs

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.admin.desk import Desk
from connector.api.http import Call, Reply
from connector.api.operation import Answer, operation
from control import calls, store
from control.calls import BODY_DAYS, KEPT, MOST_BODY, Given, Kept, Made
from kit.errors import Conflict, Gone, Invalid, NotFound, Refused, TooLarge, WrongType


class CallQuery(msgspec.Struct):
    """Only one request, or only what was refused."""

    request_id: str = ""
    refused: bool = False
    limit: Annotated[int, msgspec.Meta(ge=1, le=KEPT)] = KEPT


class CallList(msgspec.Struct, frozen=True):
    """Newest first, in one page."""

    results: list[Made]
    next_cursor: str | None
    has_more: bool


class Resent(msgspec.Struct, frozen=True):
    """A call that was made again and taken this time: its new request id, the one it was refused under, and
    what it was answered (None when that is no JSON)."""

    request_id: str
    resend_of: str
    method: str
    path: str
    answer: dict[str, Any] | None


_REQUEST = "req_01990a6b4c7d7e2fb1a0c3d4e5f60718"


class Calls(Controller):
    """What I asked, and what I was told."""

    path = "/v1/calls"
    tags = ["Access"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "searchCalls",
            "My last 100 calls, also those that were refused",
            query=CallQuery,
            answers={
                200: Answer(
                    kind=CallList,
                    example={
                        "results": [
                            {
                                "request_id": _REQUEST,
                                "at": "2026-11-22T09:30:00Z",
                                "method": "POST",
                                "path": "/v1/pushes",
                                "status": 422,
                                "milliseconds": 12,
                                "problem": {"code": "invalid", "detail": "The list ids is empty."},
                                "resendable": True,
                                "resend_of": None,
                            }
                        ],
                        "next_cursor": None,
                        "has_more": False,
                    },
                )
            },
            notes="By the client behind the token, over all its tokens; there some seconds after the call. "
            f"No body is shown. A resendable one (refused, {MOST_BODY // 1024} kB, {BODY_DAYS} days) can be "
            "sent again as it was; what was taken in is replayed by its source event.",
        ),
    )
    async def search(self, call: NamedDependency[Call]) -> Reply:
        """By `X-Request-Id` too."""
        asked = call.query(CallQuery)
        async with call.tx() as tx:
            found = await calls.last(
                tx, call.caller, request_id=asked.request_id, refused=asked.refused, limit=asked.limit
            )
        return Reply(CallList(found, None, has_more=False))

    @post(
        "/{request_id:str}/resend",
        **operation(
            "resendCall",
            "Make a refused call of mine again, as it was",
            params={"request_id": _REQUEST},
            answers={
                200: Answer(
                    kind=Resent,
                    example={
                        "request_id": "req_01990a6b4c7d7e2fb1a0c3d4e5f60799",
                        "resend_of": _REQUEST,
                        "method": "POST",
                        "path": "/v1/pushes",
                        "answer": {"id": "batch_01990a6b4c7d7e2fb1a0c3d4e5f6071c"},
                    },
                )
            },
            errors=(Refused, Conflict, NotFound, Gone, TooLarge, WrongType, Invalid),
            notes="By the same road and with the same checks: what is still wrong is refused again in the "
            "same words. Once it was taken, resending it gets that answer again where the operation reads an "
            "Idempotency-Key, and 409 elsewhere; no work is done twice. The new request id is that of this "
            "request; /v1/calls links it to the old one. Not for companies that exclude fields, of whose "
            "calls nothing is kept.",
        ),
    )
    async def resend(
        self, request: Request[Any, Any, Any], call: NamedDependency[Call], request_id: FromPath[str]
    ) -> Reply:
        """After a scope was granted, a limit raised or a fault of ours mended."""
        async with call.tx() as tx:
            kept, given = await calls.given_in(tx, call.caller, call.services.vault, request_id)
        if given is None:
            raise Conflict(
                "Nothing of this call is kept, so it cannot be made again.",
                code="call_not_kept",
                action="Send it again from where it came; what was taken in is replayed by its source event.",
            )
        given.headers.setdefault("idempotency-key", f"resend-{kept.id.hex}")
        state = request.scope["state"]
        state["resend_of"] = request_id
        path, _, query = kept.path.partition("?")
        desk = Desk(request.app, call.services, call.caller, state["request_id"])
        asked: dict[str, Any] = parse_qs(query, keep_blank_values=True)
        kind, body = await desk.ask(kept.method, path.removeprefix("/v1"), asked, given.body, given.headers)
        await _taken(call, kept, given)
        answer = msgspec.json.decode(body) if "json" in kind else None
        return Reply(Resent(state["request_id"], request_id, kept.method, path, answer))


async def _taken(call: Call, kept: Kept, given: Given) -> None:
    """Where no answer is kept under the key, the same again would be done again: its body goes."""
    caller, days = call.caller, call.services.settings.keep_key_days
    key = given.headers["idempotency-key"]
    async with call.tx() as tx:
        answer = await store.get_answer(tx, caller.company_id, caller.id, key, days)
    if answer is None:
        await calls.forget_body(call.services.db, caller, kept.id)

"""A client's own last calls: what a builder of recipes looks at when something was refused."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency

from connector.api.http import Call, Reply
from connector.api.operation import Answer, operation
from control import calls
from control.calls import KEPT, Made


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
                                "request_id": "req_01990a6b4c7d7e2fb1a0c3d4e5f60718",
                                "at": "2026-11-22T09:30:00Z",
                                "method": "POST",
                                "path": "/v1/pushes",
                                "status": 422,
                                "milliseconds": 12,
                                "problem": {"code": "invalid", "detail": "The list ids is empty."},
                            }
                        ],
                        "next_cursor": None,
                        "has_more": False,
                    },
                )
            },
            notes="By the client behind the token, over all its tokens; there some seconds after the call. "
            "Nothing of a body is kept. To send again what was taken in, replay its source event; what was "
            "refused has to be sent again by the recipe.",
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

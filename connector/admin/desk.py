"""The page asks the API, from inside: the same operations, permission checks, limits of size, audit rows.

A call of the page is a request that begins behind the front door, with the person's `Caller` where a
token's would be. So whatever the page shows or does, a client with the same scopes gets or does too.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Litestar
from litestar.types import Message

from connector.problems import Problem
from connector.services import Services
from control.access import Caller
from kit.errors import Action, FieldError, Refused

Query = dict[str, str | int | bool | list[str] | None]


class Desk:
    """The API as one person of one company."""

    def __init__(self, app: Litestar, services: Services, caller: Caller, request_id: str) -> None:
        self._app = app
        self._state = {"services": services, "caller": caller, "request_id": request_id}
        self.caller = caller

    def may(self, scope: str) -> bool:
        """Whether the person has this scope here; what needs it is not offered otherwise."""
        return scope in self.caller.scopes

    async def get(self, path: str, query: Query | None = None) -> Any:
        """The decoded answer of GET /v1`path`. Raises Refused as the API answers it."""
        return msgspec.json.decode((await self.ask("GET", path, query))[1])

    async def raw(self, path: str) -> tuple[str, bytes]:
        """The media type and the bytes of GET /v1`path`. Raises Refused."""
        return await self.ask("GET", path, None)

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Query | None = None,
        kind: str = "",
        headers: dict[str, str] | None = None,
    ) -> Any:
        """The decoded answer of a change (None when it has no body). `kind` is the media type of a body of
        bytes. Raises Refused."""
        sent = body if isinstance(body, bytes) else msgspec.json.encode(body or {})
        said = {"content-type": kind or "application/json", **(headers or {})}
        answer = (await self.ask(method, path, query, sent, said))[1]
        return msgspec.json.decode(answer) if answer else None

    async def ask(
        self,
        method: str,
        path: str,
        query: Query | None,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> tuple[str, bytes]:
        """The media type and the bytes of an answer. Raises Refused."""
        answer = _Answer(body)
        await self._app(self._scope(method, f"/v1{path}", query, headers or {}), answer.receive, answer.send)
        if answer.status >= 400:
            raise _refused(answer)
        return answer.kind, bytes(answer.body)

    def _scope(self, method: str, path: str, query: Query | None, headers: dict[str, str]) -> Any:
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": _encoded(query or {}).encode(),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
            "client": None,
            "server": None,
            "state": dict(self._state),
        }


class _Answer:
    """Both ends of one request that crosses no socket."""

    def __init__(self, sent: bytes) -> None:
        self._sent = sent
        self.status = 0
        self.kind = ""
        self.body = bytearray()

    async def receive(self) -> Any:
        return {"type": "http.request", "body": self._sent, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.kind = dict(message["headers"]).get(b"content-type", b"").decode("latin-1")
        elif message["type"] == "http.response.body":
            self.body += message["body"]


def _encoded(query: Query) -> str:
    given = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in query.items()
        if value not in (None, "", [])
    }
    return urlencode(given, doseq=True)


def _refused(answer: _Answer) -> Refused:
    """The problem that the API answered with, as it was raised there."""
    problem = msgspec.json.decode(answer.body)
    action = problem.get("action")
    refused = Refused(
        problem["detail"],
        code=problem["code"],
        status=answer.status,
        action=Action(**action) if action else None,
        errors=[FieldError(**one) for one in problem.get("errors", [])],
        retry_after=problem.get("retry_after"),
        extra={key: value for key, value in problem.items() if key not in Problem.__struct_fields__},
    )
    refused.title = problem["title"]
    return refused

"""The first and the last thing a request meets: an id, a token, limits, and one shape for refusals.

It stands outside Litestar's router, so that whoever has no token is told so (401) and learns nothing
about which addresses exist or how bodies should look.
"""

from __future__ import annotations

import logging
import re
import time
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from connector.api import direct
from connector.api.asked import Asked
from connector.arriving import Arriving
from connector.oauth.verify import bearer
from connector.problems import MEDIA_TYPE, render
from connector.services import Services
from control.access import Caller
from control.calls import Given, Made
from kit import ids, log, metrics
from kit.errors import NotFound, Unauthorised

_log = log.get("connector.requests")
_plain_log = logging.getLogger("connector.requests")
_REQUEST_ID = re.compile(r"^[A-Za-z0-9_.:-]{8,80}$")
_NO_SNIFFING = (b"x-content-type-options", b"nosniff")


class Door:
    """An ASGI app around the real one."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services
        address = services.settings.public_url
        self._challenge = (
            f'Bearer realm="connector", resource_metadata="{address}/.well-known/oauth-protected-resource"'
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        visit = _Visit(scope, send, given if _REQUEST_ID.match(given) else ids.show("req", ids.new()))
        visit.scope["state"]["services"] = self._services
        with log.bound(request_id=visit.request_id):
            try:
                await self._serve(visit, headers.get(b"authorization"), receive)
            except Exception as exc:
                await self._refuse(visit, exc)
            finally:
                visit.end()
                if (caller := visit.scope["state"].get("caller")) is not None:
                    self._services.calls.note(caller, visit.made(), visit.given())

    async def _serve(self, visit: _Visit, authorization: bytes | None, receive: Receive) -> None:
        settings = self._services.settings
        caller = self._let_in(visit, authorization)
        if "\0" in visit.scope["path"]:
            # No name holds one, and the database would not even look.
            raise NotFound("The address holds a NUL character (%00), which no name here has.")
        arriving = Arriving(receive, settings.request_seconds)
        async with arriving.deadline:
            if caller is None:
                await self._app(visit.scope, arriving.receive, visit.send)
                return
            name = caller.id.hex
            visit.standing = self._services.limits.take(name, settings.client_requests_per_second).headers
            self._services.limits.enter(name, settings.client_concurrent)
            try:
                with log.bound(client=caller.shown_id, company=ids.show("company", caller.company_id)):
                    source = direct.source_of(visit.scope)
                    if source:
                        await direct.serve(self._services, source, visit.scope, arriving.receive, visit.send)
                    else:
                        await self._app(visit.scope, arriving.receive, visit.send)
            finally:
                self._services.limits.leave(name)

    def _let_in(self, visit: _Visit, authorization: bytes | None) -> Caller | None:
        path = visit.scope["path"]
        if path != "/v1" and not path.startswith("/v1/"):
            return None
        token = bearer(None if authorization is None else authorization.decode("latin-1"))
        caller = self._services.tokens.verify(token)
        visit.scope["state"]["caller"] = caller
        return caller

    async def _refuse(self, visit: _Visit, exc: Exception) -> None:
        if visit.started:
            raise exc
        problem = render(exc, visit.request_id, oauth=visit.scope["path"].startswith("/oauth/"))
        headers = dict(problem.headers)
        if isinstance(exc, Unauthorised):
            missing = exc.code == "token_missing"
            detail = "" if missing else f', error="invalid_token", error_description="{exc.detail}"'
            headers["WWW-Authenticate"] = self._challenge + detail
        visit.head = problem.status
        await visit.send(
            {
                "type": "http.response.start",
                "status": problem.status,
                "headers": [
                    (b"content-type", MEDIA_TYPE.encode()),
                    (b"content-length", str(len(problem.body)).encode()),
                    *(
                        (name.lower().encode(), value.encode("latin-1", "replace"))
                        for name, value in headers.items()
                    ),
                ],
            }
        )
        await visit.send({"type": "http.response.body", "body": problem.body, "more_body": False})


class _Visit:
    """One request on its way through: its id, what has been sent, and when it began."""

    def __init__(self, scope: Any, send: Send, request_id: str) -> None:
        self.request_id = request_id
        self.standing: dict[str, str] = {}
        self.head = 0
        self.milliseconds = 0
        self._problem = b""
        self._began = time.perf_counter()
        self._send = send
        self._bodiless = scope["method"] == "HEAD"
        scope.setdefault("state", {})["request_id"] = request_id
        # Whatever can be read can be asked about. The server keeps its own scope: it must still see HEAD.
        self.scope: Any = {**scope, "method": "GET"} if self._bodiless else scope

    @property
    def started(self) -> bool:
        """Whether the answer's first byte has gone out."""
        return self.head != 0

    async def send(self, message: Message) -> None:
        """Pass on what the app says, with our headers, and without a body when none was asked for."""
        if message["type"] == "http.response.start":
            self.head = message["status"]
            message["headers"] = [
                *message["headers"],
                _NO_SNIFFING,
                (b"x-request-id", self.request_id.encode()),
                *((name.lower().encode(), value.encode()) for name, value in self._told().items()),
            ]
        elif message["type"] == "http.response.body" and self.head >= 400:
            self._problem = message["body"]
        if message["type"] == "http.response.body" and self._bodiless:
            message = {
                "type": "http.response.body",
                "body": b"",
                "more_body": message.get("more_body", False),
            }
        await self._send(message)

    def _told(self) -> dict[str, str]:
        going: dict[str, str] | None = self.scope["state"].get("going")
        return {**self.standing, **going} if going else self.standing

    def made(self) -> Made:
        """The request as its client may read of it later."""
        query = self.scope["query_string"].decode("latin-1")
        return Made(
            request_id=self.request_id,
            at=datetime.now(UTC),
            method=self.scope["method"],
            path=self.scope["path"] + (f"?{query}" if query else ""),
            status=self.head,
            milliseconds=self.milliseconds,
            problem=_read(self._problem) if self._problem else None,
            resend_of=self.scope["state"].get("resend_of"),
        )

    def given(self) -> Given | None:
        """What a refused request had sent; of what was taken nothing is kept here."""
        asked: Asked | None = self.scope["state"].get("asked")
        return asked.given() if asked and self.head >= 400 else None

    def end(self) -> None:
        """Count the request, and note what was refused."""
        seconds = time.perf_counter() - self._began
        self.milliseconds = round(seconds * 1000)
        route = self.scope.get("path_template") or "other"
        count, times = _meters(self.scope["method"], route, self.head)
        count.inc()
        times.observe(seconds)
        fields = {"method": self.scope["method"], "route": route, "status": self.head}
        if self.head >= 400:
            _log.info("request.refused", ms=round(seconds * 1000, 1), **fields)
        elif _plain_log.isEnabledFor(logging.DEBUG):
            _log.debug("request.answered", ms=round(seconds * 1000, 1), **fields)


def _read(body: bytes) -> dict[str, Any] | None:
    """A problem as an object; None for an answer that is none, or is compressed."""
    with suppress(msgspec.DecodeError, UnicodeDecodeError):
        said = msgspec.json.decode(body)
        return said if isinstance(said, dict) else None
    return None


@lru_cache(maxsize=1024)
def _meters(method: str, route: str, status: int) -> tuple[Any, Any]:
    """The counter and the histogram of one kind of answer: finding them takes longer than counting."""
    return metrics.REQUESTS.labels(method, route, str(status)), metrics.REQUEST_SECONDS.labels(route)

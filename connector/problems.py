"""Every refusal as an RFC 9457 problem: one short sentence, a stable code, and what to do."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import psycopg
from litestar.exceptions import HTTPException

from kit import log
from kit.errors import DETAIL_LIMIT, Action, Fault, FieldError, Overloaded, Refused

_log = log.get("connector.problems")
_BODY = 2000
MEDIA_TYPE = "application/problem+json"
_OAUTH = {429: "temporarily_unavailable", 500: "server_error", 503: "temporarily_unavailable"}
_HTTP = {
    400: ("bad_request", "Bad request", "The request cannot be read."),
    404: ("not_found", "Not found", "There is nothing at this address."),
    405: ("method_not_allowed", "Method not allowed", "This address does not answer this method."),
    413: ("too_large", "Too large", "The body is larger than this address takes."),
    415: ("unsupported_media_type", "Content type not supported", "This content type is not read here."),
}


class Problem(msgspec.Struct, frozen=True):
    """The body of every refusal. `code` never changes its meaning; `detail` is for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    action: Action | None
    retry_after: int | None
    request_id: str
    errors: list[FieldError]


class Rendered(msgspec.Struct, frozen=True):
    """A problem ready to be sent."""

    status: int
    headers: dict[str, str]
    body: bytes


class Broken(Refused):
    """Our own fault. The cause is in the log under the request id, never in the answer."""

    status, code, title = 500, "internal", "Internal error"


def refusal(exc: BaseException) -> Refused:
    """The refusal that stands for an exception; what is unknown becomes `Broken`, and is logged."""
    if isinstance(exc, Refused):
        return exc
    if isinstance(exc, HTTPException):
        return _of_http(exc)
    if isinstance(exc, psycopg.OperationalError | psycopg.InterfaceError):
        _log.warning("database.away", error=type(exc).__name__)
        return Overloaded(
            "The database does not answer at the moment.",
            code="database_unavailable",
            action=Action("Send the same request again.", "caller"),
            retry_after=5,
        )
    if isinstance(exc, Fault) and exc.retry:
        return Overloaded(exc.message, code=exc.code, action=exc.action, retry_after=exc.retry_after or 5)
    if isinstance(exc, TimeoutError):
        return Overloaded(
            "The answer took too long, so the request was ended.",
            code="took_too_long",
            action="Send the same request again, with the same Idempotency-Key.",
            retry_after=5,
        )
    _log.error("request.broke", exc_info=exc)
    return Broken(
        "Something went wrong on our side.",
        action=Action("Try again; if it stays, tell the operator the request_id.", "operator"),
    )


def _of_http(exc: HTTPException) -> Refused:
    code, title, detail = _HTTP.get(
        exc.status_code, ("bad_request", "Bad request", exc.detail or "Bad request.")
    )
    headers = {name: value for name, value in (exc.headers or {}).items() if name.lower() == "allow"}
    refused = Refused(detail, code=code, status=exc.status_code, headers=headers)
    refused.title = title
    return refused


def render(exc: BaseException, request_id: str, *, oauth: bool = False) -> Rendered:
    """The answer to a request that ended with this exception: never over 2 kB."""
    refused = refusal(exc)
    retry = None if refused.retry_after is None else max(1, math.ceil(refused.retry_after))
    problem = Problem(
        type=f"urn:etter-connector:problem:{refused.code}",
        title=refused.title,
        status=refused.status,
        code=refused.code,
        detail=_short(refused.detail, DETAIL_LIMIT),
        action=refused.action,
        retry_after=retry,
        request_id=request_id,
        errors=[FieldError(_short(e.field, 120), _short(e.message, 160)) for e in refused.errors],
    )
    headers = dict(refused.headers)
    if retry is not None:
        headers["Retry-After"] = str(retry)
    extra = dict(refused.extra)
    if oauth:
        name = _OAUTH.get(refused.status, "invalid_request")
        extra |= {"error": name, "error_description": problem.detail}
    return Rendered(refused.status, headers, _fit(problem, extra))


def _short(text: str, limit: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _fit(problem: Problem, extra: dict[str, Any]) -> bytes:
    errors = list(problem.errors)
    while True:
        whole = {**msgspec.to_builtins(msgspec.structs.replace(problem, errors=errors)), **extra}
        body = msgspec.json.encode(whole)
        if len(body) <= _BODY or not (errors or extra):
            return body
        if errors:
            errors.pop()
        else:
            extra = {}

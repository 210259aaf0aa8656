"""How a controller says what it does: one declaration that is enforced and documented alike.

`operation(...)` gives the keyword arguments of Litestar's route decorators. The scope in it is checked
before the controller runs; `connector.api.contract` writes the OpenAPI document from it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any

import msgspec

from kit.errors import Refused


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A good answer: its type (None: no body), an example, and what it means. `media_type` is JSON unless
    something else is sent; `headers` are the names of notable headers with their meaning."""

    kind: Any
    example: Any = None
    says: str = "Done."
    media_type: str = "application/json"
    headers: dict[str, str] = {}


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """A body read by hand. `kind` is an input Struct, or None when any document of `media_types` is taken."""

    kind: Any
    examples: dict[str, Any]
    media_types: tuple[str, ...] = ("application/json",)
    required: bool = True


class Going(msgspec.Struct, frozen=True):
    """An operation that is to go: deprecated since one day, gone from another on (both at midnight UTC).
    `connector announce-deprecation` announces it."""

    since: date
    gone: date

    def headers(self) -> dict[str, str]:
        """`Deprecation` (RFC 9745) and `Sunset` (RFC 8594)."""
        since, gone = (datetime.combine(day, time.min, UTC) for day in (self.since, self.gone))
        return {"Deprecation": f"@{int(since.timestamp())}", "Sunset": format_datetime(gone, usegmt=True)}


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of the API. `scope` None: any good token; `public`: no token at all. `errors` are
    the refusals beyond those that every operation may give."""

    name: str
    summary: str
    answers: dict[int, Answer]
    scope: str | None = None
    public: bool = False
    query: Any = None
    body: Body | None = None
    errors: tuple[type[Refused], ...] = ()
    idempotent: bool = False
    params: dict[str, str] = {}
    notes: str = ""
    going: Going | None = None


def operation(
    name: str,
    summary: str,
    *,
    answers: dict[int, Answer],
    scope: str | None = None,
    public: bool = False,
    query: Any = None,
    body: Body | None = None,
    errors: tuple[type[Refused], ...] = (),
    idempotent: bool = False,
    params: dict[str, str] | None = None,
    notes: str = "",
    going: Going | None = None,
) -> dict[str, Any]:
    """Keyword arguments for `@get`, `@post` ...: `name` is the operationId (`createRole`), `params` maps
    each path parameter to an example, `notes` is the longer description, `going` says that it is to go."""
    declared = Operation(
        name=name,
        summary=summary,
        answers=answers,
        scope=scope,
        public=public,
        query=query,
        body=body,
        errors=errors,
        idempotent=idempotent,
        params=params or {},
        notes=notes,
        going=going,
    )
    return {"opt": {"operation": declared}, "status_code": min(answers)}

"""How a controller says what it does: one declaration that is enforced and documented alike.

`operation(...)` gives the keyword arguments of Litestar's route decorators. The scope in it is checked
before the controller runs; `connector.api.contract` writes the OpenAPI document from it.
"""

from __future__ import annotations

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
) -> dict[str, Any]:
    """Keyword arguments for `@get`, `@post` ...: `name` is the operationId (`createRole`), `params` maps
    each path parameter to an example, `notes` is the longer description."""
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
    )
    return {"opt": {"operation": declared}, "status_code": min(answers)}

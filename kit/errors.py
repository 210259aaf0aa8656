"""Everything that can go wrong, in two families.

    Refused                 the caller's request cannot be served (4xx, or 503 when we shed load)
    Fault                   a piece of our own work could not be done (a stage, a fetch, a delivery)

Both carry the five things a person needs: a stable code, one plain sentence, what to do, who can do
it, and when trying again makes sense. Subclasses live beside the code that raises them.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

DETAIL_LIMIT = 199
"""Characters of a `detail` in an answer; a longer one is cut there."""

Who = Literal["caller", "csm", "admin", "operator", "nobody"]


class Action(msgspec.Struct, frozen=True):
    """What to do about an error, who can do it, and where (a path or address), if there is a place."""

    what: str
    who: Who = "caller"
    link: str | None = None


class FieldError(msgspec.Struct, frozen=True):
    """One field of a request that is wrong: its path (`items[3].title`) and one sentence."""

    field: str
    message: str


class Refused(Exception):
    """A request that is answered with a problem (RFC 9457)."""

    status = 400
    code = "bad_request"
    title = "Bad request"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        status: int | None = None,
        action: Action | str | None = None,
        errors: tuple[FieldError, ...] | list[FieldError] = (),
        retry_after: float | None = None,
        headers: dict[str, str] | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        self.status = status or self.status
        self.action = Action(action) if isinstance(action, str) else action
        self.errors = tuple(errors)
        self.retry_after = retry_after
        self.headers = headers or {}
        self.extra = extra or {}

    @property
    def passing(self) -> bool:
        """Whether it says nothing of what was asked: a limit or load, and later the same may be served."""
        return self.status == 429 or self.status >= 500


class Unauthorised(Refused):
    """No token, or one that is empty, malformed, expired or revoked."""

    status, code, title = 401, "unauthorised", "Authentication needed"


class Forbidden(Refused):
    """A good token that lacks the scope or the company."""

    status, code, title = 403, "forbidden", "Not allowed"


class NotFound(Refused):
    """Nothing with that id in the caller's company."""

    status, code, title = 404, "not_found", "Not found"


class Conflict(Refused):
    """The thing exists but is in a state in which this cannot be done."""

    status, code, title = 409, "conflict", "Conflict"


class Gone(Refused):
    """It was there, and will not be again; the action says where to go on."""

    status, code, title = 410, "gone", "Gone"


class TooLarge(Refused):
    """More than a documented limit; the detail names the limit."""

    status, code, title = 413, "too_large", "Too large"


class WrongType(Refused):
    """A content type that this address does not read."""

    status, code, title = 415, "unsupported_media_type", "Content type not supported"


class Invalid(Refused):
    """Readable, and its meaning is wrong; `errors` names the fields."""

    status, code, title = 422, "invalid", "Request not valid"


class TooMany(Refused):
    """A rate or concurrency limit; always with `retry_after` in seconds."""

    status, code, title = 429, "rate_limited", "Too many requests"


class Overloaded(Refused):
    """We shed load or a part is down; always with `retry_after` in seconds."""

    status, code, title = 503, "overloaded", "Temporarily unavailable"


class Fault(Exception):
    """A piece of our own work that failed.

    `retry` says whether doing the same again may help; `retry_after` (seconds) is the other side's
    own word on when. `action` is for the person who reads the run.
    """

    code = "internal"
    retry = False

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        retry: bool | None = None,
        retry_after: float | None = None,
        action: Action | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.retry = self.retry if retry is None else retry
        self.retry_after = retry_after
        self.action = action

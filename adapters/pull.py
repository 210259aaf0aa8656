"""Fetching job profiles from an HRIS: what every vendor's client offers, and what it may raise.

A client yields records exactly as they came, in bodies that the adapter which reads webhooks reads too. It
holds no state of ours: whoever pulls keeps the cursor and can go on from it after a crash.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any, Literal, Protocol

import msgspec

from kit.errors import Action, Fault
from kit.http import CompanyHttp

Reason = Literal[
    "host",
    "credential",
    "permission",
    "switched_off",
    "throttled",
    "unavailable",
    "bad_request",
    "bad_answer",
]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What to fetch: everything, what changed in `[since, until)`, or single objects by their own ids.

    `until` is also the moment that every page of one pull is pinned to (`As_Of`). `lacking` are columns that
    earlier pages said the tenant does not have (`Fetched.lacking`): they are not asked for again."""

    until: datetime
    since: datetime | None = None
    ids: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """One page: its bytes, how far the pull is, and the cursor that goes on after it (None: the last one).

    `lacking` are the columns (`FOJobCode/jobLevel`) that the tenant turned out not to have; each is also a
    warning. Who pulls keeps them and gives them back in `Wanted.lacking`."""

    body: bytes
    content_type: str
    number: int
    pages: int | None = None
    total: int | None = None
    cursor: str | None = None
    warnings: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


class Checked(msgspec.Struct, frozen=True):
    """The outcome of a connection test: one sentence for a person, and how many profiles can be seen."""

    ok: bool
    detail: str
    reason: Reason | None = None
    count: int | None = None


class PullFault(Fault):
    """A pull that cannot go on. `reason` tells what kind of thing is wrong; `retry` whether time may heal it
    (throttling, an outage), `retry_after` (seconds) when the other side said so, `action` who can mend it."""

    code = "pull_failed"

    def __init__(
        self,
        message: str,
        *,
        reason: Reason,
        retry: bool = False,
        retry_after: float | None = None,
        action: Action | None = None,
    ) -> None:
        super().__init__(message, code=f"pull_{reason}", retry=retry, retry_after=retry_after, action=action)
        self.reason = reason


class Puller(Protocol):
    """A vendor's client over one connection. Close it when done."""

    def pages(self, wanted: Wanted, cursor: str | None = None) -> AsyncIterator[Fetched]:
        """The pages of `wanted`, from the start or from after `cursor`. Raises PullFault."""
        ...

    async def check(self) -> Checked:
        """Try the connection with the smallest question there is. Never raises PullFault."""
        ...

    async def close(self) -> None:
        """Give back what the client holds."""
        ...


Keep = Callable[[Any], Awaitable[None]]
"""Called with the settings as they have to be kept from now on, before they are used: the server has
replaced a refresh token, and the old one may be dead already."""


class Connect(Protocol):
    """A vendor's factory: its client over a connection's settings (`Adapter.access`). Calls nothing yet and
    raises nothing; what is wrong with the settings is told by `check` and by the first page."""

    def __call__(self, settings: Any, http: CompanyHttp, *, keep: Keep | None = None) -> Puller: ...

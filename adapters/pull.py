"""Fetching job profiles from an HRIS: what every vendor's client offers, and what it may raise.

A client yields bodies exactly as they came; the same adapter that reads webhooks reads them. It holds no
state of ours: whoever pulls keeps the cursor and can go on from it after a crash.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from kit.errors import Fault

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

    `until` is also the moment that every page of one pull is pinned to (`As_Of`)."""

    until: datetime
    since: datetime | None = None
    ids: tuple[str, ...] = ()


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """One page: its bytes, how far the pull is, and the cursor that goes on after it (None: the last one)."""

    body: bytes
    content_type: str
    number: int
    pages: int | None = None
    total: int | None = None
    cursor: str | None = None
    warnings: tuple[str, ...] = ()


class Checked(msgspec.Struct, frozen=True):
    """The outcome of a connection test: one sentence for a person, and how many profiles can be seen."""

    ok: bool
    detail: str
    reason: Reason | None = None
    count: int | None = None


class PullFault(Fault):
    """A pull that cannot go on. `reason` tells what kind of thing is wrong; `retry` whether time may heal it
    (throttling, an outage), `retry_after` in seconds when the other side said so."""

    code = "pull_failed"

    def __init__(
        self, message: str, *, reason: Reason, retry: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(message, code=f"pull_{reason}", retry=retry, retry_after=retry_after)
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

"""Asking an HRIS: what a status means, when to ask again, and who can mend what is wrong.

A fault's own words are read before anything is asked again: Workday says with status 500 both that a question
was wrong and that there were too many.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import msgspec

from adapters.pull import Checked, PullFault, Reason
from adapters.text import plain
from kit.errors import Action, Who
from kit.http import AddressRefused, Answer, HttpFault

T = TypeVar("T")
LONGEST_WISH = 3600.0  # seconds; a longer Retry-After is taken for a mistake


class Patience(msgspec.Struct, frozen=True):
    """How often a call is made in all, and how long is waited in between (seconds; full jitter over
    `first * 3**n`). The other side's own wish comes first; one above `longest` ends the pull instead, which
    is to go on then."""

    calls: int = 5
    first: float = 1.0
    longest: float = 30.0

    def wait(self, fault: PullFault, made: int) -> float | None:
        """How long to wait after `made` calls; None when it is no use."""
        if not fault.retry or made >= self.calls:
            return None
        jitter = random.uniform(0, min(self.longest, self.first * 3 ** (made - 1)))  # noqa: S311 - no secret
        if fault.retry_after is None:
            return jitter
        return fault.retry_after + min(jitter, self.first) if fault.retry_after <= self.longest else None


HURRIED = Patience(calls=2, first=0.5, longest=1.0)
"""While a person waits for the outcome."""


async def patiently(patience: Patience, call: Callable[[], Awaitable[T]]) -> T:
    """The outcome of `call`, made again while that may help. Raises the last PullFault."""
    made = 0
    while True:
        made += 1
        try:
            return await _as_fault(call)
        except PullFault as fault:
            wait = patience.wait(fault, made)
            if wait is None:
                raise
        await asyncio.sleep(wait)


async def _as_fault(call: Callable[[], Awaitable[T]]) -> T:
    try:
        return await call()
    except HttpFault as fault:
        raise of_http(fault) from fault


def of_http(fault: HttpFault) -> PullFault:
    """A call that brought no answer, or none that can be used, as the pull sees it."""
    if fault.code == "certificate":
        return PullFault(fault.message, reason="credential", action=mend("credential"))
    if isinstance(fault, AddressRefused):
        return PullFault(fault.message, reason="host", action=mend("host"))
    if fault.code == "too_large":
        return PullFault(fault.message, reason="bad_answer", action=mend("bad_answer"))
    return PullFault(fault.message, reason="unavailable", retry=True, action=mend("unavailable"))


def resumed(cursor: str, place: type[T]) -> T:
    """The place that a pull is to go on from. Raises PullFault."""
    try:
        return msgspec.json.decode(cursor, type=place)
    except msgspec.DecodeError as exc:
        raise PullFault(
            "The place to go on from is not one of this client; start the pull again.",
            reason="bad_request",
            action=mend("bad_request"),
        ) from exc


class Absent(PullFault):
    """There is nothing at the address that was called (404)."""


def by_status(system: str, answer: Answer) -> PullFault | None:
    """What the status alone says, for answers whose body says no more; None for a good one."""
    status, after = answer.status, wish(answer.headers.get("retry-after"))
    if status < 300:
        return None
    said, reason, retry = _MEANINGS.get(status) or _meaning(status)
    kind = Absent if status == 404 else PullFault
    return kind(
        f"{system} {said} (status {status}).",
        reason=reason,
        retry=retry,
        retry_after=after if retry else None,
        action=mend(reason, system),
    )


_MEANINGS: dict[int, tuple[str, Reason, bool]] = {
    401: ("refused the credential", "credential", False),
    403: ("refused what was asked for", "permission", False),
    404: ("has nothing at this address", "host", False),
    408: ("gave up waiting for us", "unavailable", True),
    429: ("was asked too often", "throttled", True),
    503: ("is not there at the moment", "unavailable", True),
}


def _meaning(status: int) -> tuple[str, Reason, bool]:
    if status < 400:
        return "wanted to send us to another address, which is not followed", "host", False
    if status < 500:
        return "did not take the question", "bad_request", False
    return "failed", "unavailable", True


def web_page(system: str) -> PullFault:
    """A page for people came where data was expected."""
    return PullFault(
        f"{system} answered with a web page in place of data, as the host that people sign in at does.",
        reason="host",
        action=mend("host", system),
    )


def is_page(body: bytes) -> bool:
    """Whether a body is HTML, by its beginning."""
    start = body[:400].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body"))


def mend(reason: Reason, system: str = "HRIS") -> Action:
    """What to do about a fault, and who can."""
    what, who = _MENDS[reason]
    return Action(what.format(system=system), who)


_MENDS: dict[Reason, tuple[str, Who]] = {
    "host": ("The connection's address, or what it asks for there, has to be put right.", "csm"),
    "credential": ("The company's {system} administrator has to give out a credential that holds.", "admin"),
    "permission": (
        "The company's {system} administrator has to let the API user read job profiles.",
        "admin",
    ),
    "switched_off": ("The company's {system} administrator has to switch this API on.", "admin"),
    "throttled": ("Nothing has to be done; it goes on later by itself.", "nobody"),
    "unavailable": ("Nothing has to be done; it is tried again by itself.", "nobody"),
    "bad_request": ("The connection's settings have to be compared with what the answer names.", "csm"),
    "bad_answer": ("The operator has to look at what {system} answered.", "operator"),
}


def wish(value: str | None) -> float | None:
    """A Retry-After in seconds, from seconds or a date; None when there is none that can be meant."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            when = parsedate_to_datetime(value)
        except ValueError:
            return None
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        seconds = (when - datetime.now(UTC)).total_seconds()
    return min(seconds, LONGEST_WISH) if seconds > 0 else None


def checked(fault: PullFault) -> Checked:
    """A fault as the outcome of a connection test: one sentence, what is wrong and who can mend it."""
    usual = fault.action.what if fault.action else mend(fault.reason).what
    what = _TEST_AGAIN.get(fault.reason, usual)
    return Checked(False, f"{fault.message.rstrip('.')}; {what[0].lower()}{what[1:]}", fault.reason)


# A test is not made again by itself, as a pull is.
_TEST_AGAIN: dict[Reason, str] = {
    "unavailable": "Check the connection's address, and test it again in some minutes.",
    "throttled": "Test it again in some minutes.",
}


def said(text: object, most: int = 300) -> str:
    """Words of the other side, on one line and of a bearable length."""
    return (plain(text) or "")[:most] if isinstance(text, str) else ""

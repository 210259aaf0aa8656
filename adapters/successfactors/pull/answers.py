"""What SuccessFactors answered: records and where the next ones are, or what kind of refusal it is.

Errors come as `{"error": {"code", "message": {"value"}}}`, as `<error>` in XML, and as plain text or HTML
from the gateways in between.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from adapters.calls import by_status, is_page, mend, said, web_page
from adapters.pull import PullFault, Reason
from kit.http import Answer

SYSTEM = "SuccessFactors"
SNAPSHOT_PAUSE = 1800.0  # seconds that SAP blocks who started too many snapshots (KBA 2749091)
THROTTLE_PAUSE = 300.0  # seconds SAP asks for after a 429 (KBA 3159263)
_NAMES = re.compile(r"(?:propert(?:y|ies)|navigation)[^:]{0,40}:\s*([^\r\n]{1,2000})", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z_][\w]*(?:/[A-Za-z_][\w]*)*")
_XML_MESSAGE = re.compile(rb"<message[^>]{0,100}>([^<]{1,500})")
_XML_CODE = re.compile(rb"<code[^>]{0,100}>([^<]{1,100})")
_OFF = re.compile(r"not enabled|is disabled|has been disabled|not activated|switched off", re.IGNORECASE)
_MAY_NOT = re.compile(r"permission|not authori[sz]ed|privilege|access denied", re.IGNORECASE)


class Lacking(PullFault):
    """A question named columns that this tenant does not have, or hides from this user: `names`, as
    `FOJobCode/jobLevel` or without the entity."""

    def __init__(self, message: str, names: tuple[str, ...]) -> None:
        super().__init__(message, reason="bad_request", action=mend("bad_request", SYSTEM))
        self.names = names


class NoSuchSet(PullFault):
    """The tenant does not have this kind of record at all."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="switched_off", action=mend("switched_off", SYSTEM))


class _Inside(msgspec.Struct):
    results: list[msgspec.Raw]
    next: str | None = msgspec.field(name="__next", default=None)
    count: str | int | None = msgspec.field(name="__count", default=None)


class _Whole(msgspec.Struct):
    d: _Inside


class Rows(msgspec.Struct, frozen=True):
    """One page of a collection: its records byte for byte, the address of the next page, how many in all."""

    records: list[msgspec.Raw]
    next: str | None
    count: int | None


def rows(answer: Answer) -> Rows:
    """The records of a good answer. Raises PullFault for everything else."""
    good(answer)
    try:
        inside = msgspec.json.decode(answer.body, type=_Whole).d
    except (msgspec.DecodeError, RecursionError) as exc:
        if is_page(answer.body):
            raise web_page(SYSTEM) from exc
        raise PullFault(
            f"{SYSTEM} answered with something that is no list of records.",
            reason="bad_answer",
            action=mend("bad_answer", SYSTEM),
        ) from exc
    count = str(inside.count) if inside.count is not None else ""
    return Rows(inside.results, inside.next or None, int(count) if count.isdecimal() else None)


def good(answer: Answer) -> None:
    """Raises the PullFault that an answer is, if it is one; errors may come with any status."""
    code, message = _error(answer.body)
    if code or message:
        raise _refusal(answer, code, message)
    if is_page(answer.body) and answer.status < 500:
        raise web_page(SYSTEM)
    fault = by_status(SYSTEM, answer)
    if fault is not None:
        raise _paused(fault)


def _refusal(answer: Answer, code: str, message: str) -> PullFault:
    told = f"{code}: {message}".strip(": ").rstrip(".")
    if "ENTITY_NOT_FOUND" in code:
        return NoSuchSet(f"{SYSTEM} does not have this kind of record ({told}).")
    if "NOT_FOUND" in code and (names := _lacking(message)):
        return Lacking(f"{SYSTEM} does not know a column ({told}).", names)
    if "SNAPSHOT_BAD_REQUEST" in code:
        return _fault(f"{SYSTEM} blocks new snapshots for half an hour ({told})", "throttled", SNAPSHOT_PAUSE)
    status = by_status(SYSTEM, answer)
    if answer.status == 401:
        return _fault(f"{SYSTEM} refused the credential of the connection ({told})", "credential")
    if status is not None and status.retry:
        kept = _paused(status)
        return _fault(f"{kept.message.rstrip('.')}: {told}", kept.reason, kept.retry_after, retry=True)
    if _OFF.search(message):
        return _fault(f"{SYSTEM} does not offer its API to this tenant or user ({told})", "switched_off")
    if answer.status == 403 or _MAY_NOT.search(message):
        return _fault(f"{SYSTEM} does not let this user read that ({told})", "permission")
    return _fault(f"{SYSTEM} did not take the question ({told})", "bad_request")


def _paused(fault: PullFault) -> PullFault:
    if fault.reason != "throttled" or fault.retry_after is not None:
        return fault
    return _fault(fault.message, "throttled", THROTTLE_PAUSE)


def _fault(
    message: str, reason: Reason, retry_after: float | None = None, *, retry: bool = False
) -> PullFault:
    return PullFault(
        f"{message.rstrip('.')}.",
        reason=reason,
        retry=retry or retry_after is not None,
        retry_after=retry_after,
        action=mend(reason, SYSTEM),
    )


def _lacking(message: str) -> tuple[str, ...]:
    found = _NAMES.search(message)
    return tuple(_NAME.findall(found[1])) if found else ()


def _error(body: bytes) -> tuple[str, str]:
    """The code and message of an error answer; two empty texts when it is none."""
    start = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{") and b'"error"' in body[:200]:
        try:
            error = msgspec.json.decode(body).get("error")
        except (msgspec.DecodeError, RecursionError):
            return "", ""
        return _of_json(error) if isinstance(error, dict) else ("", "")
    if start.startswith((b"<?xml", b"<error", b"<m:error")) and b"error" in body[:400]:
        return _in_xml(_XML_CODE, body), _in_xml(_XML_MESSAGE, body)
    return "", ""


def _in_xml(pattern: re.Pattern[bytes], body: bytes) -> str:
    found = pattern.search(body[:4000])
    return said(found[1].decode("utf-8", "replace")) if found else ""


def _of_json(error: dict[str, Any]) -> tuple[str, str]:
    message = error.get("message")
    text = message.get("value") if isinstance(message, dict) else message
    return said(error.get("code"), 80), said(text) or "no message"

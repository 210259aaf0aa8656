"""What Workday answered: a page and how many there are, or a fault and what kind of fault it is.

Workday sends faults with status 500, a wrong question as well as too many of them, so the fault's own words
decide whether asking again can help.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from lxml import etree

from adapters import xml
from adapters.access import Access
from adapters.calls import by_status, is_page, mend, said, web_page, wish
from adapters.model import Unreadable
from adapters.pull import PullFault, Reason
from adapters.workday import tree
from adapters.workday.faults import SoapFault, soap_fault
from kit.http import Answer

SYSTEM = "Workday"
_ADVICE = ""
# The first pattern that is found in a fault's code and messages says what it is.
_SIGNS: tuple[tuple[str, Reason, bool], ...] = (
    (
        r"authenticationerror|invalid username or password|account.{0,20}(locked|disabled)",
        "credential",
        False,
    ),
    (r"too many requests|rate limit|throttl|concurrent|quota", "throttled", True),
    (r"not authorized|not authorised|permission|access denied|security", "permission", False),
    (r"service or version is invalid|not enabled|disabled|unsupported operation", "switched_off", False),
    (r"validationerror", "bad_request", False),
    (r"^client", "bad_request", False),
)
_SAYS: dict[str, str] = {
    "credential": "refused the user name, password or token of the connection",
    "throttled": "was asked too often",
    "permission": "does not let this user read job profiles",
    "switched_off": "does not offer this web service in this version to this user",
    "bad_request": "did not take the question",
    "unavailable": "failed",
}


class Counted(msgspec.Struct, frozen=True):
    """A SOAP page: pages and results in all (None: not said) and the profiles on it."""

    pages: int | None
    total: int | None
    profiles: int


def soap_page(answer: Answer, access: Access) -> Counted:
    """The counts of a good page. Raises PullFault for everything else."""
    root = _root(answer)
    if isinstance(root, PullFault):
        raise by_status(SYSTEM, answer) or root
    if (fault := _fault_in(root)) is not None:
        raise of_fault(fault, answer, access)
    response = next(root.iter("{*}Get_Job_Profiles_Response"), None)
    if response is None:
        raise by_status(SYSTEM, answer) or _no_answer("XML, but no Get_Job_Profiles_Response")
    return Counted(
        _number(response, "Total_Pages"),
        _number(response, "Total_Results"),
        sum(1 for _ in response.iterfind("{*}Response_Data/{*}Job_Profile")),
    )


def of_fault(fault: SoapFault, answer: Answer, access: Access) -> PullFault:
    """A SOAP fault as the pull sees it."""
    words = access.masked("; ".join(fault.messages))
    reason, retry = _kind(fault, answer.status)
    told = f": {said(words).rstrip('.')}" if words else ""
    after = wish(answer.headers.get("retry-after")) if retry else None
    return PullFault(
        f"{SYSTEM} {_SAYS[reason]}{told}.",
        reason=reason,
        retry=retry,
        retry_after=after,
        action=mend(reason, SYSTEM),
    )


def _kind(fault: SoapFault, status: int) -> tuple[Reason, bool]:
    text = " ".join((fault.code, *fault.messages)).lower()
    for pattern, reason, retry in _SIGNS:
        if re.search(pattern, text):
            return reason, retry
    if status in (429, 503):
        return "throttled", True
    if status in (401, 403):
        return ("credential" if status == 401 else "permission"), False
    return "unavailable", True


def json_object(answer: Answer, access: Access) -> dict[str, Any]:
    """The object that REST answered. Raises PullFault, also for an error that came with status 200."""
    try:
        found = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, RecursionError):
        found = None
    error = found.get("error") if isinstance(found, dict) else None
    fault = by_status(SYSTEM, answer)
    if fault is None and isinstance(found, dict) and error is None:
        return found
    if fault is None and is_page(answer.body):
        raise web_page(SYSTEM)
    if fault is None and error is None:
        raise _no_answer("no JSON object")
    raise _told(fault, error, access)


def _told(fault: PullFault | None, error: object, access: Access) -> PullFault:
    """The fault with Workday's own words in it."""
    reason: Reason = fault.reason if fault else "bad_request"
    words = access.masked(said(error)).rstrip(".")
    message = fault.message if fault else f"{SYSTEM} did not take the question."
    return (type(fault) if fault else PullFault)(
        f"{message.rstrip('.')}: {words}." if words else message,
        reason=reason,
        retry=fault.retry if fault else False,
        retry_after=fault.retry_after if fault else None,
        action=mend(reason, SYSTEM),
    )


def _root(answer: Answer) -> etree._Element | PullFault:
    if is_page(answer.body):
        return web_page(SYSTEM)
    try:
        return xml.parse(answer.body, _ADVICE)
    except Unreadable as unreadable:
        return _no_answer(f"no XML that can be read ({unreadable.code})")


def _fault_in(root: etree._Element) -> SoapFault | None:
    body = root.find("{*}Body")
    inside = (root,) if body is None else tuple(body)
    if not any(isinstance(one.tag, str) and etree.QName(one).localname == "Fault" for one in inside):
        return None
    return soap_fault(tree.from_xml(root))


def _number(response: etree._Element, name: str) -> int | None:
    text = response.findtext(f"{{*}}Response_Results/{{*}}{name}") or ""
    found = re.fullmatch(r"\s*([0-9]{1,9})(?:\.0*)?\s*", text)
    return int(found[1]) if found else None


def _no_answer(what: str) -> PullFault:
    return PullFault(
        f"{SYSTEM} answered with {what}.", reason="bad_answer", action=mend("bad_answer", SYSTEM)
    )

"""Get_Job_Profiles as SOAP 1.1, document/literal: the question as bytes.

Source: Human_Resources schema v30.0. No Response_Group is sent, which asks for all of them: a flag that a
version does not know may be a fault. Both As_Of values stand on every page, or pages of one pull would be cut
from different result sets.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import msgspec
from lxml import etree
from lxml.builder import ElementMaker

from adapters.calls import mend
from adapters.pull import PullFault
from adapters.workday.pull.access import UsernameToken

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WD = "urn:com.workday/bsvc"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
PASSWORD_TEXT = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText"  # noqa: S105
)
_WID = re.compile(r"[0-9a-f]{32}")
_soap = ElementMaker(namespace=SOAP, nsmap={"soapenv": SOAP, "wd": WD})
_wd = ElementMaker(namespace=WD, nsmap={"wd": WD})
_wsse = ElementMaker(namespace=WSSE, nsmap={"wsse": WSSE})


class Window(msgspec.Struct, frozen=True):
    """Changes that were entered in the window (`Updated`), or that take effect in it (`Effective`): what was
    entered last month and holds from today is in the second only."""

    kind: str
    since: datetime
    until: datetime


class Question(msgspec.Struct, frozen=True):
    """One page of a query: the moment it is pinned to, and a window, or ids, or neither (everything)."""

    version: str
    at: datetime
    page: int
    count: int
    window: Window | None = None
    ids: tuple[str, ...] = ()


def envelope(question: Question, token: UsernameToken | None = None) -> bytes:
    """The whole request. Raises PullFault when a setting holds characters that no XML may hold."""
    try:
        header = _soap.Header(
            *([_security(token)] if token else []),
            _wd.Workday_Common_Header(_wd.Include_Reference_Descriptors_In_Response("true")),
        )
        whole = _soap.Envelope(header, _soap.Body(_request(question)))
    except ValueError as exc:
        raise PullFault(
            "A setting of the connection holds characters that cannot be sent.",
            reason="bad_request",
            action=mend("bad_request"),
        ) from exc
    return bytes(etree.tostring(whole, encoding="UTF-8", xml_declaration=True))


def _request(question: Question) -> etree._Element:
    request = _wd.Get_Job_Profiles_Request({f"{{{WD}}}version": question.version})
    if question.ids:
        request.append(_references(question.ids))
    if question.window:
        request.append(_criteria(question.window))
    request.append(
        _wd.Response_Filter(
            _wd.As_Of_Effective_Date(question.at.astimezone(UTC).date().isoformat()),
            _wd.As_Of_Entry_DateTime(moment(question.at)),
            _wd.Page(str(question.page)),
            _wd.Count(str(question.count)),
        )
    )
    return request


def _references(ids: tuple[str, ...]) -> etree._Element:
    # Without the flag one unknown id is a fault of the whole call.
    return _wd.Request_References(
        {f"{{{WD}}}Skip_Non_Existing_Instances": "1"},
        *(_wd.Job_Profile_Reference(_wd.ID({f"{{{WD}}}type": _type(one)}, one)) for one in ids),
    )


def _type(one: str) -> str:
    return "WID" if _WID.fullmatch(one) else "Job_Profile_ID"


def _criteria(window: Window) -> etree._Element:
    return _wd.Request_Criteria(
        _wd.Transaction_Log_Criteria_Data(
            _wd.Transaction_Date_Range_Data(
                _wd(f"{window.kind}_From", moment(window.since)),
                _wd(f"{window.kind}_Through", moment(window.until)),
            )
        )
    )


def _security(token: UsernameToken) -> etree._Element:
    return _wsse.Security(
        {f"{{{SOAP}}}mustUnderstand": "1"},
        _wsse.UsernameToken(
            _wsse.Username(token.username), _wsse.Password({"Type": PASSWORD_TEXT}, token.password)
        ),
    )


def moment(when: datetime) -> str:
    """A moment as xsd:dateTime in UTC, to the millisecond."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def windows(since: datetime, until: datetime) -> tuple[Window, Window]:
    """The two windows of a delta. They begin earlier than asked: an entry may become visible a little after
    its moment, and a day begins in the tenant's time zone, not in ours."""
    return (
        Window("Updated", since - timedelta(minutes=10), until),
        Window("Effective", since - timedelta(days=1), until),
    )

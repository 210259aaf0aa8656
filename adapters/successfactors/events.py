"""Event notifications (Intelligent Services): SOAP that names what changed and carries no content.

Facts: the operation `ExternalEvent` comes in two namespaces, and the newer message often declares the
older namespace too, so only the element's own counts. `name` and `value` have no namespace. Times are
milliseconds since 1970, dates `YYYY-MM-DD`. No event of a job classification or job profile is
documented; a customer can have one of positions, whose parameters may hold the job code.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from lxml import etree

from adapters.model import Hint, Page, Problem, Unreadable
from adapters.successfactors.atom import refuse
from adapters.successfactors.body import ADVICE, decode_xml, is_markup
from adapters.successfactors.values import code_of
from adapters.text import calendar_date, plain

VERSIONS = {
    "com.successfactors.event.notification": "v1",
    "http://notification.event.successfactors.com": "v2",
}
ENVELOPES = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")
ENVELOPE_WITHIN = 4_096  # bytes; declarations of namespaces stand on the first element
MOST_EVENTS = 1_000
# (entity, name of the key or parameter) -> the id it is; "" stands for every entity
IDS = {
    ("fojobcode", "externalcode"): "job_code",
    ("jobclassification", "externalcode"): "job_code",
    ("jobprofile", "externalcode"): "job_profile",
    ("roleentity", "externalcode"): "job_role",
    ("", "jobcode"): "job_code",
}


def is_envelope(root: etree._Element) -> bool:
    """Whether the document is a SOAP message."""
    return bool(etree.QName(root).localname == "Envelope")


def page(root: etree._Element) -> Page:
    """A page without items: one hint for each thing that a message names, however often it names it.

    Raises `Unreadable`: `source_error` for a SOAP fault, `unknown_shape`, `too_many_items`.
    """
    external = _external(root)
    version = VERSIONS[etree.QName(external).namespace or ""]
    events = _events(external)
    hints: dict[str, Hint] = {}
    message = code_of(external.findtext("{*}externalEventMeta/{*}externalEventId"))
    for event in events:
        hint = _hint(external, event)
        if hint.ids:
            hints.setdefault(f"{sorted(hint.ids.items())} {hint.effective_from}", hint)
    warnings = _warnings(events, list(hints.values()))
    return Page(f"event_notification_{version}", [], warnings, tuple(hints.values()), message)


def answer(body: bytes, problem: Problem | None) -> bytes | None:
    """The acknowledgement of an event message, in its own namespace: status 0, or 1 with the problem.

    None when the body is no event message. No table of SAP's status values is public; receivers in use
    answer 0 and 1.
    """
    if not is_markup(body) or b"Envelope" not in body[:ENVELOPE_WITHIN]:
        return None
    try:
        root = decode_xml(body)
        external = _external(root)
    except Unreadable:
        return None
    return _acknowledgement(root, external, problem)


def _external(root: etree._Element) -> etree._Element:
    """The message's `ExternalEvent`."""
    if not is_envelope(root) or etree.QName(root).namespace not in ENVELOPES:
        raise refuse(root)
    found = root.find("{*}Body/*")
    name = "nothing" if found is None else etree.QName(found).localname[:40]
    if found is not None and name == "ExternalEvent" and etree.QName(found).namespace in VERSIONS:
        return found
    if found is not None and name == "Fault":
        said = plain(found.findtext("faultstring")) or "no message"
        raise Unreadable("source_error", f"The body is a SOAP fault: {said[:300]}", 422, ADVICE)
    said = f"Found a SOAP message with {name}: not ExternalEvent of {' or '.join(VERSIONS)}."
    raise Unreadable("unknown_shape", said, 422, "Send the event as it was received.")


def _events(external: etree._Element) -> list[etree._Element]:
    found: list[etree._Element] = external.findall("{*}events/{*}event")
    if not found:
        raise Unreadable("unknown_shape", "The event message has no event in it.", 422)
    if len(found) > MOST_EVENTS:
        detail = f"The message holds {len(found)} events; at most {MOST_EVENTS} are taken at once."
        raise Unreadable("too_many_items", detail, 413)
    return found


def _hint(external: etree._Element, event: etree._Element) -> Hint:
    entity = _entity(event)
    meta = external.find("{*}externalEventMeta")
    own_type = event.findtext("{*}type") or ("" if meta is None else meta.findtext("{*}type"))
    return Hint(
        ids=_ids(entity, event),
        event_id=code_of(event.findtext("{*}eventId")),
        event_type=(plain(own_type) or "")[:200] or None,
        occurred_at=_moment(event.findtext("{*}publishedAt")),
        entity=entity or None,
        effective_from=calendar_date(event.findtext("{*}effectiveStartDate")),
    )


def _entity(event: etree._Element) -> str:
    return (plain(event.findtext("{*}entityType") or event.findtext("{*}entity")) or "")[:100]


def _ids(entity: str, event: etree._Element) -> dict[str, str]:
    """Only what identifies something that we keep; persons in an event are not even looked at."""
    found: dict[str, str] = {}
    for name, value in _pairs(event):
        kind = IDS.get((entity.lower(), name.lower())) or IDS.get(("", name.lower()))
        code = code_of(value)
        if kind and code:
            found.setdefault(kind, code)
    return found


def _pairs(event: etree._Element) -> Iterator[tuple[str, str | None]]:
    for path in ("{*}entityKeys/{*}entityKey", "{*}params/{*}param"):
        for pair in event.findall(path):
            yield pair.findtext("{*}name") or "", pair.findtext("{*}value")


def _moment(text: str | None) -> str | None:
    """Milliseconds since 1970 as `YYYY-MM-DDTHH:MM:SSZ`; a time already written so stays."""
    if text is None or not text.strip().isdecimal() or len(text.strip()) > 14:
        return None
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(text))).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )


def _warnings(events: list[etree._Element], hints: list[Hint]) -> tuple[Problem, ...]:
    named = ", ".join(sorted({_entity(event) or "nothing" for event in events}))[:200]
    if not hints:
        detail = f"The events are about {named} and name no job, so there is nothing to fetch."
        return (Problem("no_job_named", detail),)
    detail = (
        f"The events only name what changed ({named}); its content has to be fetched from SuccessFactors."
    )
    return (Problem("content_not_included", detail),)


def _acknowledgement(root: etree._Element, external: etree._Element, problem: Problem | None) -> bytes:
    soap, own = etree.QName(root).namespace, etree.QName(external).namespace
    envelope = etree.Element(f"{{{soap}}}Envelope", nsmap={"S": soap})
    response = etree.SubElement(
        etree.SubElement(envelope, f"{{{soap}}}Body"), f"{{{own}}}ExternalEventResponse", nsmap={"n": own}
    )
    payload = etree.SubElement(response, f"{{{own}}}responsePayload")
    first = external.find("{*}events/{*}event")
    said = {
        "entityId": "" if first is None else _entity(first),
        "status": "1" if problem else "0",
        "statusDate": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "statusDetails": "Failed" if problem else "Success",
    }
    if problem:
        said |= {"errorCode": problem.code, "errorMessage": problem.detail}
    for name, text in said.items():
        etree.SubElement(payload, f"{{{own}}}{name}").text = text
    made: bytes = etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
    return made

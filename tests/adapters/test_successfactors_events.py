"""Event notifications: what they name, said once; the acknowledgement in the caller's own words."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from adapters.model import Hint, Problem
from adapters.successfactors.events import answer
from adapters.successfactors.reader import read
from tests.adapters.sf import SAMPLES, refusal

V1 = (SAMPLES / "event_v1.xml").read_bytes()
V2 = (SAMPLES / "event_v2_position_change.xml").read_bytes()
SPACES = {V1: "com.successfactors.event.notification", V2: "http://notification.event.successfactors.com"}
EVIL = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + V2.split(b"?>", 1)[1]


def event(number: int, code: str = "50000003", entity: str = "Position", name: str = "jobCode") -> str:
    """One event of the newer kind."""
    return (
        f"<n:event><n:eventId>e-{number}</n:eventId><n:entityType>{entity}</n:entityType>"
        "<n:effectiveStartDate>2027-01-01</n:effectiveStartDate><n:publishedAt>1795305592900</n:publishedAt>"
        f"<n:entityKeys><n:entityKey><name>{name}</name><value>{code}</value></n:entityKey></n:entityKeys>"
        "<n:params><n:param><name>personIdExternal</name></n:param></n:params></n:event>"
    )


def message(*events: str) -> bytes:
    """A message of the newer kind that declares the older namespace too."""
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><n:ExternalEvent '
        'xmlns:n="http://notification.event.successfactors.com" '
        'xmlns:o="com.successfactors.event.notification">'
        "<n:externalEventMeta><n:type>com.example.Changed</n:type><n:repost>true</n:repost></n:externalEventMeta>"
        f"<n:events>{''.join(events)}</n:events></n:ExternalEvent></s:Body></s:Envelope>"
    ).encode()


def test_an_event_is_a_hint_and_never_content() -> None:
    page = read(V2)
    assert (page.shape, page.items) == ("event_notification_v2", [])
    assert page.event_id == "6767884f-e601-4e34-b984-a110ca977619"
    assert page.hints == (
        Hint(
            ids={"job_code": "50000003"},
            event_id="c143fd6b-a71b-4657-8158-a8e14946666a",
            event_type="com.successfactors.INVENTED.PositionChanged",
            occurred_at="2026-11-21T23:59:52Z",
            entity="Position",
            effective_from="2026-11-01",
        ),
    )
    assert [warning.code for warning in page.warnings] == ["content_not_included"]


def test_the_version_is_that_of_the_element_not_of_a_declaration() -> None:
    assert b"com.successfactors.event.notification" in V2
    assert read(V2).shape == "event_notification_v2"
    assert read(V1).shape == "event_notification_v1"


def test_an_event_about_a_person_names_nothing_to_fetch_and_keeps_no_person() -> None:
    page = read(V1)
    assert page.hints == ()
    assert [warning.code for warning in page.warnings] == ["no_job_named"]
    assert "103255" not in str(page)
    assert "82094" not in str(page)


def test_prefixes_do_not_matter() -> None:
    assert read(V2.replace(b"ns7:", b"x:").replace(b":ns7=", b":x=")).hints == read(V2).hints


def test_what_is_named_twice_is_one_hint() -> None:
    page = read(message(event(1), event(2), event(3, "C9"), event(1)))
    assert [(hint.event_id, hint.ids) for hint in page.hints] == [
        ("e-1", {"job_code": "50000003"}),
        ("e-3", {"job_code": "C9"}),
    ]


@pytest.mark.parametrize(
    ("entity", "name", "kind"),
    [
        ("FOJobCode", "externalCode", "job_code"),
        ("JobProfile", "externalCode", "job_profile"),
        ("RoleEntity", "externalCode", "job_role"),
    ],
)
def test_a_key_is_known_by_its_entity(entity: str, name: str, kind: str) -> None:
    assert [hint.ids for hint in read(message(event(1, "007", entity, name))).hints] == [{kind: "007"}]


@pytest.mark.parametrize("body", [V1, V2], ids=["v1", "v2"])
def test_the_acknowledgement_is_in_the_namespace_of_the_call(body: bytes) -> None:
    said = answer(body, None)
    assert said is not None
    root = etree.fromstring(said)
    payload = root.find(f".//{{{SPACES[body]}}}responsePayload")
    assert payload is not None
    named = {etree.QName(part).localname: part.text for part in payload}
    assert list(named) == ["entityId", "status", "statusDate", "statusDetails"]
    assert (named["status"], named["statusDetails"]) == ("0", "Success")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", named["statusDate"] or "")
    assert {etree.QName(part).namespace for part in root.iter()} == {
        SPACES[body],
        "http://schemas.xmlsoap.org/soap/envelope/",
    }


def test_a_refusal_is_told_with_its_reason() -> None:
    said = answer(V2, Problem("too_many_items", "Too many & more."))
    assert said is not None
    assert b"status>1<" in said
    assert b"errorCode>too_many_items<" in said
    assert b"errorMessage>Too many &amp; more.<" in said


@pytest.mark.parametrize("body", [b"{}", b"", b"<feed/>", b"<Envelope/>", EVIL, V2[:400]])
def test_who_speaks_no_event_gets_no_acknowledgement(body: bytes) -> None:
    assert answer(body, None) is None


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        (EVIL, "doctype", "DOCTYPE"),
        (V2[: V2.index(b"<ns7:events>")], "truncated", "ends before"),
        (V2.replace(b'encoding="UTF-8"', b'encoding="klingon"'), "wrong_charset", "encoding"),
        (message(), "unknown_shape", "no event"),
        (message(*[event(n) for n in range(1001)]), "too_many_items", "1001"),
        (V2.replace(b"http://notification.event", b"http://else.event"), "unknown_shape", "ExternalEvent"),
        (
            b'<E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/"><E:Body><E:Fault><faultcode>x'
            b"</faultcode><faultstring>No access</faultstring></E:Fault></E:Body></E:Envelope>",
            "source_error",
            "No access",
        ),
        (b"<Envelope/>", "unknown_shape", "Envelope"),
    ],
    ids=["dtd", "cut", "charset", "empty", "many", "stranger", "fault", "bare"],
)
def test_a_message_that_cannot_be_used_is_refused_by_name(body: bytes, code: str, says: str) -> None:
    error = refusal(body)
    assert error.code == code
    assert says in error.detail

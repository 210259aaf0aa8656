"""Event notifications through the webhook: kept, shown, and acknowledged in SOAP."""

from __future__ import annotations

from tests.connector.api.sending import send, successfactors
from tests.parts.front import Tenant

EVENT = successfactors("event_v2_position_change.xml")


async def test_an_event_is_acknowledged_in_its_own_namespace_and_kept(tenant: Tenant) -> None:
    answer = await send(tenant.http, EVENT, "successfactors")
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "text/xml")
    assert b'xmlns:n="http://notification.event.successfactors.com"' in answer.content
    assert b"<n:status>0</n:status>" in answer.content
    kept = (await tenant.http.get("/v1/source-events")).json()["results"]
    assert [(one["shape"], one["accepted"]) for one in kept] == [("event_notification_v2", 0)]
    raw = await tenant.http.get(f"/v1/source-events/{kept[0]['id']}/raw")
    assert raw.content == EVENT


async def test_the_same_message_again_is_acknowledged_without_work(tenant: Tenant) -> None:
    first, second = [await send(tenant.http, EVENT, "successfactors") for _ in range(2)]
    assert b"<n:status>0</n:status>" in first.content
    assert b"<n:status>0</n:status>" in second.content
    assert len((await tenant.http.get("/v1/source-events")).json()["results"]) == 1
    reposted = EVENT.replace(b"repost>false", b"repost>true")
    assert (await send(tenant.http, reposted, "successfactors")).status_code == 200
    assert len((await tenant.http.get("/v1/source-events")).json()["results"]) == 2


async def test_an_event_that_is_refused_is_told_so_in_soap_and_kept(tenant: Tenant) -> None:
    answer = await send(tenant.http, EVENT.replace(b"ns7:event>", b"ns7:other>"), "successfactors")
    assert answer.status_code == 200
    assert b"<n:status>1</n:status>" in answer.content
    assert b"<n:errorCode>unknown_shape</n:errorCode>" in answer.content
    kept = (await tenant.http.get("/v1/source-events")).json()["results"]
    assert [one["status"] for one in kept] == ["rejected"]


async def test_a_hostile_event_is_a_problem_like_any_other(tenant: Tenant) -> None:
    hostile = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    answer = await send(tenant.http, hostile + EVENT.split(b"?>", 1)[1], "successfactors")
    assert (answer.status_code, answer.json()["code"]) == (400, "doctype")


async def test_a_message_with_attachments_is_refused_before_it_is_read(tenant: Tenant) -> None:
    answer = await send(tenant.http, EVENT, "successfactors", content_type="multipart/related; boundary=x")
    assert answer.status_code == 415


async def test_profiles_in_xml_still_get_a_receipt(tenant: Tenant) -> None:
    answer = await send(tenant.http, b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "successfactors")
    assert (answer.status_code, answer.json()["status"]) == (202, "empty")

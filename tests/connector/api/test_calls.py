"""My last calls: what a client asked, what it was told, and nobody else's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx

from connector.services import Services
from control import calls, companies
from control.access import Caller
from control.calls import KEPT, MOST_BODY, Made
from kit import ids
from kit.sql import Query
from tests.parts.front import Tenant


async def test_a_refused_call_is_found_by_its_request_id_with_what_was_said(
    tenant: Tenant, services: Services
) -> None:
    refused = await tenant.http.post(
        "/v1/pushes", json={"ids": []}, headers={"x-request-id": "recipe-job-77"}
    )
    await tenant.http.get("/v1/me?x=1")
    await services.calls.write(services.db, services.vault)
    (found,) = (await tenant.http.get("/v1/calls?request_id=recipe-job-77")).json()["results"]
    assert (found["method"], found["path"], found["status"]) == ("POST", "/v1/pushes", 422)
    assert found["problem"]["detail"] == refused.json()["detail"]
    listed = (await tenant.http.get("/v1/calls")).json()["results"]
    assert ("/v1/me?x=1", 200, None) in [(one["path"], one["status"], one["problem"]) for one in listed]
    only = (await tenant.http.get("/v1/calls?refused=true")).json()["results"]
    assert [one["request_id"] for one in only] == ["recipe-job-77"]


async def test_a_client_keeps_its_newest_hundred(tenant: Tenant, services: Services) -> None:
    for _ in range(2):
        for _ in range(KEPT // 2 + 5):
            await tenant.http.get("/v1/me")
        await services.calls.write(services.db, services.vault)
    assert len((await tenant.http.get("/v1/calls")).json()["results"]) == KEPT


async def test_nobody_sees_anothers_calls_and_no_secret_is_kept(
    tenant: Tenant, services: Services, make_tenant: Any
) -> None:
    other = await make_tenant("Other")
    await tenant.http.get("/v1/runs?cursor=x&password=geheim")
    await services.calls.write(services.db, services.vault)
    assert (await other.http.get("/v1/calls")).json()["results"] == []
    mine = await tenant.http.get("/v1/calls?refused=true")
    assert "geheim" not in mine.text


async def test_what_cannot_be_written_costs_nobody_else_a_call(
    tenant: Tenant, services: Services, make_tenant: Any
) -> None:
    other = await make_tenant("Other")
    await tenant.http.get("/v1/me")
    assert (await other.http.get("/v1/roles/%00")).status_code == 404
    assert await services.calls.write(services.db, services.vault) == 2
    (theirs,) = (await other.http.get("/v1/calls")).json()["results"]
    assert theirs["path"] == "/v1/roles/\ufffd"
    await services.calls.write(services.db, services.vault)

    await tenant.http.get("/v1/me?x=2")
    unwritable = Made(
        request_id="unwritable-1",
        at=datetime.now(UTC),
        method="GET",
        path="/v1/me",
        status=404,
        milliseconds=1,
        problem={"detail": "\0"},
    )
    services.calls.note(Caller("client", other.company.id, ids.new(), "Recipe", frozenset()), unwritable)
    assert await services.calls.write(services.db, services.vault) == 1
    paths = [one["path"] for one in (await tenant.http.get("/v1/calls")).json()["results"]]
    assert paths == ["/v1/me?x=2", "/v1/me"]


async def refused_simulation(tenant: Tenant, services: Services, request_id: str) -> None:
    """A call that is refused because the company is no sandbox."""
    made = await tenant.http.post("/v1/subscriptions", json={"url": "https://webhooks.workato.com/x"})
    body = {"subscription_id": made.json()["id"], "cases": ["late"]}
    refused = await tenant.http.post("/v1/simulate", json=body, headers={"x-request-id": request_id})
    assert refused.json()["code"] == "no_sandbox"
    await services.calls.write(services.db, services.vault)


async def resend(tenant: Tenant, request_id: str) -> httpx.Response:
    return await tenant.http.post(f"/v1/calls/{request_id}/resend")


async def test_a_refused_call_is_made_again_as_it_was_once_what_stood_in_its_way_is_gone(
    tenant: Tenant, services: Services
) -> None:
    await refused_simulation(tenant, services, "recipe-job-9")
    still = await resend(tenant, "recipe-job-9")
    assert (still.status_code, still.json()["code"]) == (409, "no_sandbox")
    async with services.db.engine() as tx:
        await companies.change(tx, tenant.company.id, policy={"sandbox": True})
    resent = await resend(tenant, "recipe-job-9")
    assert resent.status_code == 200, resent.text
    assert (resent.json()["resend_of"], resent.json()["path"]) == ("recipe-job-9", "/v1/simulate")
    assert [case["name"] for case in resent.json()["answer"]["cases"]] == ["late"]
    again = await resend(tenant, "recipe-job-9")
    assert again.json()["answer"] == resent.json()["answer"], "the work is not done twice"
    await services.calls.write(services.db, services.vault)
    found = {one["request_id"]: one for one in (await tenant.http.get("/v1/calls")).json()["results"]}
    linked = found[resent.headers["x-request-id"]]
    assert (linked["resend_of"], linked["status"], linked["resendable"]) == ("recipe-job-9", 200, False)
    assert (found["recipe-job-9"]["resendable"], found["recipe-job-9"]["resend_of"]) == (True, None)


async def test_bytes_and_query_are_sent_again_as_they_were(tenant: Tenant, services: Services) -> None:
    headers = {"x-request-id": "recipe-job-1", "content-type": "application/xml", "x-event-id": "evt-1"}
    refused = await tenant.http.post("/v1/webhooks/workday?strict=true", content=b"<x>", headers=headers)
    await services.calls.write(services.db, services.vault)
    again = await resend(tenant, "recipe-job-1")
    assert (again.status_code, again.json()["code"]) == (refused.status_code, refused.json()["code"])
    async with services.db.engine() as tx:
        events = await tx.all(Query("t", "", "SELECT body_sha256, content_type FROM source_event"))
        (row,) = await tx.all(Query("t", "", "SELECT body, headers FROM call WHERE body IS NOT NULL"))
    assert len(events) == 2
    assert events[0] == events[1]
    assert row["headers"] == {"content-type": "application/xml", "x-event-id": "evt-1"}
    assert "<x>" not in row["body"]
    assert "PHg+" not in row["body"]


async def test_a_part_of_an_upload_is_sent_again_with_its_range_and_only_until_it_is_taken(
    tenant: Tenant, services: Services
) -> None:
    upload = (await tenant.http.post("/v1/uploads", json={"name": "steps.md"})).json()

    async def put(part: bytes, said: str, request_id: str) -> int:
        headers = {"content-type": "application/octet-stream", "content-range": said}
        headers["x-request-id"] = request_id
        url = f"/v1/uploads/{upload['id']}/bytes"
        return (await tenant.http.put(url, content=part, headers=headers)).status_code

    assert await put(b"second", "bytes 6-11/12", "part-0002") == 409
    assert await put(b"first ", "bytes 0-5/12", "part-0001") == 200
    await services.calls.write(services.db, services.vault)
    resent = await resend(tenant, "part-0002")
    assert (resent.status_code, resent.json()["answer"]["received"]) == (200, 12)
    again = await resend(tenant, "part-0002")
    assert (again.status_code, again.json()["code"]) == (409, "call_not_kept")


async def test_what_was_taken_in_what_is_large_and_what_a_company_excludes_is_not_kept(
    tenant: Tenant, services: Services
) -> None:
    await tenant.http.post(
        "/v1/pushes", json={"ids": ["x" * MOST_BODY]}, headers={"x-request-id": "large-01"}
    )
    await tenant.http.post("/v1/roles", json={"title": "Nurse"}, headers={"x-request-id": "taken-01"})
    await services.calls.write(services.db, services.vault)
    async with services.db.engine() as tx:
        insert = """INSERT INTO connection (id, company_id, source, access, shown, excluded)
        VALUES (gen_random_uuid(), %(c)s, 'workday', '', '{}', '{grade}')"""
        await tx.run(Query("t", "", insert), {"c": tenant.company.id})
    await refused_simulation(tenant, services, "excluded-01")
    for request_id in ("large-01", "taken-01", "excluded-01"):
        answer = await resend(tenant, request_id)
        assert (answer.status_code, answer.json()["code"]) == (409, "call_not_kept"), request_id


async def test_nobody_sends_anothers_call_again_and_a_body_ends_with_its_time(
    tenant: Tenant, services: Services, make_tenant: Any
) -> None:
    await refused_simulation(tenant, services, "recipe-job-9")
    other = await make_tenant("Other")
    for who, request_id in ((other, "recipe-job-9"), (tenant, "recipe-job-0")):
        assert (await resend(who, request_id)).status_code == 404
    async with services.db.engine() as tx:
        await tx.run(Query("t", "", "UPDATE call SET at = now() - interval '8 days'"))
    assert await calls.forget_bodies(services.db) == 1
    assert (await resend(tenant, "recipe-job-9")).json()["code"] == "call_not_kept"

"""Source events: found again, byte for byte, and taken in once more."""

from __future__ import annotations

from typing import Any

from kit.sql import Query
from tests.connector.api.sending import job_codes, send, workday
from tests.parts.front import Tenant


async def test_what_came_in_is_kept_byte_for_byte(tenant: Tenant) -> None:
    body = (
        await send(tenant.http, workday(), content_type="text/xml; charset=utf-8", x_event_id="evt-1")
    ).json()
    event = (await tenant.http.get(f"/v1/source-events/{body['id']}")).json()
    assert (event["source"], event["event_id"], event["content_type"], event["size"]) == (
        *("workday", "evt-1", "text/xml; charset=utf-8"),
        len(workday()),
    )
    assert event["results"] == body["results"]
    raw = await tenant.http.get(f"/v1/source-events/{body['id']}/raw")
    assert raw.content == workday()
    assert raw.headers["content-type"] == "text/xml; charset=utf-8"
    assert raw.headers["content-disposition"] == f'attachment; filename="{body["id"]}"'


async def test_a_content_type_that_is_none_is_not_sent_back(tenant: Tenant) -> None:
    answer = await tenant.http.post(
        "/v1/webhooks/workday", content=workday(), headers={"content-type": "weird"}
    )
    raw = await tenant.http.get(f"/v1/source-events/{answer.json()['id']}/raw")
    assert raw.headers["content-type"] == "application/octet-stream"


async def test_the_list_is_newest_first_and_filtered(tenant: Tenant) -> None:
    first = (await send(tenant.http, workday(), x_event_id="evt-1")).json()
    refused = (await send(tenant.http, b"<a/>")).json()["source_event_id"]
    last = (await send(tenant.http, job_codes({}), "successfactors")).json()
    role = first["results"][0]["role_id"]
    for query, ids in {
        "": [last["id"], refused, first["id"]],
        "status=rejected": [refused],
        "source=successfactors": [last["id"]],
        "event_id=evt-1": [first["id"]],
        f"role_id={role}": [first["id"]],
        "updated_since=2100-01-01": [],
        "until=2001-01-01": [],
    }.items():
        found = (await tenant.http.get(f"/v1/source-events?{query}")).json()
        assert [event["id"] for event in found["results"]] == ids, query
    page = (await tenant.http.get("/v1/source-events?limit=2")).json()
    rest = (await tenant.http.get("/v1/source-events", params={"cursor": page["next_cursor"]})).json()
    assert [event["id"] for event in page["results"] + rest["results"]] == [last["id"], refused, first["id"]]
    assert (page["has_more"], rest["has_more"], rest["next_cursor"]) == (True, False, None)


async def test_a_replay_is_a_call_of_its_own_and_makes_no_second_run(tenant: Tenant) -> None:
    first = (await send(tenant.http, workday(), x_event_id="evt-1")).json()
    again = (await tenant.http.post(f"/v1/source-events/{first['id']}/replay")).json()
    assert again["id"] != first["id"]
    assert (again["results"][0]["verdict"], again["results"][0]["pushed"]) == ("no_material_change", False)
    assert again["results"][0]["run_id"] == first["results"][0]["run_id"]
    event = (await tenant.http.get(f"/v1/source-events/{again['id']}")).json()
    assert event["replay_of"] == first["id"]
    assert (await send(tenant.http, workday(), x_event_id="evt-1")).json()["id"] == first["id"]


async def test_a_replay_after_a_failure_runs_again(tenant: Tenant, services: Any) -> None:
    first = (await send(tenant.http, workday())).json()
    fail = Query(
        "fail",
        "",
        """WITH gone AS (
          UPDATE run SET status = 'failed', finished_at = now(), waiting = NULL,
            error = '{"code": "cancelled", "message": "Cancelled."}'
          RETURNING role_id)
        UPDATE role SET state = 'draft' FROM gone WHERE id = role_id""",
    )
    async with services.db.engine() as tx:
        await tx.run(fail)
    url = f"/v1/source-events/{first['id']}/replay"
    again = (await tenant.http.post(url, json={}, headers={"idempotency-key": "k"})).json()
    assert again["results"][0]["pushed"] is True
    assert again["results"][0]["run_id"] != first["results"][0]["run_id"]
    assert (await tenant.http.post(url, json={}, headers={"idempotency-key": "k"})).json() == again


async def test_a_sheet_is_replayed_as_a_sheet(tenant: Tenant) -> None:
    content = b"title,code\nNurse,R-1\n"
    answer = await tenant.http.post("/v1/roles/import", content=content, headers={"content-type": "text/csv"})
    again = (await tenant.http.post(f"/v1/source-events/{answer.json()['id']}/replay")).json()
    assert again["results"][0]["verdict"] == "no_material_change"


async def test_bytes_that_cannot_be_read_are_refused_again(tenant: Tenant) -> None:
    refused = (await send(tenant.http, b"<a/>")).json()
    again = await tenant.http.post(f"/v1/source-events/{refused['source_event_id']}/replay")
    assert (again.status_code, again.json()["code"]) == (422, refused["code"])
    assert again.json()["source_event_id"] != refused["source_event_id"]

"""Trying a mapping over HTTP: previews and impact, and who may see what."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connector.api.sending import send, workday
from tests.connector.api.test_mappings import AT, graded, save
from tests.parts.front import Tenant


async def test_a_preview_takes_the_draft_and_the_first_sample_without_a_word(tenant: Tenant) -> None:
    await save(tenant.http, mapping=graded("title"))
    seen = (await tenant.http.post(f"{AT}/preview")).json()
    targets = {one["target"]: one["value"] for one in seen["targets"]}
    assert targets["grade"] == targets["title"] == "Associate Data Analyst"
    assert "<h2>Description</h2>" in seen["documents"][0]["html"]


async def test_rules_are_tried_before_they_are_saved_on_what_came_in(tenant: Tenant) -> None:
    came = (await send(tenant.http, workday("qualifications.xml"))).json()
    body = {"mapping": graded("code"), "source_event_id": came["id"]}
    seen = (await tenant.http.post(f"{AT}/preview", json=body)).json()
    assert seen["source_id"] == came["results"][0]["source_id"]
    assert (await tenant.http.get(f"{AT}/draft")).status_code == 404


async def test_a_payload_is_pasted(tenant: Tenant) -> None:
    pasted = {"payload": workday().decode(), "version": 0}
    assert (await tenant.http.post(f"{AT}/preview", json=pasted)).json()["items"] == 1
    wrong = await tenant.http.post(f"{AT}/preview", json={"payload": "no payload"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "payload_unreadable")
    none = await tenant.http.post(f"{AT}/preview", json={**pasted, "item": 5})
    assert none.status_code == 404
    both = await tenant.http.post(f"{AT}/preview", json={**pasted, "sample": "one_profile.xml"})
    assert both.status_code == 422


@pytest.mark.parametrize("where", ["preview", "impact"])
async def test_rules_that_cannot_work_say_where_and_why(tenant: Tenant, where: str) -> None:
    wrong = await tenant.http.post(f"{AT}/{where}", json={"mapping": graded("grade[")})
    (error,) = wrong.json()["errors"]
    assert error["field"].startswith("role[")
    assert "at character" in error["message"]


async def test_the_impact_of_the_draft_names_the_roles(tenant: Tenant) -> None:
    came = (await send(tenant.http, workday())).json()["results"][0]
    await save(tenant.http, mapping=graded("title"))
    told = (await tenant.http.post(f"{AT}/impact")).json()
    assert [one["role_id"] for one in told["roles"]] == [came["role_id"]]
    assert told["roles"][0]["fields"][0]["field"] == "grade"
    assert told["totals"]["payloads"] == 1


async def test_a_stored_payload_is_shown_to_those_who_may_read_it(make_tenant: Any) -> None:
    reader = await make_tenant("Reader", scopes=["mappings:read", "webhooks:write"])
    came = (await send(reader.http, workday())).json()
    refused = await reader.http.post(f"{AT}/preview", json={"source_event_id": came["id"]})
    assert refused.json()["code"] == "scope_missing"
    assert (await reader.http.get(f"{AT}/samples")).json()["results"][0] == "one_profile.xml"


async def test_proposals_stand_beside_the_rules_there_are(tenant: Tenant) -> None:
    seen = (await tenant.http.post(f"{AT}/propose", json={"sample": "qualifications.xml"})).json()
    assert seen["read_as"] == "job_profiles"
    by_target = {one["rule"]["target"]: one for one in seen["results"] if one["where"] == "role"}
    assert by_target["code"]["same"] is True
    assert by_target["title"]["current"]["target"] == "title"


async def test_json_of_an_unknown_system_is_proposed_for_too(tenant: Tenant) -> None:
    records = '{"Data": {"Rows": [{"PositionName": "Nurse", "JobRef": "J-1"}]}}'
    seen = (await tenant.http.post(f"{AT}/propose", json={"payload": records})).json()
    assert (seen["read_as"], seen["samples"]) == ("records", 1)
    assert {one["rule"]["target"] for one in seen["results"]} >= {"title", "code"}
    wrong = await tenant.http.post(f"{AT}/propose", json={"payload": "neither"})
    assert wrong.json()["code"] == "payload_unreadable"

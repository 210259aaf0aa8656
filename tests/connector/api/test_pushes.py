"""Pushes by API: one role, or up to a thousand, answered with the run or the batch that serves them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from kit import ids
from kit.settings import Settings
from tests.connector.api.sending import create
from tests.parts.front import Tenant, settings_for


@pytest.fixture
def settings(db_url: str) -> Settings:
    return settings_for(db_url, push_items=4)


async def push(tenant: Tenant, role_id: str, **body: Any) -> Any:
    return await tenant.http.post(f"/v1/roles/{role_id}/push", json=body)


async def test_a_push_is_answered_with_the_run(tenant: Tenant) -> None:
    role = await create(tenant.http)
    answer = await push(tenant, role["id"], priority="P0")
    run = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == run["links"]["self"]
    assert (run["kind"], run["status"], run["waiting"]["reason"]) == ("run", "pending", "queue")
    assert (run["inputs"]["priority"], run["inputs"]["reason"], run["inputs"]["actor_kind"]) == (
        *("P0", "first"),
        "client",
    )
    assert (await tenant.http.get(f"/v1/roles/{role['id']}")).json()["state"] == "queued"


async def test_a_push_without_a_body_means_all_stages(tenant: Tenant) -> None:
    role = await create(tenant.http, priority="P2")
    answer = await tenant.http.post(
        f"/v1/roles/{role['id']}/push", headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["inputs"]["stages"]) == (202, None)
    assert answer.json()["inputs"]["priority"] == "P2"


async def test_the_same_push_again_gets_the_same_run(tenant: Tenant) -> None:
    role = await create(tenant.http)
    answers = await asyncio.gather(*(push(tenant, role["id"]) for _ in range(4)))
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_a_push_with_the_same_key_is_answered_from_memory(tenant: Tenant) -> None:
    role = await create(tenant.http)
    url, key = f"/v1/roles/{role['id']}/push", {"idempotency-key": "k"}
    first = await tenant.http.post(url, json={}, headers=key)
    again = await tenant.http.post(url, json={}, headers=key)
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")


async def test_a_role_without_document_is_refused_with_what_to_do(tenant: Tenant) -> None:
    role = await create(tenant.http, documents=[])
    answer = await push(tenant, role["id"])
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "validation_failed")
    assert "job description or a process map" in problem["action"]["what"]


async def test_an_archived_role_is_refused(tenant: Tenant) -> None:
    role = await create(tenant.http)
    await tenant.http.delete(f"/v1/roles/{role['id']}")
    answer = await push(tenant, role["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "role_archived")


async def test_stages_without_their_parents_are_refused_by_name(tenant: Tenant) -> None:
    role = await create(tenant.http)
    answer = await push(tenant, role["id"], stages=["skills_architecture"])
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "stages_missing")
    assert [error["message"] for error in problem["errors"]] == [
        "add create_company_role",
        "add link_documents",
        "add ai_assessment",
        "add mine_skills",
    ]


async def test_a_stage_that_does_not_exist_is_named(tenant: Tenant) -> None:
    role = await create(tenant.http)
    answer = await push(tenant, role["id"], stages=["astrology"])
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_stage")
    assert "astrology" in answer.json()["detail"]


async def test_many_are_pushed_as_a_batch_and_the_refused_are_listed(tenant: Tenant) -> None:
    good, bare = await create(tenant.http), await create(tenant.http, "Porter", documents=[])
    nobody = ids.show("role", ids.new())
    answer = await tenant.http.post("/v1/pushes", json={"ids": [good["id"], bare["id"], nobody, "sub_1"]})
    batch = answer.json()
    assert answer.status_code == 202
    assert (batch["kind"], batch["status"], batch["inputs"]["size"]) == ("batch", "pending", 1)
    assert [(one["index"], one["role_id"], one["code"]) for one in batch["outputs"]["refused"]] == [
        (1, bare["id"], "validation_failed"),
        (2, nobody, "not_found"),
        (3, "sub_1", "wrong_kind"),
    ]


async def test_a_filter_means_complete_roles_that_are_in_use(tenant: Tenant) -> None:
    nurse = await create(tenant.http, "Nurse", family="Nursing")
    await create(tenant.http, "Porter", family="Nursing", documents=[])
    await create(tenant.http, "Cook", family="Kitchen")
    gone = await create(tenant.http, "Midwife", family="Nursing")
    await tenant.http.delete(f"/v1/roles/{gone['id']}")
    body = {"filter": {"family": "nursing"}}
    batch = (await tenant.http.post("/v1/pushes", json=body)).json()
    assert (batch["outputs"]["runs"], batch["outputs"]["refused"]) == (1, [])
    assert (await tenant.http.get(f"/v1/roles/{nurse['id']}")).json()["state"] == "queued"
    body = {"filter": {"family": "nursing", "complete_only": "false"}}
    batch = (await tenant.http.post("/v1/pushes", json=body)).json()
    assert [one["code"] for one in batch["outputs"]["refused"]] == ["validation_failed"]


async def test_a_batch_of_runs_that_waited_already_is_not_over(tenant: Tenant) -> None:
    role = await create(tenant.http)
    run = (await push(tenant, role["id"])).json()
    first = (await tenant.http.post("/v1/pushes", json={"ids": [role["id"]]})).json()
    second = (await tenant.http.post("/v1/pushes", json={"ids": [role["id"]]})).json()
    for batch in (first, second):
        assert (batch["status"], batch["outputs"]["runs"]) == ("pending", 1)
        listed = (await tenant.http.get(f"/v1/runs?batch_id={batch['id']}")).json()["results"]
        assert [one["id"] for one in listed] == [run["id"]]
    assert (await tenant.http.get(f"/v1/roles/{role['id']}")).json()["last_run_id"] == run["id"]


async def test_a_filter_that_means_nothing_is_an_empty_batch(tenant: Tenant) -> None:
    batch = (await tenant.http.post("/v1/pushes", json={"filter": {"q": "nobody"}})).json()
    assert (batch["status"], batch["outputs"]["runs"]) == ("success", 0)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid"),
        ({"ids": []}, 422, "invalid"),
        ({"ids": ["a"], "filter": {}}, 422, "invalid"),
        ({"ids": ["role_1"]}, 422, "nothing_to_push"),
        ({"ids": ["role_1"] * 5}, 413, "too_many_roles"),
        ({"filter": {"state": ["asleep"]}}, 422, "invalid"),
    ],
)
async def test_a_push_that_means_nothing_is_told(tenant: Tenant, body: Any, status: int, code: str) -> None:
    answer = await tenant.http.post("/v1/pushes", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_filter_that_means_too_many_names_the_limit(tenant: Tenant) -> None:
    for n in range(5):
        await create(tenant.http, f"Nurse {n}")
    answer = await tenant.http.post("/v1/pushes", json={"filter": {}})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_many_roles")
    assert "the 4 that" in answer.json()["detail"]


async def test_a_company_pushes_its_own_roles_only(make_tenant: Callable[..., Awaitable[Tenant]]) -> None:
    one, two = await make_tenant("Liberty"), await make_tenant("Acme")
    theirs, mine = await create(one.http), await create(two.http)
    batch = (await two.http.post("/v1/pushes", json={"ids": [theirs["id"], mine["id"]]})).json()
    assert [one["code"] for one in batch["outputs"]["refused"]] == ["not_found"]
    assert (await one.http.get(f"/v1/roles/{theirs['id']}")).json()["state"] == "draft"


async def test_pushing_needs_its_scope(make_tenant: Callable[..., Awaitable[Tenant]]) -> None:
    reader = await make_tenant(scopes=["roles:read", "roles:write"])
    role = await create(reader.http)
    assert (await push(reader, role["id"])).status_code == 403

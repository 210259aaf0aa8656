"""Waits by API: registered with a push or with a run, and workspaces."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.connector.api.sending import create
from tests.parts.front import Tenant

TOKEN = "rt_85cf01aa"


def suspended(token: str = TOKEN, **more: Any) -> dict[str, Any]:
    """As the connector sends it: Pacific offset and milliseconds."""
    at = datetime.now(UTC) + timedelta(hours=2) - timedelta(hours=8)
    return {"resume_token": token, "expires_at": f"{at:%Y-%m-%dT%H:%M:%S}.513-08:00", **more}


@pytest.fixture
async def run(tenant: Tenant) -> str:
    await tenant.http.put("/v1/workspaces/eu", json={"token": "api-token"})
    role = await create(tenant.http)
    return str((await tenant.http.post(f"/v1/roles/{role['id']}/push", json={})).json()["id"])


async def test_a_wait_is_registered_once_for_the_same_token(tenant: Tenant, run: str) -> None:
    first = await tenant.http.post(f"/v1/runs/{run}/waits", json=suspended())
    again = await tenant.http.post(f"/v1/runs/{run}/waits", json=suspended())
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert (first.json()["status"], first.json()["data_centre"]) == ("waiting", "eu")
    assert TOKEN not in first.text


async def test_a_run_may_have_many_waits(tenant: Tenant, run: str) -> None:
    for n in range(3):
        await tenant.http.post(f"/v1/runs/{run}/waits", json=suspended(f"rt_{n}"))
    listed = (await tenant.http.get(f"/v1/runs/{run}/waits")).json()["results"]
    assert len(listed) == 3
    shown = await tenant.http.get(f"/v1/waits/{listed[0]['id']}")
    assert (shown.json()["run_ids"], shown.json()["tries"]) == ([run], [])


async def test_a_token_wakes_for_one_run_only(tenant: Tenant, run: str) -> None:
    await tenant.http.post(f"/v1/runs/{run}/waits", json=suspended())
    role = await create(tenant.http, title="Other")
    answer = await tenant.http.post(f"/v1/roles/{role['id']}/push", json=suspended())
    assert (answer.status_code, answer.json()["code"]) == (409, "token_in_use")


async def test_a_push_takes_the_token_along(tenant: Tenant, run: str) -> None:
    role = await create(tenant.http, title="Other")
    pushed = await tenant.http.post(f"/v1/roles/{role['id']}/push", json=suspended(data_centre="eu"))
    listed = await tenant.http.get(f"/v1/runs/{pushed.json()['id']}/waits")
    assert [one["status"] for one in listed.json()["results"]] == ["waiting"]
    assert TOKEN not in pushed.text


async def test_a_batch_is_one_wait(tenant: Tenant, run: str) -> None:
    roles = [(await create(tenant.http, title=f"Role {n}"))["id"] for n in range(2)]
    batch = (await tenant.http.post("/v1/pushes", json={"ids": roles, **suspended()})).json()["id"]
    (wait,) = (await tenant.http.get("/v1/waits?status[]=waiting")).json()["results"]
    assert (wait["batch_id"], len(wait["run_ids"])) == (batch, 2)
    again = await tenant.http.post("/v1/waits", json={"batch_id": batch, **suspended()})
    assert (again.status_code, again.json()["id"]) == (200, wait["id"])


async def test_a_push_of_nobody_puts_no_job_to_sleep(tenant: Tenant, run: str) -> None:
    body = {"filter": {"family": "None of ours"}, **suspended()}
    answer = await tenant.http.post("/v1/pushes", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "resume_token")
    assert (await tenant.http.get("/v1/waits")).json()["results"] == []


async def test_without_a_workspace_nothing_goes_to_sleep(tenant: Tenant) -> None:
    role = await create(tenant.http)
    answer = await tenant.http.post(f"/v1/roles/{role['id']}/push", json=suspended())
    assert (answer.status_code, answer.json()["code"]) == (422, "no_workspace")
    assert (await tenant.http.get("/v1/runs")).json()["results"] == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"resume_token": ""}, "resume_token"),
        ({"expires_at": ""}, "expires_at"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"data_centre": "us"}, "data_centre"),
    ],
)
async def test_what_is_wrong_with_a_wait_is_named(
    tenant: Tenant, run: str, wrong: dict[str, Any], field: str
) -> None:
    answer = await tenant.http.post(f"/v1/runs/{run}/waits", json=suspended() | wrong)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_another_companys_run_cannot_be_waited_for(tenant: Tenant, run: str, make_tenant: Any) -> None:
    other = await make_tenant("Other")
    await other.http.put("/v1/workspaces/us", json={"token": "api-token"})
    assert (await other.http.post(f"/v1/runs/{run}/waits", json=suspended())).status_code == 404
    assert (await other.http.get(f"/v1/runs/{run}/waits")).json()["results"] == []


async def test_a_workspace_shows_no_token_and_ends_its_waits(tenant: Tenant, run: str) -> None:
    wait = (await tenant.http.post(f"/v1/runs/{run}/waits", json=suspended())).json()
    listed = await tenant.http.get("/v1/workspaces")
    assert listed.json()["results"][0]["address"] == "https://app.eu.workato.com"
    assert "api-token" not in listed.text
    assert (await tenant.http.delete("/v1/workspaces/eu")).status_code == 204
    assert (await tenant.http.delete("/v1/workspaces/eu")).status_code == 204
    assert (await tenant.http.get(f"/v1/waits/{wait['id']}")).json()["status"] == "dead"


@pytest.mark.parametrize(
    ("place", "body", "status"),
    [
        ("mars", {"token": "x"}, 404),
        ("eu", {}, 422),
        ("own", {"token": "x"}, 422),
        ("own", {"token": "x", "address": "https://10.0.0.1"}, 422),
        ("eu", {"token": "x", "body": {"data": "$data"}}, 422),
    ],
)
async def test_what_is_wrong_with_a_workspace_is_said(
    tenant: Tenant, place: str, body: dict[str, Any], status: int
) -> None:
    assert (await tenant.http.put(f"/v1/workspaces/{place}", json=body)).status_code == status

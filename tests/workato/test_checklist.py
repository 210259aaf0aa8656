"""Behaviours that recipes rely on and that have no better place."""

from __future__ import annotations

import asyncio
import time

from kit.settings import Settings
from tests.connector.api.sending import create
from tests.parts.front import Tenant


async def test_a_look_that_may_wait_ends_when_the_run_does(tenant: Tenant) -> None:
    role = await create(tenant.http)
    run = (await tenant.http.post(f"/v1/roles/{role['id']}/push", json={})).json()["id"]
    waiting = asyncio.create_task(tenant.http.get(f"/v1/runs/{run}?wait=20"))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    await tenant.http.post(f"/v1/runs/{run}/cancel")
    answer = await asyncio.wait_for(waiting, 10)
    assert answer.json()["error"]["code"] == "cancelled"


async def test_a_look_that_has_waited_long_enough_says_how_it_is(tenant: Tenant) -> None:
    role = await create(tenant.http)
    batch = (await tenant.http.post("/v1/pushes", json={"ids": [role["id"]]})).json()["id"]
    began = time.monotonic()
    answer = await tenant.http.get(f"/v1/batches/{batch}?wait=0.4")
    assert time.monotonic() - began >= 0.4
    assert (answer.status_code, answer.json()["status"]) == (200, "pending")
    assert (await tenant.http.get(f"/v1/batches/{batch}?wait=21")).status_code == 422
    assert (await tenant.http.get(f"/v1/batches/{batch}?wait=")).status_code == 200


async def test_a_dry_run_changes_nothing_and_says_what_it_would_come_to(tenant: Tenant) -> None:
    role = await create(tenant.http)
    one = await tenant.http.post(f"/v1/roles/{role['id']}/push", json={"dry_run": "true"})
    many = await tenant.http.post("/v1/pushes", json={"ids": [role["id"]], "dry_run": True})
    assert (one.status_code, many.status_code) == (200, 200)
    assert [planned["role_id"] for planned in one.json()["roles"]] == [role["id"]]
    assert many.json()["roles"] == one.json()["roles"]
    assert (await tenant.http.get("/v1/runs")).json()["results"] == []


async def test_put_and_delete_may_be_repeated(tenant: Tenant) -> None:
    for _ in range(2):
        assert (await tenant.http.put("/v1/workspaces/us", json={"token": "x"})).status_code == 200
    for _ in range(2):
        empty = {"content-type": "application/json"}
        assert (await tenant.http.delete("/v1/workspaces/us", headers=empty)).status_code == 204


def test_what_a_sleeping_job_may_ask_for_is_kept_as_long_as_it_sleeps() -> None:
    assert Settings(database_url="x", secret_key="x").keep_run_days >= 60


async def test_what_the_sdk_sends_for_nothing_counts_as_nothing(tenant: Tenant) -> None:
    role = await create(tenant.http)
    run = (await tenant.http.post(f"/v1/roles/{role['id']}/push", json={})).json()["id"]
    blank = "cursor=&limit=&role_id=&batch_id=&updated_since=&status%5B%5D=pending&status%5B%5D=running"
    found = await tenant.http.get(f"/v1/runs?{blank}")
    assert [one["id"] for one in found.json()["results"]] == [run]
    assert (await tenant.http.get("/v1/events?cursor=&limit=&since=&type%5B%5D=run.*")).status_code == 200

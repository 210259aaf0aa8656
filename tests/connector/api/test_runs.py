"""Runs and batches over HTTP: polled, listed, cancelled, retried, by their own company only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from connector.services import Services
from kit import ids
from pipeline.stages.base import StageFault
from tests.parts.front import Tenant
from tests.pipeline.runs.world import draw, ended, execute, pushed, running, thirteen

Tenants = Callable[..., Awaitable[Tenant]]


def refuse(_given: object, _work: object) -> None:
    raise StageFault("The graph refuses.", code="graph_refused")


async def queued(services: Services, tenant: Tenant, n: int = 0) -> str:
    return ids.show("run", await pushed(services.db, tenant.company.id, n))


async def batch_of(services: Services, tenant: Tenant) -> str:
    batch_id = ids.new()
    await execute(
        services.db,
        "INSERT INTO batch (id, company_id, actor_kind, actor_id, size) "
        "VALUES (%(id)s, %(company)s, 'client', 'x', 1)",
        id=batch_id,
        company=tenant.company.id,
    )
    await execute(
        services.db,
        "UPDATE run SET batch_id = %(id)s WHERE company_id = %(company)s",
        id=batch_id,
        company=tenant.company.id,
    )
    return ids.show("batch", batch_id)


async def test_a_queued_run_has_a_place_a_time_and_a_pace(services: Services, tenant: Tenant) -> None:
    await queued(services, tenant, 0)
    run_id = await queued(services, tenant, 1)
    await draw(services.db, drained=2)
    answer = await tenant.http.get(f"/v1/runs/{run_id}")
    body = answer.json()
    assert (body["id"], body["kind"], body["status"], body["display"]) == (
        run_id,
        "run",
        "pending",
        "waiting",
    )
    assert (body["waiting"]["reason"], body["waiting"]["position"]) == ("queue", 2)
    assert body["waiting"]["eta"].endswith("Z")
    assert 50 <= int(answer.headers["retry-after"]) <= 60
    assert body["links"]["self"] == f"https://connector.example.com/v1/runs/{run_id}"


async def test_a_poller_is_told_when_nothing_changed(services: Services, tenant: Tenant) -> None:
    run_id = await queued(services, tenant)
    first = await tenant.http.get(f"/v1/runs/{run_id}")
    again = await tenant.http.get(f"/v1/runs/{run_id}", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert int(again.headers["retry-after"]) > 0
    listed = await tenant.http.get(f"/v1/runs/{run_id}", headers={"if-none-match": '"other", *'})
    assert listed.status_code == 304
    await tenant.http.post(f"/v1/runs/{run_id}/cancel")
    after = await tenant.http.get(f"/v1/runs/{run_id}", headers={"if-none-match": first.headers["etag"]})
    assert (after.status_code, after.json()["error"]["code"]) == (200, "cancelled")
    assert "retry-after" not in after.headers


async def test_the_stages_are_there_when_they_are_asked_for(services: Services, tenant: Tenant) -> None:
    run_id = await queued(services, tenant)
    assert (await tenant.http.get(f"/v1/runs/{run_id}")).json()["stages"] is None
    detailed = (await tenant.http.get(f"/v1/runs/{run_id}?detail=stages")).json()
    assert len(detailed["stages"]) == 13
    assert {one["kind"] for one in detailed["stages"]} == {"stage"}
    assert set(detailed["stages"][0]) == set(detailed)
    assert (await tenant.http.get(f"/v1/runs/{run_id}?detail=")).json()["stages"] is None
    assert (await tenant.http.get(f"/v1/runs/{run_id}?detail=all")).status_code == 422


async def test_a_waiting_run_is_cancelled_and_can_be_retried(services: Services, tenant: Tenant) -> None:
    run_id = await queued(services, tenant)
    done = await tenant.http.post(f"/v1/runs/{run_id}/cancel", headers={"content-type": "application/json"})
    assert (done.status_code, done.json()["status"]) == (200, "failed")
    assert (await tenant.http.post(f"/v1/runs/{run_id}/cancel")).json() == done.json()
    again = await tenant.http.post(f"/v1/runs/{run_id}/retry")
    assert again.status_code == 202
    assert again.headers["location"] == again.json()["links"]["self"]
    assert again.json()["inputs"]["retry_of"] == run_id


async def test_an_owned_run_is_asked_to_end(services: Services, tenant: Tenant) -> None:
    run_id = await queued(services, tenant)
    owner = ids.new()
    await execute(
        services.db,
        "UPDATE run SET status = 'running', owner = %(owner)s, slot = true, started_at = now(), "
        "waiting = NULL, epoch = 1, lease_until = now() + interval '1 minute'",
        owner=owner,
    )
    asked = await tenant.http.post(f"/v1/runs/{run_id}/cancel")
    assert (asked.status_code, asked.json()["status"]) == (202, "running")
    assert asked.json()["inputs"]["cancel_asked"] is True


async def test_only_a_run_that_is_over_is_retried_and_a_key_does_it_once(
    services: Services, tenant: Tenant
) -> None:
    run_id = await queued(services, tenant)
    early = await tenant.http.post(f"/v1/runs/{run_id}/retry")
    assert (early.status_code, early.json()["code"]) == (409, "run_unfinished")
    assert early.json()["action"]["what"]
    await ended(services.db, ids.parse("run", run_id), create_company_role=refuse)
    first = await tenant.http.post(f"/v1/runs/{run_id}/retry", headers={"idempotency-key": "job-1"})
    second = await tenant.http.post(f"/v1/runs/{run_id}/retry", headers={"idempotency-key": "job-1"})
    assert first.json() == second.json()
    assert second.headers["idempotent-replayed"] == "true"
    assert len((await tenant.http.get("/v1/runs")).json()["results"]) == 2


async def test_runs_are_listed_by_what_a_recipe_asks(services: Services, tenant: Tenant) -> None:
    run_ids = [await queued(services, tenant, n) for n in range(3)]
    batch_id = await batch_of(services, tenant)
    await tenant.http.post(f"/v1/runs/{run_ids[0]}/cancel")

    async def found(query: str) -> list[str]:
        answer = (await tenant.http.get(f"/v1/runs?{query}")).json()
        return [one["id"] for one in answer["results"]]

    first = (await tenant.http.get("/v1/runs?limit=2")).json()
    assert (len(first["results"]), first["has_more"]) == (2, True)
    assert len(await found(f"limit=2&cursor={first['next_cursor']}")) == 1
    assert await found("status=failed") == [run_ids[0]]
    assert sorted(await found("status[]=failed&status[]=pending")) == sorted(run_ids)
    assert await found("state=draft") == [run_ids[0]]
    assert len(await found(f"batch_id={batch_id}")) == 3
    role_id = (await tenant.http.get(f"/v1/runs/{run_ids[1]}")).json()["inputs"]["role_id"]
    assert await found(f"role_id={role_id}") == [run_ids[1]]
    assert len(await found("updated_since=2020-01-01")) == 3
    assert await found("updated_since=2999-01-01T00:00:00Z") == []
    assert (await tenant.http.get("/v1/runs?limit=1001")).status_code == 422
    assert (await tenant.http.get("/v1/runs?status=done")).status_code == 422
    assert (await tenant.http.get("/v1/runs?cursor=x")).json()["code"] == "bad_cursor"


async def test_a_batch_is_polled_like_a_run(services: Services, tenant: Tenant) -> None:
    await queued(services, tenant)
    batch_id = await batch_of(services, tenant)
    answer = await tenant.http.get(f"/v1/batches/{batch_id}")
    body = answer.json()
    assert (body["kind"], body["status"], body["outputs"]["pending"]) == ("batch", "pending", 1)
    assert int(answer.headers["retry-after"]) > 0
    again = await tenant.http.get(
        f"/v1/batches/{batch_id}", headers={"if-none-match": answer.headers["etag"]}
    )
    assert again.status_code == 304


async def test_the_events_of_a_run_come_in_pages(services: Services, tenant: Tenant) -> None:
    run_id = await queued(services, tenant)
    await ended(services.db, ids.parse("run", run_id))
    first = (await tenant.http.get(f"/v1/runs/{run_id}/events?limit=10")).json()
    assert [one["sequence"] for one in first["results"]] == list(range(10))
    assert (first["has_more"], first["next_cursor"]) == (True, "9")
    rest = (await tenant.http.get(f"/v1/runs/{run_id}/events?cursor=9")).json()
    assert (rest["results"][0]["sequence"], rest["has_more"]) == (10, False)


async def test_the_bundle_is_one_answer_without_a_word_of_a_document(
    services: Services, tenant: Tenant
) -> None:
    run_id = await queued(services, tenant)
    await ended(services.db, ids.parse("run", run_id))
    answer = await tenant.http.get(f"/v1/runs/{run_id}/bundle")
    body = answer.json()
    assert (body["run"]["id"], body["origin"]["mapping_version"]) == (run_id, "workday@0")
    assert len(body["attempts"]) == 13
    assert (body["calls"], body["deliveries"]) == ([], [])
    assert "Reconcile supplier invoices" not in answer.text


ADDRESSES = [
    ("GET", "/v1/runs/{run}"),
    ("GET", "/v1/runs/{run}?detail=stages"),
    ("GET", "/v1/runs/{run}/events"),
    ("GET", "/v1/runs/{run}/bundle"),
    ("POST", "/v1/runs/{run}/resume"),
    ("POST", "/v1/runs/{run}/cancel"),
    ("POST", "/v1/runs/{run}/retry"),
    ("GET", "/v1/batches/{batch}"),
    ("GET", "/v1/assessments/{role}"),
]


@pytest.mark.parametrize(("method", "address"), ADDRESSES)
async def test_what_is_another_companys_is_not_there(
    services: Services, make_tenant: Tenants, method: str, address: str
) -> None:
    mine, theirs = await make_tenant("Mine"), await make_tenant("Theirs")
    run_id: UUID = await pushed(services.db, theirs.company.id)
    await ended(services.db, run_id)
    role_id = (await execute(services.db, "SELECT id FROM role"))[0]["id"]
    names = {
        "run": ids.show("run", run_id),
        "batch": await batch_of(services, theirs),
        "role": ids.show("role", role_id),
    }
    answer = await mine.http.request(method, address.format(**names))
    assert answer.status_code == 404
    expected = {"POST": {200, 202}, "GET": {200}}[method]
    assert (await theirs.http.request(method, address.format(**names))).status_code in expected


@pytest.mark.parametrize(("method", "address"), ADDRESSES)
async def test_an_id_of_another_kind_is_told_so(tenant: Tenant, method: str, address: str) -> None:
    wrong = ids.show("doc", ids.new())
    answer = await tenant.http.request(method, address.format(run=wrong, batch=wrong, role=wrong))
    assert (answer.status_code, answer.json()["code"]) == (404, "wrong_kind")
    assert "is the id of a document" in answer.json()["detail"]


async def test_lists_hold_the_own_companys_only(services: Services, make_tenant: Tenants) -> None:
    mine, theirs = await make_tenant("Mine"), await make_tenant("Theirs")
    async with running(services.db, thirteen()) as rig:
        await rig.settled(await pushed(services.db, theirs.company.id))
    for address in ("/v1/runs", "/v1/events", "/v1/assessments"):
        assert (await theirs.http.get(address)).json()["results"]
        assert (await mine.http.get(address)).json()["results"] == []


@pytest.mark.parametrize(
    ("address", "scope"),
    [
        ("/v1/runs", "runs:read"),
        ("/v1/batches/x", "runs:read"),
        ("/v1/events", "events:read"),
        ("/v1/queue", "runs:read"),
        ("/v1/status", "runs:read"),
        ("/v1/stages", "runs:read"),
        ("/v1/assessments", "assessments:read"),
    ],
)
async def test_each_address_needs_its_scope(make_tenant: Tenants, address: str, scope: str) -> None:
    tenant = await make_tenant(scopes=["roles:read"])
    answer: Any = await tenant.http.get(address)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert scope in answer.json()["detail"]
    assert (await tenant.bare.get(address)).status_code == 401


@pytest.mark.parametrize("query", ["batch_id=run_1", "role_id=nobody"])
async def test_a_list_by_an_id_that_is_none_is_a_404(tenant: Tenant, query: str) -> None:
    answer = await tenant.http.get(f"/v1/runs?{query}")
    assert answer.status_code == 404


async def test_a_run_is_paused_and_resumed(services: Services, tenant: Tenant) -> None:
    run_id = await queued(services, tenant)
    paused = await tenant.http.post(f"/v1/runs/{run_id}/pause")
    assert (paused.status_code, paused.json()["waiting"]["reason"]) == (200, "paused")
    feed = (await tenant.http.get(f"/v1/runs/{run_id}/events")).json()["results"]
    assert (feed[-1]["type"], feed[-1]["status"], feed[-1]["display"]) == ("run.paused", "pending", "waiting")
    assert (await tenant.http.get("/v1/queue")).json()["reasons"] == {"paused": 1}
    resumed = await tenant.http.post(f"/v1/runs/{run_id}/resume")
    assert (resumed.status_code, resumed.json()["waiting"]["reason"]) == (200, "queue")
    await tenant.http.post(f"/v1/runs/{run_id}/cancel")
    late = await tenant.http.post(f"/v1/runs/{run_id}/pause")
    assert (late.status_code, late.json()["code"]) == (409, "run_over")

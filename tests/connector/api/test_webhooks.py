"""Job profiles through the webhooks: understood, taken in once, answered item by item."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from kit.db import json
from kit.ids import parse
from kit.sql import Query
from tests.connector.api.sending import job_codes, send, successfactors, workday
from tests.parts.front import Tenant


async def run_sql(tenant: Tenant, services: Any, text: str, **params: Any) -> list[dict[str, Any]]:
    async with services.db.engine() as tx:
        found: list[dict[str, Any]] = await tx.all(Query("test", "", text), params)
        return found


async def set_policy(
    tenant: Tenant, services: Any, mode: str, filters: Any = None, cap: int | None = None
) -> None:
    insert = Query(
        "set_policy",
        "",
        """INSERT INTO push_policy (company_id, source, mode, filters, daily_cap)
        VALUES (%(c)s, 'workday', %(m)s, %(f)s, %(n)s)""",
    )
    async with services.db.engine() as tx:
        await tx.run(insert, {"c": tenant.company.id, "m": mode, "f": json(filters or {}), "n": cap})


async def fail_runs(services: Any) -> None:
    update = Query(
        "fail",
        "",
        """WITH gone AS (
          UPDATE run SET status = 'failed', finished_at = now(), waiting = NULL,
            error = '{"code": "model_away", "message": "Away."}'
          RETURNING role_id)
        UPDATE role SET state = 'assessment_failed' FROM gone WHERE id = role_id""",
    )
    async with services.db.engine() as tx:
        await tx.run(update)


async def test_a_job_profile_becomes_a_role_that_waits_to_run(tenant: Tenant) -> None:
    answer = await send(tenant.http, workday())
    body = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == body["status_url"] == body["links"]["self"]
    assert (body["status"], body["accepted"], body["rejected"]) == ("accepted", 1, 0)
    item = body["results"][0]
    assert (item["verdict"], item["pushed"]) == ("new", True)
    assert body["links"]["run"].endswith(item["run_id"])
    role = (await tenant.http.get(f"/v1/roles/{item['role_id']}")).json()
    assert (role["state"], role["title"], role["last_run_id"]) == (
        "queued",
        "Associate Data Analyst",
        item["run_id"],
    )
    assert role["documents"][0]["kind"] == "job_description"


async def test_a_page_of_a_hundred_gets_a_verdict_for_each(tenant: Tenant) -> None:
    body = (await send(tenant.http, workday("page_100.xml"))).json()
    assert (body["accepted"], body["rejected"]) == (100, 0)
    assert [item["index"] for item in body["results"]] == list(range(100))
    assert len({item["role_id"] for item in body["results"]}) == 100


async def test_the_same_profile_in_another_rendering_is_no_change(tenant: Tenant) -> None:
    first = (await send(tenant.http, workday())).json()["results"][0]
    for name in ("one_profile.workato.json", "one_profile.workato_stripped.json", "one_profile.zeep.json"):
        again = (await send(tenant.http, workday(name))).json()["results"][0]
        assert (again["verdict"], again["pushed"], again["run_id"]) == (
            "no_material_change",
            False,
            first["run_id"],
        )


@pytest.mark.parametrize(
    "name", ["fojobcode_page_next.json", "jobprofile_one_expanded.json", "recipe_passthrough_one.json"]
)
async def test_successfactors_is_read_by_its_structure(tenant: Tenant, name: str) -> None:
    answer = await send(tenant.http, successfactors(name), "successfactors")
    assert answer.status_code == 202
    assert answer.json()["accepted"] >= 1
    assert {item["verdict"] for item in answer.json()["results"]} <= {"new", "duplicate"}


async def test_a_compressed_body_is_the_same(tenant: Tenant) -> None:
    answer = await send(
        tenant.http, gzip.compress(workday()), content_encoding="gzip", content_type="application/xml"
    )
    assert answer.json()["results"][0]["verdict"] == "new"


async def test_a_page_without_profiles_is_kept_and_empty(tenant: Tenant) -> None:
    answer = await send(tenant.http, workday("no_results.xml"))
    assert (answer.status_code, answer.json()["status"], answer.json()["results"]) == (202, "empty", [])


async def test_drafts_are_not_pushed(tenant: Tenant) -> None:
    item = (await send(tenant.http, workday(), query="?drafts=true")).json()["results"][0]
    assert (item["pushed"], item["reason"], item["run_id"]) == (False, "drafts wanted", None)
    assert (await tenant.http.get(f"/v1/roles/{item['role_id']}")).json()["state"] == "draft"


async def test_a_profile_without_document_is_kept_and_not_run(tenant: Tenant) -> None:
    body = job_codes({"description_en_US": None})
    item = (await send(tenant.http, body, "successfactors")).json()["results"][0]
    assert (item["verdict"], item["pushed"]) == ("new", False)
    assert "job description" in item["reason"]
    role = (await tenant.http.get(f"/v1/roles/{item['role_id']}")).json()
    assert (role["state"], role["complete"]) == ("validation_failed", False)


async def test_the_same_key_gets_the_first_answer(tenant: Tenant) -> None:
    first = await send(tenant.http, workday(), idempotency_key="job-1")
    again = await send(tenant.http, workday(), idempotency_key="job-1")
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()
    other = await send(tenant.http, workday("qualifications.xml"), idempotency_key="job-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("by", ["header", "query"])
async def test_the_same_event_id_gets_the_first_answer(tenant: Tenant, by: str) -> None:
    how: dict[str, Any] = {"x_event_id": "evt-1"} if by == "header" else {"query": "?event_id=evt-1"}
    first = (await send(tenant.http, workday(), **how)).json()
    again = (await send(tenant.http, workday(), **how)).json()
    assert again == first | {"repeated": True}


async def test_an_event_id_with_another_body_loses_no_event(tenant: Tenant) -> None:
    await send(tenant.http, workday(), x_event_id="evt-1")
    other = (await send(tenant.http, workday("page_100.xml"), x_event_id="evt-1")).json()
    assert other["accepted"] == 100
    assert other["warnings"][0]["code"] == "event_id_reused"


@pytest.mark.parametrize("how", [{}, {"x_event_id": "evt-1"}])
async def test_after_a_failure_the_same_profile_runs_again(tenant: Tenant, services: Any, how: Any) -> None:
    first = (await send(tenant.http, workday(), **how)).json()["results"][0]
    await fail_runs(services)
    again = (await send(tenant.http, workday(), **how)).json()["results"][0]
    assert (again["verdict"], again["pushed"]) == ("no_material_change", True)
    assert "model_away" in again["reason"]
    assert again["run_id"] != first["run_id"]


async def test_two_posts_at_once_make_one_role(tenant: Tenant, services: Any) -> None:
    answers = await asyncio.gather(
        *(send(tenant.http, workday()) for _ in range(3)),
        *(send(tenant.http, workday(), idempotency_key=f"k{n}") for n in range(3)),
    )
    items = [answer.json()["results"][0] for answer in answers]
    assert len({item["role_id"] for item in items}) == 1
    assert (
        sorted(item["verdict"] for item in items)
        == ["new"] + ["no_material_change"] * 0 + sorted(item["verdict"] for item in items)[1:]
    )
    assert len(await run_sql(tenant, services, "SELECT id FROM role")) == 1
    assert len(await run_sql(tenant, services, "SELECT id FROM run")) == 1


async def test_policy_off_pushes_nothing(tenant: Tenant, services: Any) -> None:
    await set_policy(tenant, services, "off")
    item = (await send(tenant.http, workday())).json()["results"][0]
    assert (item["pushed"], item["reason"]) == (False, "push policy is off")


@pytest.mark.parametrize(("mode", "pushed"), [("new", False), ("new_and_changed", True)])
async def test_a_change_is_pushed_only_where_the_policy_says_so(
    tenant: Tenant, services: Any, mode: str, pushed: bool
) -> None:
    await set_policy(tenant, services, mode)
    await send(tenant.http, workday())
    await run_sql(
        tenant,
        services,
        "UPDATE run SET status = 'success', planned = 0, finished_at = now(), waiting = NULL RETURNING id",
    )
    await run_sql(
        tenant, services, "UPDATE role SET state = 'ready', published_at = now(), visible = true RETURNING id"
    )
    altered = workday().replace(b"Associate Data Analyst", b"Senior Data Analyst")
    item = (await send(tenant.http, altered)).json()["results"][0]
    assert (item["verdict"], item["pushed"]) == ("changed", pushed)
    role = (await tenant.http.get(f"/v1/roles/{item['role_id']}")).json()
    assert (role["state"], role["visible"], role["title"]) == (
        "queued" if pushed else "stale",
        True,
        "Senior Data Analyst",
    )


async def test_the_cap_of_a_day_holds_within_one_page_and_after_it(tenant: Tenant, services: Any) -> None:
    await set_policy(tenant, services, "new", cap=3)
    body = (await send(tenant.http, workday("page_100.xml"))).json()
    assert sum(item["pushed"] for item in body["results"]) == 3
    item = (await send(tenant.http, workday("qualifications.xml"))).json()["results"][0]
    assert (item["pushed"], item["reason"]) == (False, "the push policy's cap for today is reached")


async def test_a_filter_of_the_policy_leaves_others_as_drafts(tenant: Tenant, services: Any) -> None:
    await set_policy(tenant, services, "new", {"family": ["Nursing"]})
    item = (await send(tenant.http, workday())).json()["results"][0]
    assert (item["pushed"], item["reason"]) == (False, "push policy does not cover this family")


async def test_a_bad_item_is_named_and_the_others_go_in(tenant: Tenant) -> None:
    body = job_codes({}, 7)
    answer = (await send(tenant.http, body, "successfactors")).json()
    assert (answer["status"], answer["accepted"], answer["rejected"]) == ("partly_accepted", 1, 1)
    bad = answer["results"][1]
    assert (bad["index"], bad["verdict"], bad["role_id"]) == (1, "rejected", None)
    assert bad["detail"]
    assert bad["code"]


async def test_strict_takes_all_or_none(tenant: Tenant) -> None:
    body = job_codes({}, 7)
    answer = await send(tenant.http, body, "successfactors", query="?strict=true")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "items_rejected")
    assert problem["errors"][0]["field"] == "items[1]"
    assert (await tenant.http.get("/v1/roles")).json()["results"] == []
    kept = (await tenant.http.get(f"/v1/source-events/{problem['source_event_id']}")).json()
    assert (kept["status"], [item["verdict"] for item in kept["results"]]) == ("rejected", ["rejected"] * 2)


async def test_a_company_never_meets_anothers_profiles(
    make_tenant: Callable[..., Awaitable[Tenant]],
) -> None:
    one, two = await make_tenant("Liberty"), await make_tenant("Acme")
    mine = (await send(one.http, workday(), x_event_id="evt-1")).json()
    theirs = (await send(two.http, workday(), x_event_id="evt-1")).json()
    assert theirs["results"][0]["verdict"] == "new"
    assert theirs["results"][0]["role_id"] != mine["results"][0]["role_id"]
    for path in ("", "/raw"):
        assert (await two.http.get(f"/v1/source-events/{mine['id']}{path}")).status_code == 404
    assert (await two.http.post(f"/v1/source-events/{mine['id']}/replay")).status_code == 404
    assert len((await two.http.get("/v1/source-events")).json()["results"]) == 1


async def test_sending_needs_its_scope(make_tenant: Callable[..., Awaitable[Tenant]]) -> None:
    reader = await make_tenant(scopes=["roles:read"])
    answer = await send(reader.http, workday())
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert (await send(reader.bare, workday())).status_code == 401


async def test_who_sent_it_is_on_the_run(tenant: Tenant, services: Any) -> None:
    await send(tenant.http, workday())
    rows = await run_sql(tenant, services, "SELECT actor_kind, actor_id, reason FROM run")
    assert rows == [{"actor_kind": "hris", "actor_id": f"client_{tenant.client.id.hex}", "reason": "first"}]
    events = await run_sql(tenant, services, "SELECT client_id FROM source_event")
    assert events == [{"client_id": parse("client", rows[0]["actor_id"])}]

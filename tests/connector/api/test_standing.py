"""Feed, queue, status, stages and assessments over HTTP."""

from __future__ import annotations

from connector.services import Services
from kit import ids
from tests.parts.front import Tenant
from tests.pipeline.assessments.test_assessments import scored
from tests.pipeline.runs.world import draw, ended, execute, pushed


async def test_the_feed_is_read_from_a_blank_cursor_to_its_end(services: Services, tenant: Tenant) -> None:
    for n in range(3):
        await pushed(services.db, tenant.company.id, n)
    cursor, seen = "", []
    for has_more in (True, False):
        page = (await tenant.http.get(f"/v1/events?cursor={cursor}&limit=2")).json()
        seen += [one["id"] for one in page["results"]]
        cursor = page["next_cursor"]
        assert page["has_more"] is has_more
    assert len(set(seen)) == 3
    last = (await tenant.http.get(f"/v1/events?cursor={cursor}")).json()
    assert last == {"results": [], "next_cursor": cursor, "has_more": False}


async def test_the_feed_is_filtered_by_type_and_refuses_what_does_not_exist(
    services: Services, tenant: Tenant
) -> None:
    await ended(services.db, await pushed(services.db, tenant.company.id))
    found = (await tenant.http.get("/v1/events?type[]=run.finished&type[]=role.ready")).json()["results"]
    assert [one["type"] for one in found] == ["role.ready", "run.finished"]
    wrong = await tenant.http.get("/v1/events?type=run.exploded")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown_type")
    assert (await tenant.http.get("/v1/events?limit=0")).status_code == 422
    assert (await tenant.http.get("/v1/events?since=yesterday")).status_code == 422


async def test_a_cursor_of_before_a_restore_is_answered_410(services: Services, tenant: Tenant) -> None:
    cursor = (await tenant.http.get("/v1/events")).json()["next_cursor"]
    await execute(services.db, "UPDATE store SET id = gen_random_uuid()")
    gone = await tenant.http.get(f"/v1/events?cursor={cursor}")
    assert (gone.status_code, gone.json()["code"]) == (410, "cursor_gone")
    assert "empty cursor" in gone.json()["action"]["what"]


async def test_queue_and_status_answer_with_nothing_but_the_database(
    services: Services, tenant: Tenant
) -> None:
    run_id = await pushed(services.db, tenant.company.id)
    await draw(services.db, drained=1)
    queue = (await tenant.http.get("/v1/queue")).json()
    assert (queue["waiting"], queue["cap"], queue["estimated"]) == (1, 48, True)
    assert queue["through_at"]
    status = (await tenant.http.get("/v1/status")).json()
    assert status["roles"]["queued"] == 1
    assert status["oldest_waiting"]["run_id"] == ids.show("run", run_id)
    assert status["last_hris_event"]["source"] == "workday"
    assert status["last_callback"] is None
    assert {one["part"] for one in status["degraded"]} == {"clock", "worker"}


async def test_the_stages_say_what_each_needs_and_which_are_off(services: Services, tenant: Tenant) -> None:
    await execute(
        services.db, """UPDATE company SET policy = '{"stages_off": ["reskilling", "ai_assessment"]}'"""
    )
    stages = (await tenant.http.get("/v1/stages")).json()["results"]
    by_key = {one["key"]: one for one in stages}
    assert len(stages) == 13
    assert by_key["publish_dashboard"]["needs"] == [
        {"stage": "ai_assessment", "edge": "partial"},
        {"stage": "map_draup_role", "edge": "settled"},
    ]
    assert by_key["mine_skills"]["script"] == "skills_miner.py"
    assert by_key["mine_skills"]["dependants"][0] == "skills_architecture"
    assert [key for key, one in by_key.items() if not one["enabled"]] == ["reskilling"]


async def test_an_assessment_is_read_by_its_role(services: Services, tenant: Tenant) -> None:
    run_id = await pushed(services.db, tenant.company.id)
    listed = await tenant.http.get("/v1/assessments")
    assert listed.json() == {"results": [], "next_cursor": None, "has_more": False}
    await ended(services.db, run_id, ai_assessment=scored(61.5))
    found = (await tenant.http.get("/v1/assessments?flag=low_confidence&state=ready")).json()["results"]
    assert [one["ai_exposure"] for one in found] == [61.5]
    whole = (await tenant.http.get(f"/v1/assessments/{found[0]['role_id']}")).json()
    assert whole["stages"]["ai_assessment"]["run_id"] == ids.show("run", run_id)
    assert whole["draup"]["code"] is None


async def test_a_role_without_an_assessment_says_why(services: Services, tenant: Tenant) -> None:
    await pushed(services.db, tenant.company.id)
    role_id = (await execute(services.db, "SELECT id FROM role"))[0]["id"]
    answer = await tenant.http.get(f"/v1/assessments/{ids.show('role', role_id)}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_published")

"""One run from beginning to end, well and badly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from kit.db import Db
from kit.errors import Action
from pipeline.stages.base import Finding, Outcome, StageFault
from tests import make
from tests.pipeline.engine.rig import Rig, line


@pytest.fixture
async def rigs(db: Db) -> AsyncIterator[Any]:
    made: list[Rig] = []

    def build(stages: Any, **rules: Any) -> Rig:
        rig = Rig(db, stages, **rules)
        rig.engine()
        made.append(rig)
        return rig

    yield build
    for rig in made:
        await rig.stop()


async def push(db: Db, n: int = 0) -> Any:
    company_id = await make.company(db)
    answer = await make.take(db, company_id, make.incoming(n))
    assert answer.verdicts[0].pushed
    return answer.verdicts[0].run_id


async def test_a_pushed_profile_becomes_a_ready_role(db: Db, rigs: Any) -> None:
    rig = rigs(line())
    run = await rig.settled(await push(db))
    assert (run["status"], run["state"], run["visible"]) == ("success", "ready", True)
    assert run["done"] == 6
    types = [row["type"] for row in await rig.rows("SELECT type FROM event ORDER BY sequence, id")]
    assert types[:3] == ["run.queued", "run.started", "stage.started"]
    assert types.index("role.ready") < types.index("run.finished")
    assert types.count("stage.finished") == 6


async def test_events_of_stages_are_announced_only_where_a_subscription_names_them(db: Db, rigs: Any) -> None:
    rig = rigs(line())
    told = {}
    for n, events in enumerate((["*"], ["stage.finished"], ["stage.finished", "off"])):
        company_id = await make.company(db)
        await rig.rows(
            """INSERT INTO subscription (id, company_id, url, events, secrets, status)
            VALUES (gen_random_uuid(), %(company)s, 'https://x', %(events)s::text[], '', %(status)s)
            RETURNING id""",
            company=company_id,
            events=events[:1],
            status="disabled" if "off" in events else "active",
        )
        answer = await make.take(db, company_id, make.incoming(n))
        await rig.settled(answer.verdicts[0].run_id)
        announced = await rig.rows(
            """SELECT e.type FROM job j, jsonb_array_elements(j.payload -> 'event_ids') i
            JOIN event e ON e.id = i::bigint
            WHERE j.company_id = %(company)s AND j.kind = 'pipeline.events_logged'""",
            company=company_id,
        )
        told[n] = sum(row["type"].startswith("stage.") for row in announced)
        assert "run.finished" in [row["type"] for row in announced]
    assert (told[0], told[1] > 0, told[2]) == (0, True, 0)


async def test_events_of_a_run_are_numbered_without_gap(db: Db, rigs: Any) -> None:
    rig = rigs(line())
    run_id = await push(db)
    await rig.settled(run_id)
    rows = await rig.rows("SELECT sequence FROM event WHERE run_id = %(id)s ORDER BY sequence", id=run_id)
    assert [row["sequence"] for row in rows] == list(range(len(rows)))


async def test_a_passing_fault_is_tried_again(db: Db, rigs: Any) -> None:
    tries = []

    def flaky(given: Any, work: Any) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise StageFault("The model is busy.", code="model_busy", retry=True)

    rig = rigs(line(assess=flaky))
    run = await rig.settled(await push(db))
    assert run["status"] == "success"
    assert len(tries) == 3
    rows = await rig.rows("SELECT attempt, status FROM stage_run WHERE stage = 'assess' ORDER BY attempt")
    assert [(row["attempt"], row["status"]) for row in rows] == [(1, "failed"), (2, "failed"), (3, "success")]


async def test_a_failed_critical_stage_fails_the_run_and_hides_the_role(db: Db, rigs: Any) -> None:
    def broken(given: Any, work: Any) -> None:
        raise StageFault(
            "The model refused.", code="model_refused", action=Action("Ask the operator.", "operator")
        )

    rig = rigs(line(assess=broken))
    run = await rig.settled(await push(db))
    assert (run["status"], run["state"], run["visible"]) == ("failed", "assessment_failed", False)
    assert run["error"]["code"] == "model_refused"
    assert run["error"]["action"]["who"] == "operator"
    assert run["retry_at"] is None


async def test_a_failed_enhancement_leaves_a_visible_degraded_role(db: Db, rigs: Any) -> None:
    def broken(given: Any, work: Any) -> None:
        raise StageFault("No skills.", code="no_skills")

    rig = rigs(line(skills=broken))
    run = await rig.settled(await push(db))
    assert (run["status"], run["state"], run["visible"]) == ("success", "workflow_failed", True)
    assert run["outputs"]["degraded"] == ["skills"]
    rows = await rig.rows("SELECT status, skipped FROM stage_run WHERE stage = 'catalog'")
    assert [(row["status"], row["skipped"]) for row in rows] == [("success", "parent_failed")]


async def test_an_unusable_document_is_a_validation_failure(db: Db, rigs: Any) -> None:
    stages = line()
    stages[2].findings = [Finding(code="unusable_document", message="It is empty.", hard=True)]
    rig = rigs(stages)
    run = await rig.settled(await push(db))
    assert (run["status"], run["state"]) == ("failed", "validation_failed")
    assert stages[2].calls == 0


async def test_a_transient_failure_says_when_it_is_tried_again(db: Db, rigs: Any) -> None:
    def away(given: Any, work: Any) -> None:
        raise StageFault("The graph is away.", code="graph_unavailable", retry=True)

    rig = rigs(line(create=away))
    run = await rig.settled(await push(db))
    assert (run["status"], run["state"]) == ("failed", "assessment_failed")
    assert run["retry_at"] is not None


async def test_a_result_that_cannot_be_stored_fails_its_stage_only(db: Db, rigs: Any) -> None:
    rig = rigs(line(skills=lambda given, work: Outcome(outputs={"bad": "a\u0000b"})))
    run = await rig.settled(await push(db))
    assert (run["status"], run["state"]) == ("success", "workflow_failed")
    rows = await rig.rows("SELECT error FROM stage_run WHERE stage = 'skills'")
    assert rows[0]["error"]["code"] == "result_not_storable"

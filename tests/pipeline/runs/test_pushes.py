"""Which stages a push has to name, and what becomes of a role that is pushed while it runs."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from kit.db import Db
from kit.errors import Invalid
from kit.sql import Query
from pipeline.runs import pushes
from pipeline.runs.pushes import Push, known_stages, stages_to_add
from pipeline.stages.registry import STAGES
from tests import make

ALL = [stage.key for stage in STAGES]
CLIENT = Push(actor_kind="client", actor_id="client_1")


async def rows(db: Db, text: Any, **params: Any) -> list[dict[str, Any]]:
    async with db.engine() as tx:
        found: list[dict[str, Any]] = await tx.all(Query("test", "", text), params)
        return found


async def drafts(db: Db, company: UUID, count: int) -> list[UUID]:
    answer = await make.take(db, company, *(make.incoming(n) for n in range(count)), drafts_only=True)
    return [verdict.role_id for verdict in answer.verdicts if verdict.role_id]


async def one(db: Db, company: UUID, role_id: UUID, **over: Any) -> pushes.Pushed:
    push = Push(**({"actor_kind": "client", "actor_id": "client_1"} | over))
    async with db.company(company) as tx:
        return await pushes.one(tx, company, role_id, push)


async def record(db: Db, run_id: UUID, **degraded: bool) -> None:
    """Stages of a run that is over."""
    for stage, is_degraded in degraded.items():
        await rows(
            db,
            """INSERT INTO stage_run (company_id, run_id, role_id, stage, attempt, epoch, status, input_hash,
              outputs, degraded, finished_at)
            SELECT company_id, id, role_id, %(stage)s, 1, 1, 'success', '\\x00', '{}', %(degraded)s::text[],
              now()
            FROM run WHERE id = %(run)s RETURNING stage""",
            run=run_id,
            stage=stage,
            degraded=["x"] if is_degraded else [],
        )
    await rows(
        db,
        """WITH over AS (
          UPDATE run SET status = 'success', planned = %(n)s, finished_at = now(), waiting = NULL
          WHERE id = %(run)s RETURNING role_id)
        UPDATE role SET state = 'ready', published_at = now() FROM over WHERE id = role_id RETURNING id""",
        run=run_id,
        n=len(degraded),
    )


def test_a_stage_whose_parents_have_results_needs_nothing_more() -> None:
    assert stages_to_add(["skills_architecture"], {"mine_skills": False}) == []


def test_what_is_missing_is_named_with_what_it_needs_in_turn() -> None:
    assert stages_to_add(["reskilling"], {"ai_assessment": False}) == ["mine_skills", "skills_architecture"]
    assert stages_to_add(["ai_assessment"], {}) == ["create_company_role", "link_documents"]


def test_a_degraded_result_serves_a_partial_edge_and_no_other() -> None:
    assert stages_to_add(["mine_skills"], {"ai_assessment": True}) == []
    assert stages_to_add(["top_tasks"], dict.fromkeys(ALL, False) | {"ai_assessment": True}) == [
        "ai_assessment"
    ]


def test_a_parent_that_only_has_to_be_over_is_never_missing() -> None:
    assert stages_to_add(["role_catalog"], {"ai_assessment": False}) == []


def test_stages_are_put_in_their_order_and_none_means_all() -> None:
    assert known_stages(["top_tasks", "link_documents", "top_tasks"]) == ("link_documents", "top_tasks")
    assert known_stages([]) is None
    with pytest.raises(Invalid, match="astrology"):
        known_stages(["top_tasks", "astrology"])


async def test_a_push_before_the_start_merges_stages_and_priority(db: Db) -> None:
    company = await make.company(db)
    (role_id,) = await drafts(db, company, 1)
    first = await one(db, company, role_id, stages=("create_company_role",), priority="P2")
    second = await one(db, company, role_id, stages=("link_documents",), priority="P0")
    assert (second.run_id, second.merged, second.queued) == (first.run_id, True, 0)
    (run,) = await rows(db, "SELECT stages, priority FROM run")
    assert run == {"stages": ["create_company_role", "link_documents"], "priority": "P0"}
    await one(db, company, role_id)
    assert (await rows(db, "SELECT stages FROM run")) == [{"stages": None}]


async def test_a_push_while_a_run_acts_gets_the_follower(db: Db) -> None:
    company = await make.company(db)
    (role_id,) = await drafts(db, company, 1)
    first = await one(db, company, role_id)
    await rows(
        db, "UPDATE run SET status = 'running', started_at = now(), waiting = NULL, slot = true RETURNING id"
    )
    await rows(db, "UPDATE role SET state = 'processing' RETURNING id")
    second, third = await one(db, company, role_id), await one(db, company, role_id)
    assert second.run_id == third.run_id != first.run_id
    assert (second.merged, second.queued, third.merged) == (False, 0, True)
    assert await rows(db, "SELECT state FROM role") == [{"state": "processing"}]


async def somebody_waits(db: Db) -> None:
    for _ in range(500):
        if await rows(db, "SELECT pid FROM pg_locks WHERE NOT granted"):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("Nobody waits for a lock.")


async def test_a_push_is_not_lost_in_a_run_that_starts_just_now(db: Db) -> None:
    company = await make.company(db)
    (role_id,) = await drafts(db, company, 1)
    first = await one(db, company, role_id)
    async with db.engine() as tx:
        start = "UPDATE run SET status = 'running', started_at = now(), waiting = NULL, slot = true"
        await tx.run(Query("start", "", start))
        late = asyncio.create_task(one(db, company, role_id))
        await somebody_waits(db)
    assert (await late).run_id != first.run_id
    assert (await late).merged is False


async def test_named_stages_rest_on_recorded_results(db: Db) -> None:
    company = await make.company(db)
    (role_id,) = await drafts(db, company, 1)
    first = await one(db, company, role_id)
    await record(db, first.run_id, ai_assessment=True, mine_skills=False)
    with pytest.raises(Invalid) as refused:
        await one(db, company, role_id, stages=("top_tasks",))
    added = [error.message for error in refused.value.errors]
    assert added == ["add create_company_role", "add link_documents", "add ai_assessment"]
    pushed = await one(db, company, role_id, stages=("skills_architecture",))
    (run,) = await rows(db, "SELECT reason, stages FROM run WHERE id = %(id)s", id=pushed.run_id)
    assert run == {"reason": "selected", "stages": ["skills_architecture"]}


async def test_stages_that_a_waiting_run_will_do_are_not_missing(db: Db) -> None:
    company = await make.company(db)
    (role_id,) = await drafts(db, company, 1)
    first = await one(db, company, role_id)
    assert (await one(db, company, role_id, stages=("reskilling",))).run_id == first.run_id


async def test_why_a_role_runs_is_recorded(db: Db) -> None:
    company = await make.company(db)
    (role_id,) = await drafts(db, company, 1)
    first = await one(db, company, role_id)
    await record(db, first.run_id)
    second = await one(db, company, role_id)
    fail = """WITH gone AS (
      UPDATE run SET status = 'failed', finished_at = now(), waiting = NULL,
        error = '{"code": "x", "message": "X."}'
      WHERE id = %(id)s RETURNING role_id)
    UPDATE role SET state = 'assessment_failed' FROM gone WHERE id = role_id RETURNING id"""
    await rows(db, fail, id=second.run_id)
    await one(db, company, role_id)
    found = await rows(db, "SELECT reason, retry_of FROM run ORDER BY id")
    assert [(run["reason"], run["retry_of"]) for run in found] == [
        ("first", None),
        ("changed", None),
        ("retry", second.run_id),
    ]


async def test_a_thousand_are_pushed_in_one_go_and_each_once(db: Db) -> None:
    company = await make.company(db)
    role_ids = await drafts(db, company, 1_000)
    wanted = {role_id: index for index, role_id in enumerate(role_ids)}
    async with db.company(company) as tx:
        batch = await pushes.many(tx, company, wanted, CLIENT, inputs={})
    assert (batch.refused, batch.queued) == ([], 1_000)
    (found,) = await rows(
        db,
        "SELECT count(*) AS n, count(DISTINCT role_id) AS roles, count(batch_id) AS batched FROM run",
    )
    assert found == {"n": 1_000, "roles": 1_000, "batched": 1_000}
    assert await rows(db, "SELECT DISTINCT state FROM role") == [{"state": "queued"}]

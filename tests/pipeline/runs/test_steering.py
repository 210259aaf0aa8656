"""Cancelling and retrying, in every state a run can be in."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from kit import ids
from kit.db import Db
from kit.errors import Conflict, Forbidden, NotFound
from pipeline.runs import batches, runs
from pipeline.runs.runs import Filters, Steered
from pipeline.stages.base import Given, StageFault, Work
from tests import make
from tests.pipeline.runs.world import (
    LENS,
    caller,
    ended,
    execute,
    held,
    look,
    pushed,
    role_state,
    running,
    thirteen,
)


async def cancel(db: Db, company_id: UUID, run_id: UUID) -> Steered:
    async with db.company(company_id) as tx:
        return await runs.cancel(tx, caller(company_id), run_id, LENS)


async def retry(db: Db, company_id: UUID, run_id: UUID) -> Steered:
    async with db.company(company_id) as tx:
        return await runs.retry(tx, caller(company_id), run_id, LENS)


def refuse(_given: object, _work: object) -> None:
    raise StageFault("The graph refuses.", code="graph_refused")


def refuse_analyst_1(given: Given, work: Work) -> None:
    if given.role.title == "Analyst 1":
        refuse(given, work)


async def test_a_run_that_nobody_owns_is_cancelled_at_once(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    done = await cancel(db, company_id, run_id)
    assert not done.waits
    assert done.unit.status == "failed"
    assert done.unit.error is not None
    assert done.unit.error.code == "cancelled"
    assert await role_state(db, run_id) == "draft"
    events = await execute(
        db, "SELECT type, sequence FROM event WHERE run_id = %(id)s ORDER BY id", id=run_id
    )
    assert [(row["type"], row["sequence"]) for row in events] == [("run.queued", 0), ("run.cancelled", 1)]
    jobs = await execute(db, "SELECT id FROM job ORDER BY id")
    assert done.jobs == [jobs[-1]["id"]]


async def test_a_cancelled_run_leaves_its_place_and_fences_its_worker(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    await execute(db, "UPDATE run SET slot = true")
    await cancel(db, company_id, run_id)
    row = (await execute(db, "SELECT slot, epoch, waiting FROM run"))[0]
    assert (row["slot"], row["epoch"], row["waiting"]) == (False, 1, None)


async def test_an_owned_run_is_cancelled_by_its_owner(db: Db) -> None:
    company_id, gate = await make.company(db), asyncio.Event()
    run_id = await pushed(db, company_id)
    async with running(db, thirteen(ai_assessment=held(gate))) as rig:
        await rig.until("SELECT 1 FROM stage_run WHERE stage = 'ai_assessment'")
        asked = await cancel(db, company_id, run_id)
        assert asked.waits
        assert asked.unit.inputs["cancel_asked"] is True
        row = await rig.settled(run_id)
    assert (row["error"]["code"], row["state"]) == ("cancelled", "draft")
    unit = await look(db, company_id, run_id, stages=True)
    assert unit.stages is not None
    never = next(one for one in unit.stages if one.inputs["stage"] == "skills_catalog")
    assert never.error is not None
    assert (never.status, never.error.code) == ("failed", "cancelled")


async def test_cancelling_twice_or_too_late_changes_nothing(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    await ended(db, run_id)
    before = await look(db, company_id, run_id)
    assert (await cancel(db, company_id, run_id)).unit == before
    other = await pushed(db, company_id, 1)
    first = await cancel(db, company_id, other)
    assert (await cancel(db, company_id, other)).unit == first.unit
    audit = await execute(db, "SELECT action FROM audit")
    assert [row["action"] for row in audit] == ["run.cancelled"]


async def test_a_cancelled_run_lets_its_follower_queue(db: Db) -> None:
    company_id = await make.company(db)
    item = make.incoming()
    first = (await make.take(db, company_id, item)).verdicts[0].run_id
    await execute(db, "UPDATE run SET status = 'running', started_at = now(), waiting = 'retry'")
    await execute(
        db,
        "INSERT INTO push_policy (company_id, source, mode) "
        "SELECT id, 'workday', 'new_and_changed' FROM company",
    )
    second = (await make.take(db, company_id, make.changed(item))).verdicts[0].run_id
    assert first is not None
    assert second is not None
    assert second != first
    unit = await look(db, company_id, second)
    assert unit.waiting is not None
    assert unit.waiting.reason == "earlier_run"
    assert unit.links["earlier_run"].endswith(ids.show("run", first))
    await cancel(db, company_id, first)
    unit = await look(db, company_id, second)
    assert unit.waiting is not None
    assert unit.waiting.reason == "queue"
    assert await role_state(db, second) == "queued"


async def test_cancelling_a_follower_leaves_the_run_before_it(db: Db) -> None:
    company_id = await make.company(db)
    first = await pushed(db, company_id)
    await execute(db, "UPDATE run SET status = 'running', started_at = now(), waiting = NULL")
    await execute(db, "UPDATE role SET state = 'processing'")
    second = ids.new()
    await execute(
        db,
        "INSERT INTO run (id, company_id, role_id, role_revision, mapping_version, actor_kind, actor_id, "
        "reason, follows, waiting, wake_at, prior_state) "
        "SELECT %(id)s, company_id, role_id, 1, 'm', 'client', 'x', "
        "'selected', id, 'earlier_run', 'infinity', 'processing' FROM run",
        id=second,
    )
    await cancel(db, company_id, second)
    assert (await look(db, company_id, first)).status == "running"
    assert await role_state(db, first) == "processing"


async def test_a_role_that_changed_since_it_was_published_is_stale_after_a_cancel(db: Db) -> None:
    company_id = await make.company(db)
    first = await pushed(db, company_id)
    await ended(db, first)
    await execute(db, "UPDATE role SET revision = 2")
    await execute(
        db,
        "INSERT INTO role_revision (company_id, role_id, revision, hash, record, mapping_version) "
        "SELECT company_id, role_id, 2, hash, record, mapping_version FROM role_revision",
    )
    again = await retry(db, company_id, first)
    run_id = ids.parse("run", again.unit.id)
    assert await role_state(db, run_id) == "queued"
    await cancel(db, company_id, run_id)
    assert await role_state(db, run_id) == "stale"


async def test_a_failed_run_is_retried_as_a_new_one(db: Db) -> None:
    company_id = await make.company(db)
    failed = await pushed(db, company_id)
    await ended(db, failed, create_company_role=refuse)
    again = await retry(db, company_id, failed)
    assert again.unit.inputs["retry_of"] == ids.show("run", failed)
    assert (again.unit.inputs["reason"], again.unit.status, again.merged) == ("retry", "pending", False)
    new = ids.parse("run", again.unit.id)
    assert (await ended(db, new))["status"] == "success"
    assert await role_state(db, new) == "ready"


async def test_a_second_retry_meets_the_first(db: Db) -> None:
    company_id = await make.company(db)
    failed = await pushed(db, company_id)
    await ended(db, failed, create_company_role=refuse)
    first, second = await retry(db, company_id, failed), await retry(db, company_id, failed)
    assert second.merged
    assert second.unit.id == first.unit.id


async def test_a_retry_takes_the_place_of_the_clocks_own(db: Db) -> None:
    company_id = await make.company(db)
    failed = await pushed(db, company_id)
    await ended(db, failed, create_company_role=refuse)
    await execute(db, "UPDATE run SET retry_at = now() + interval '1 hour'")
    before = await look(db, company_id, failed)
    assert before.error is not None
    assert before.error.retry_at is not None
    await retry(db, company_id, failed)
    after = await look(db, company_id, failed)
    assert after.error is not None
    assert after.error.retry_at is None


async def test_an_unfinished_run_cannot_be_retried(db: Db) -> None:
    company_id = await make.company(db)
    with pytest.raises(Conflict) as caught:
        await retry(db, company_id, await pushed(db, company_id))
    assert (caught.value.code, caught.value.status) == ("run_unfinished", 409)


async def test_a_role_without_documents_or_an_archived_one_is_not_retried(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    await cancel(db, company_id, run_id)
    await execute(db, "UPDATE role SET state = 'archived'")
    with pytest.raises(Conflict, match="inactive"):
        await retry(db, company_id, run_id)
    await execute(db, "UPDATE role SET state = 'draft'")
    await execute(db, "UPDATE document SET current = false")
    with pytest.raises(Conflict, match="no document"):
        await retry(db, company_id, run_id)


@pytest.mark.parametrize("steer", [cancel, retry])
async def test_another_companys_run_cannot_be_steered(db: Db, steer: object) -> None:
    mine, theirs = await make.company(db), await make.company(db, "Other")
    run_id = await pushed(db, theirs)
    with pytest.raises(NotFound):
        await steer(db, mine, run_id)  # type: ignore[operator]
    assert (await look(db, theirs, run_id)).status == "pending"


async def test_steering_needs_its_scope(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    async with db.company(company_id) as tx:
        with pytest.raises(Forbidden):
            await runs.cancel(tx, caller(company_id, "runs:read"), run_id, LENS)


async def test_cancels_and_a_worker_that_claims_meet_without_harm(db: Db) -> None:
    company_id = await make.company(db)
    run_ids = [await pushed(db, company_id, n) for n in range(6)]
    async with running(db, thirteen()) as rig:
        await rig.tick()
        await asyncio.gather(*(cancel(db, company_id, run_id) for run_id in run_ids))
        rows = [await rig.settled(run_id) for run_id in run_ids]
    assert {row["status"] for row in rows} <= {"failed", "success"}
    assert all(row["owner"] is None and not row["slot"] for row in rows)
    doubled = await execute(db, "SELECT run_id FROM event GROUP BY run_id, sequence HAVING count(*) > 1")
    assert doubled == []


async def test_lists_go_on_where_they_were_and_filter(db: Db) -> None:
    company_id = await make.company(db)
    run_ids = [await pushed(db, company_id, n) for n in range(5)]
    await cancel(db, company_id, run_ids[0])
    seen: list[str] = []
    async with db.company(company_id) as tx:
        cursor = ""
        while True:
            page = await runs.listing(tx, caller(company_id), LENS, Filters(), cursor=cursor, limit=2)
            seen += [unit.id for unit in page.units]
            if page.next is None:
                break
            cursor = page.next
        failed = await runs.listing(tx, caller(company_id), LENS, Filters(statuses=["failed"]))
        drafts = await runs.listing(tx, caller(company_id), LENS, Filters(states=["draft"]))
    assert sorted(seen) == sorted(ids.show("run", one) for one in run_ids)
    assert len(seen) == 5
    assert [unit.id for unit in failed.units] == [ids.show("run", run_ids[0])]
    assert [unit.id for unit in drafts.units] == [ids.show("run", run_ids[0])]


async def test_a_list_since_a_moment_reaches_five_seconds_further_back(db: Db) -> None:
    company_id = await make.company(db)
    run_ids = [await pushed(db, company_id, n) for n in range(3)]
    for run_id, age in zip(run_ids, (10, 4, 0), strict=True):
        await execute(
            db,
            "UPDATE run SET updated_at = "
            "'2026-01-01T00:00:10Z'::timestamptz - make_interval(secs => %(age)s) WHERE id = %(id)s",
            age=age,
            id=run_id,
        )
    unit = await look(db, company_id, run_ids[-1])
    async with db.company(company_id) as tx:
        page = await runs.listing(tx, caller(company_id), LENS, Filters(since=unit.updated_at))
    assert [one.inputs["role_title"] for one in page.units] == ["Analyst 1", "Analyst 2"]


async def batch_of(db: Db, company_id: UUID, *run_ids: UUID) -> UUID:
    batch_id = ids.new()
    await execute(
        db,
        "INSERT INTO batch (id, company_id, actor_kind, actor_id, size) "
        "VALUES (%(id)s, %(company)s, 'client', 'x', %(size)s)",
        id=batch_id,
        company=company_id,
        size=len(run_ids),
    )
    await execute(
        db, "UPDATE run SET batch_id = %(id)s WHERE id = ANY(%(runs)s)", id=batch_id, runs=list(run_ids)
    )
    return batch_id


async def test_a_batch_is_what_its_runs_are(db: Db) -> None:
    company_id = await make.company(db)
    run_ids = [await pushed(db, company_id, n) for n in range(3)]
    batch_id = await batch_of(db, company_id, *run_ids)

    async with db.company(company_id) as tx:
        waiting = await batches.get(tx, caller(company_id), batch_id, LENS)
    assert (waiting.kind, waiting.status, waiting.display) == ("batch", "pending", "waiting")
    assert waiting.waiting is not None
    assert (waiting.waiting.reason, waiting.waiting.position) == ("queue", 3)
    await cancel(db, company_id, run_ids[2])
    async with running(db, thirteen(create_company_role=refuse_analyst_1)) as rig:
        await rig.settled(run_ids[0])
        await rig.settled(run_ids[1])
    async with db.company(company_id) as tx:
        over = await batches.get(tx, caller(company_id), batch_id, LENS)
    assert (over.status, over.progress.percent, over.waiting) == ("failed", 100, None)
    assert over.error is not None
    assert (over.error.code, over.error.message) == ("runs_failed", "2 of 3 runs failed.")
    assert (over.outputs["success"], over.outputs["failed"], over.outputs["cancelled"]) == (1, 2, 1)
    assert over.finished_at is not None


async def test_of_a_role_tried_again_the_newest_run_counts_in_its_batch(db: Db) -> None:
    company_id = await make.company(db)
    failed = await pushed(db, company_id)
    batch_id = await batch_of(db, company_id, failed)
    await ended(db, failed, create_company_role=refuse)
    again = await retry(db, company_id, failed)
    await ended(db, ids.parse("run", again.unit.id))
    async with db.company(company_id) as tx:
        batch = await batches.get(tx, caller(company_id), batch_id, LENS)
    assert (batch.status, batch.outputs["runs"]) == ("success", 1)


async def test_another_companys_batch_is_not_there(db: Db) -> None:
    mine, theirs = await make.company(db), await make.company(db, "Other")
    batch_id = await batch_of(db, theirs, await pushed(db, theirs))
    async with db.company(mine) as tx:
        with pytest.raises(NotFound):
            await batches.get(tx, caller(mine), batch_id, LENS)

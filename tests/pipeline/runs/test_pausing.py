"""Pausing and resuming, in every state a run can be in, and against whoever is just doing something to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest

from kit import ids
from kit.db import Db
from kit.errors import Conflict, Forbidden, NotFound
from pipeline.engine import store
from pipeline.runs import pausing, runs
from pipeline.runs.runs import Steered
from pipeline.stages.base import StageFault
from tests import make
from tests.pipeline.runs.world import (
    LENS,
    caller,
    ended,
    execute,
    held,
    look,
    pushed,
    running,
    somebody_waits,
    thirteen,
)

_OWN = (
    "UPDATE run SET owner = %(owner)s, status = 'running', slot = true, epoch = 1, waiting = NULL, "
    "started_at = now(), admitted_at = now(), lease_until = now() + interval '1 minute'"
)
_PAUSED = "SELECT 1 FROM run WHERE waiting = 'paused'"


@pytest.fixture
async def worker(db_url: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    async with await psycopg.AsyncConnection.connect(db_url) as conn:
        await conn.execute("SET ROLE connector_engine")
        await conn.commit()
        yield conn


async def pause(db: Db, company_id: UUID, run_id: UUID) -> Steered:
    async with db.company(company_id) as tx:
        return await pausing.pause(tx, caller(company_id), run_id, LENS)


async def resume(db: Db, company_id: UUID, run_id: UUID) -> Steered:
    async with db.company(company_id) as tx:
        return await pausing.resume(tx, caller(company_id), run_id, LENS)


async def cancel(db: Db, company_id: UUID, run_id: UUID) -> Steered:
    async with db.company(company_id) as tx:
        return await runs.cancel(tx, caller(company_id), run_id, LENS)


async def told(db: Db, run_id: UUID) -> list[str]:
    """The run's own events in order, without those of its stages."""
    rows = await execute(
        db, "SELECT type FROM event WHERE run_id = %(id)s AND type LIKE 'run.%%' ORDER BY sequence", id=run_id
    )
    return [row["type"] for row in rows]


def reason(done: Steered) -> str | None:
    return done.unit.waiting.reason if done.unit.waiting else None


async def test_a_waiting_run_is_paused_at_once_and_gives_up_its_place(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    await execute(db, "UPDATE run SET slot = true, admitted_at = now()")
    done = await pause(db, company_id, run_id)
    assert (done.waits, done.unit.status, reason(done)) == (False, "pending", "paused")
    assert done.unit.inputs["pause_asked"] is True
    row = (await execute(db, "SELECT slot, epoch, admitted_at, wake_at = 'infinity' AS never FROM run"))[0]
    assert row == {"slot": False, "epoch": 1, "admitted_at": None, "never": True}
    assert len(done.jobs) == 1
    again = await pause(db, company_id, run_id)
    assert again.unit == done.unit
    assert [row["action"] for row in await execute(db, "SELECT action FROM audit")] == ["run.paused"]
    assert await told(db, run_id) == ["run.queued", "run.paused"]


async def test_a_paused_run_is_not_admitted_until_it_is_resumed(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    await pause(db, company_id, run_id)
    async with db.engine() as tx:
        assert await store.admit(tx, window=10, cap=10) == []
    done = await resume(db, company_id, run_id)
    assert (done.unit.status, reason(done), done.unit.inputs["pause_asked"]) == ("pending", "queue", False)
    assert (await resume(db, company_id, run_id)).unit == done.unit
    assert (await ended(db, run_id))["status"] == "success"
    assert (await told(db, run_id))[:4] == ["run.queued", "run.paused", "run.resumed", "run.started"]


async def test_an_owned_run_finishes_what_acts_and_goes_on_there_when_it_is_resumed(db: Db) -> None:
    company_id, gate = await make.company(db), asyncio.Event()
    run_id = await pushed(db, company_id)
    async with running(db, thirteen(ai_assessment=held(gate))) as rig:
        await rig.until("SELECT 1 FROM stage_run WHERE stage = 'ai_assessment'")
        asked = await pause(db, company_id, run_id)
        assert (asked.waits, asked.unit.status, asked.unit.waiting) == (True, "running", None)
        gate.set()
        await rig.until(_PAUSED)
        unit = await look(db, company_id, run_id, stages=True)
        assert (unit.status, unit.display) == ("running", "waiting")
        assert unit.stages is not None
        states = {one.inputs["stage"]: one.status for one in unit.stages}
        assert (states["ai_assessment"], set(states.values())) == ("success", {"success", "pending"})
        assert await told(db, run_id) == ["run.queued", "run.started", "run.paused"]
        await resume(db, company_id, run_id)
        await rig.settled(run_id)
        assert [stage.calls for stage in rig.stages] == [1] * 13


async def test_a_retry_that_comes_due_while_its_run_is_being_paused_wakes_nobody(db: Db) -> None:
    """It may not begin before the run is resumed, so until the other acts end there is nothing to do."""
    company_id, gate = await make.company(db), asyncio.Event()

    def busy(given: Any, work: Any) -> None:
        raise StageFault("The model is busy.", code="model_busy", retry=True, retry_after=0.3)

    run_id = await pushed(db, company_id)
    async with running(db, thirteen(top_tasks=busy, mine_skills=held(gate))) as rig:
        await rig.until("SELECT 1 FROM stage_run WHERE stage = 'top_tasks' AND retry_at IS NOT NULL")
        assert (await pause(db, company_id, run_id)).waits
        due = (
            "SELECT 1 FROM stage_run WHERE stage = 'top_tasks' AND retry_at < now() - interval '0.2 seconds'"
        )
        await rig.until(due)
        gate.set()
        await rig.until(_PAUSED)
    [row] = await execute(db, "SELECT step FROM run")
    assert row["step"] < 100


async def test_a_run_about_to_be_cancelled_cannot_be_paused(db: Db) -> None:
    company_id, owner = await make.company(db), ids.new()
    run_id = await pushed(db, company_id)
    await execute(db, _OWN, owner=owner)
    assert (await cancel(db, company_id, run_id)).waits
    async with db.engine() as tx:
        assert await store.take_over(tx, [owner]) == [run_id]
    with pytest.raises(Conflict) as refused:
        await pause(db, company_id, run_id)
    assert refused.value.code == "run_cancelling"
    async with running(db, thirteen()) as rig:
        assert (await rig.settled(run_id))["status"] == "failed"


async def test_who_may_steer_runs_may_pause_one_without_reading_others(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    may_write = msgspec.structs.replace(caller(company_id), scopes=frozenset({"runs:write"}))
    async with db.company(company_id) as tx:
        assert reason(await pausing.pause(tx, may_write, run_id, LENS)) == "paused"


async def test_a_pause_taken_back_in_time_stops_nothing(db: Db) -> None:
    company_id, gate = await make.company(db), asyncio.Event()
    run_id = await pushed(db, company_id)
    async with running(db, thirteen(ai_assessment=held(gate))) as rig:
        await rig.until("SELECT 1 FROM stage_run WHERE stage = 'ai_assessment'")
        await pause(db, company_id, run_id)
        assert (await resume(db, company_id, run_id)).unit.inputs["pause_asked"] is False
        gate.set()
        assert (await rig.settled(run_id))["status"] == "success"
    assert "run.paused" not in await told(db, run_id)


async def test_a_paused_run_may_be_cancelled(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    await pause(db, company_id, run_id)
    done = await cancel(db, company_id, run_id)
    assert (done.unit.status, done.unit.inputs["pause_asked"]) == ("failed", False)
    assert (await resume(db, company_id, run_id)).unit == done.unit


async def test_a_worker_that_dies_leaves_a_run_that_was_asked_to_pause_to_be_paused(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    await execute(db, _OWN, owner=ids.new())
    assert (await pause(db, company_id, run_id)).waits
    await execute(db, "UPDATE run SET lease_until = now() - interval '1 second'")
    async with running(db, thirteen()) as rig:
        await rig.until(_PAUSED)
        await rig.tick()
        assert (await look(db, company_id, run_id)).display == "waiting"
        assert all(stage.calls == 0 for stage in rig.stages)
        await resume(db, company_id, run_id)
        assert (await rig.settled(run_id))["status"] == "success"


async def test_the_time_of_a_paused_run_stands_still(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)

    def later(given: Any, work: Any) -> None:
        raise StageFault("Come back.", code="model_rate_limited", retry=True, retry_after=60)

    async with running(db, thirteen(ai_assessment=later)) as rig:
        await rig.until("SELECT 1 FROM run WHERE waiting = 'retry'")
    await pause(db, company_id, run_id)
    before = (await execute(db, "SELECT work_left, visible_by - now() AS left FROM run"))[0]
    await execute(
        db,
        "UPDATE run SET waiting_since = waiting_since - interval '1 day', "
        "visible_by = visible_by - interval '1 day', accepted_at = accepted_at - interval '1 day'",
    )
    await execute(db, "UPDATE stage_run SET retry_at = now() WHERE retry_at IS NOT NULL")
    await resume(db, company_id, run_id)
    after = (await execute(db, "SELECT work_left, visible_by - now() AS left FROM run"))[0]
    assert after["work_left"] == before["work_left"]
    assert abs((after["left"] - before["left"]).total_seconds()) < 10
    assert (await ended(db, run_id))["status"] == "success"


async def test_a_run_paused_before_it_began_has_all_its_time_afterwards(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    await execute(db, "UPDATE run SET slot = true, admitted_at = now() - interval '1 day'")
    await pause(db, company_id, run_id)
    await resume(db, company_id, run_id)
    assert (await ended(db, run_id))["status"] == "success"


async def test_a_follower_may_be_paused_and_is_when_its_turn_comes(db: Db) -> None:
    company_id, item = await make.company(db), make.incoming()
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
    assert reason(await pause(db, company_id, second)) == "paused"
    assert reason(await resume(db, company_id, second)) == "earlier_run"
    await pause(db, company_id, second)
    await cancel(db, company_id, first)
    async with db.engine() as tx:
        assert await store.admit(tx, window=10, cap=10) == []
    assert reason(await resume(db, company_id, second)) == "queue"
    assert (await ended(db, second))["status"] == "success"


async def test_a_push_of_a_paused_role_does_not_resume_it(db: Db) -> None:
    company_id, item = await make.company(db), make.incoming()
    run_id = await pushed(db, company_id)
    await pause(db, company_id, run_id)
    await execute(
        db,
        "INSERT INTO push_policy (company_id, source, mode) "
        "SELECT id, 'workday', 'new_and_changed' FROM company",
    )
    assert (await make.take(db, company_id, make.changed(item))).verdicts[0].run_id == run_id
    unit = await look(db, company_id, run_id)
    assert unit.waiting is not None
    assert (unit.waiting.reason, unit.inputs["role_revision"]) == ("paused", 2)


async def test_what_is_over_cannot_be_paused(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    await cancel(db, company_id, run_id)
    with pytest.raises(Conflict) as caught:
        await pause(db, company_id, run_id)
    assert (caught.value.code, caught.value.status) == ("run_over", 409)


@pytest.mark.parametrize("steer", [pausing.pause, pausing.resume])
async def test_steering_stops_at_the_company_and_needs_its_scope(db: Db, steer: Any) -> None:
    mine, theirs = await make.company(db), await make.company(db, "Other")
    run_id = await pushed(db, theirs)
    async with db.company(mine) as tx:
        with pytest.raises(NotFound):
            await steer(tx, caller(mine), run_id, LENS)
    async with db.company(theirs) as tx:
        with pytest.raises(Forbidden):
            await steer(tx, caller(theirs, "runs:read"), run_id, LENS)
    assert reason(Steered(await look(db, theirs, run_id), [])) == "queue"


async def test_a_claim_that_was_quicker_gets_the_wish(db: Db, worker: psycopg.AsyncConnection[Any]) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    await worker.execute(_OWN, {"owner": ids.new()})
    wish = asyncio.create_task(pause(db, company_id, run_id))
    await somebody_waits(db)
    await worker.commit()
    assert (await wish).waits


async def test_an_admission_that_meets_a_pause_lets_nobody_in(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    async with db.company(company_id) as tx:
        await pausing.pause(tx, caller(company_id), run_id, LENS)
        async with db.engine() as other:
            assert await store.admit(other, window=10, cap=10) == []
    async with db.engine() as tx:
        assert await store.admit(tx, window=10, cap=10) == []


@pytest.mark.parametrize("wish", ["cancel", "pause", "resume"])
async def test_a_wish_that_arrives_while_the_owner_parks_is_heard(db: Db, wish: str) -> None:
    company_id, owner = await make.company(db), ids.new()
    run_id = await pushed(db, company_id)
    await execute(db, _OWN, owner=owner)
    if wish == "cancel":
        await cancel(db, company_id, run_id)
    if wish != "cancel":
        await pause(db, company_id, run_id)
    if wish == "resume":
        await resume(db, company_id, run_id)
    parked = "paused" if wish == "resume" else "retry"
    entry = {"run_id": run_id, "epoch": 1, "step": 1, "events": 1, "release": True, "waiting": parked}
    event = {"run_id": run_id, "n": 1, "type": "run.paused" if parked == "paused" else "run.waiting"}
    rows = {"entries": [entry], "attempts": [], "events": [event], "usage": []}
    async with db.engine() as tx:
        await store.commit(tx, owner=owner, batch=rows)
    row = (await execute(db, "SELECT waiting, wake_at <= now() AS awake, owner FROM run"))[0]
    assert row == {"waiting": "queue", "awake": True, "owner": None}
    assert (await told(db, run_id))[-1] == "run.waiting"
    async with running(db, thirteen()) as rig:
        if wish == "pause":
            await rig.until(_PAUSED)
        else:
            assert (await rig.settled(run_id))["status"] == ("failed" if wish == "cancel" else "success")

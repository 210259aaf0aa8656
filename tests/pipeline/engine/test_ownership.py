"""Owners, fences, parking, followers: what keeps a run from being done twice or lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from kit.db import Db
from pipeline.stages.base import StageFault
from tests import make
from tests.pipeline.engine.rig import Rig, line
from tests.pipeline.runs.world import execute


@pytest.fixture
async def rig(db: Db) -> AsyncIterator[Rig]:
    rig = Rig(db, line())
    yield rig
    await rig.stop()


async def push(db: Db, n: int = 0) -> Any:
    company_id = await make.company(db)
    return (await make.take(db, company_id, make.incoming(n))).verdicts[0].run_id


async def test_a_second_doorbell_for_an_owned_run_does_nothing(db: Db, rig: Rig) -> None:
    first, second = rig.engine(), rig.engine()
    run_id = await push(db)
    await first.admit()
    await asyncio.gather(*(engine.take(run_id) for engine in (first, second, first, second)))
    run = await rig.settled(run_id)
    assert run["epoch"] == 1
    assert [stage.calls for stage in rig.stages] == [1] * 6


async def test_a_fenced_owner_records_nothing_more(db: Db) -> None:
    acting, go = asyncio.Event(), asyncio.Event()

    async def slow(given: Any, work: Any) -> None:
        if work.epoch == 1:
            acting.set()
            await go.wait()

    rig = Rig(db, line(assess=slow), renew=60)
    rig.engine()
    run_id = await push(db)
    await rig.engines[0].admit()
    await acting.wait()
    await rig.rows("UPDATE run SET lease_until = now() - interval '1 second' RETURNING id")
    second = rig.engine()
    rig.engines.remove(second)
    rig.engines.insert(0, second)
    run = await rig.settled(run_id)
    go.set()
    await rig.stop()
    assert (run["status"], run["epoch"], run["takeovers"]) == ("success", 3, 1)
    rows = await rig.rows("SELECT epoch, status FROM stage_run WHERE stage = 'assess' ORDER BY epoch")
    assert [(row["epoch"], row["status"]) for row in rows] == [(1, "lost"), (3, "success")]


async def test_a_run_with_nothing_to_do_gives_up_its_place(db: Db) -> None:
    def later(given: Any, work: Any) -> None:
        raise StageFault("Come back in a minute.", code="model_rate_limited", retry=True, retry_after=60)

    rig = Rig(db, line(assess=later))
    rig.engine()
    run_id = await push(db)
    rows = await rig.until(
        "SELECT owner, slot, waiting, wake_at > now() + interval '50 seconds' AS later FROM run "
        "WHERE id = %(id)s AND waiting = 'retry'",
        id=run_id,
    )
    assert rows[0] == {"owner": None, "slot": False, "waiting": "retry", "later": True}
    assert rig.engines[0].owned == 0
    await rig.stop()


async def test_a_parked_run_goes_on_where_it_stopped(db: Db) -> None:
    tries: list[int] = []

    def later(given: Any, work: Any) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise StageFault("Come back.", code="model_rate_limited", retry=True, retry_after=60)

    rig = Rig(db, line(assess=later))
    rig.engine()
    run_id = await push(db)
    await rig.until("SELECT id FROM run WHERE waiting = 'retry'")
    await rig.rows("UPDATE run SET wake_at = now() RETURNING id")
    await rig.rows("UPDATE stage_run SET retry_at = now() WHERE retry_at IS NOT NULL RETURNING stage")
    run = await rig.settled(run_id)
    assert run["status"] == "success"
    assert len(tries) == 2
    assert rig.stages[0].calls == 1
    await rig.stop()


async def test_a_stopped_worker_parks_its_runs_for_the_next(db: Db) -> None:
    acting = asyncio.Event()

    async def stuck(given: Any, work: Any) -> None:
        if work.epoch == 1:
            acting.set()
            await asyncio.sleep(3600)

    rig = Rig(db, line(assess=stuck), stop_patience=0.2)
    first = rig.engine()
    run_id = await push(db)
    await first.admit()
    await acting.wait()
    await first.stop()
    rows = await rig.rows("SELECT owner, slot, status FROM run")
    assert rows == [{"owner": None, "slot": False, "status": "running"}]
    rig.engines.clear()
    rig.engine()
    run = await rig.settled(run_id)
    assert run["status"] == "success"
    assert rig.stages[0].calls == 1
    await rig.stop()


async def test_pushes_during_a_run_merge_into_one_follower(db: Db) -> None:
    acting, go = asyncio.Event(), asyncio.Event()

    async def slow(given: Any, work: Any) -> None:
        acting.set()
        await go.wait()

    rig = Rig(db, line(assess=slow))
    rig.engine()
    company_id = await make.company(db)
    insert = "INSERT INTO push_policy (company_id, source, mode) VALUES (%(c)s, 'workday', 'new_and_changed')"
    await execute(db, insert, c=company_id)
    item = make.incoming()
    first = (await make.take(db, company_id, item)).verdicts[0]
    await rig.engines[0].admit()
    await acting.wait()
    second = (await make.take(db, company_id, make.changed(item))).verdicts[0]
    third = (await make.take(db, company_id, make.changed(item, revision_hash="ee" * 32))).verdicts[0]
    assert second.run_id is not None
    assert second.run_id == third.run_id != first.run_id
    go.set()
    run = await rig.settled(second.run_id)
    assert run["status"] == "success"
    assert run["state"] == "ready"
    rows = await rig.rows("SELECT count(*) AS n FROM run")
    assert rows[0]["n"] == 2
    await rig.stop()


async def test_a_cancelled_run_stops_acting_and_gives_the_role_its_state_back(db: Db) -> None:
    acting = asyncio.Event()
    cancelled = asyncio.Event()

    async def stuck(given: Any, work: Any) -> None:
        acting.set()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    rig = Rig(db, line(assess=stuck))
    rig.engine()
    run_id = await push(db)
    await rig.engines[0].admit()
    await acting.wait()
    await rig.rows("UPDATE run SET cancel_asked_at = now() RETURNING id")
    run = await rig.settled(run_id)
    assert (run["status"], run["error"]["code"], run["state"]) == ("failed", "cancelled", "draft")
    assert cancelled.is_set()
    await rig.stop()


async def test_a_company_with_few_roles_is_not_behind_one_with_many(db: Db) -> None:
    order: list[str] = []

    async def note(given: Any, work: Any) -> None:
        order.append(given.role.company)
        await asyncio.sleep(0.01)

    rig = Rig(db, line(publish=note), window=8, cap=4, places=8)
    many, few = await make.company(db, "Many"), await make.company(db, "Few")
    await make.take(db, many, *(make.incoming(n) for n in range(60)))
    await make.take(db, few, *(make.incoming(n) for n in range(3)))
    rig.engine()
    await rig.until(
        "SELECT 1 AS ok FROM run HAVING count(*) FILTER (WHERE status = 'success') = 63", seconds=30
    )
    assert max(n for n, name in enumerate(order) if name == "Few") < 20
    await rig.stop()


async def test_a_busy_worker_leaves_half_of_a_burst_to_others(db: Db) -> None:
    acting, go = asyncio.Event(), asyncio.Event()

    async def stuck(given: Any, work: Any) -> None:
        acting.set()
        await go.wait()

    rig = Rig(db, line(create=stuck))
    busy = rig.engine()
    await push(db)
    await busy.admit()
    await acting.wait()
    company_id = await make.company(db, "Burst")
    await make.take(db, company_id, *(make.incoming(n) for n in range(20)))
    assert len(await busy.admit()) == 20
    assert len(rig.rung) == 10
    go.set()
    await rig.stop()

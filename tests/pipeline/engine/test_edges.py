"""Where two things meet: a fenced end and a follower, a lost claim and a heartbeat, a refused row and its
neighbours, an archived role and a run that acts."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from kit import ids
from kit.db import Db
from kit.errors import Action
from pipeline.engine import store
from pipeline.engine.committer import Committer, Entry, Unrecordable
from pipeline.stages.base import StageFault
from tests import make
from tests.pipeline.engine.rig import Rig, line
from tests.pipeline.runs.world import somebody_waits


async def push(db: Db, company_id: UUID, n: int = 0) -> UUID:
    run_id = (await make.take(db, company_id, make.incoming(n))).verdicts[0].run_id
    assert run_id is not None
    return run_id


async def nothing(_jobs: list[int]) -> None:
    return None


def held(gate: asyncio.Event, acting: asyncio.Event) -> Any:
    async def wait(_given: Any, _work: Any) -> None:
        acting.set()
        await gate.wait()

    return wait


async def test_the_end_of_a_fenced_owner_lets_no_follower_in(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await push(db, company_id)
    rig = Rig(db, [])
    await rig.rows(
        "INSERT INTO run (id, company_id, role_id, role_revision, mapping_version, actor_kind, actor_id, "
        "reason, follows, waiting, wake_at) "
        "SELECT %(id)s, company_id, role_id, 1, 'm', 'csm', 'x', 'retry', id, "
        "'earlier_run', 'infinity' FROM run RETURNING id",
        id=ids.new(),
    )
    committer = Committer(db, ids.new(), nothing)
    committing = asyncio.create_task(committer.run())
    entry = Entry(run_id, 7, 1)
    entry.patch |= {"status": "success", "release": True}
    async with asyncio.timeout(10):
        assert await committer.submit(entry) is None
    committing.cancel()
    rows = await rig.rows("SELECT waiting FROM run WHERE follows IS NOT NULL")
    assert [row["waiting"] for row in rows] == ["earlier_run"]


async def test_a_run_that_its_owner_does_not_drive_is_not_kept_alive(db: Db) -> None:
    run_id = await push(db, await make.company(db))
    other = await push(db, await make.company(db, "Other"))
    owner = ids.new()
    async with db.engine() as tx:
        await store.admit(tx, window=10, cap=10)
        await store.claim(tx, [run_id, other], owner=owner, lease=0, visible_within=900, planned=6)
        renewed = await store.renew(tx, [other], owner=owner, lease=60)
    assert [row.id for row in renewed] == [other]
    async with db.engine() as tx:
        assert await store.take_over(tx, []) == [run_id]


@pytest.mark.parametrize("bad", [{"status": "nonsense"}, {"waiting": "for nothing"}, {"done": "many"}, {}])
async def test_a_row_that_is_refused_does_not_hold_up_its_neighbours(db: Db, bad: dict[str, Any]) -> None:
    runs = [await push(db, await make.company(db, f"Company {n}")) for n in range(3)]
    owner = ids.new()
    async with db.engine() as tx:
        await store.admit(tx, window=10, cap=10)
        await store.claim(tx, runs, owner=owner, lease=60, visible_within=900, planned=6)
    committer = Committer(db, owner, nothing)
    entries = [Entry(run_id, 1, 1) for run_id in runs]
    entries[1].patch |= bad
    twice = {"run_id": runs[1], "stage": "map", "attempt": 1, "status": "running", "input_hash": "00"}
    entries[1].attempts += [] if bad else [twice, twice]
    waiting = [asyncio.create_task(committer.submit(entry)) for entry in entries]
    await asyncio.sleep(0)
    committing = asyncio.create_task(committer.run())
    async with asyncio.timeout(10):
        done = await asyncio.gather(*waiting, return_exceptions=True)
    committing.cancel()
    assert isinstance(done[1], Unrecordable)
    assert [row.id for row in done if isinstance(row, store.Recorded)] == [runs[0], runs[2]]


async def test_a_run_that_breaks_lets_go_of_what_it_was_doing(db: Db) -> None:
    acting, cut_short = asyncio.Event(), asyncio.Event()

    async def publish(_given: Any, _work: Any) -> None:
        acting.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cut_short.set()
            raise

    async def skills(_given: Any, _work: Any) -> None:
        await acting.wait()
        raise StageFault("No skills.", code="no_skills", action=Action("A word that no row can hold: \0."))

    rig = Rig(db, line(publish=publish, skills=skills))
    engine = rig.engine()
    await push(db, await make.company(db))
    await engine.admit()
    async with asyncio.timeout(10):
        await cut_short.wait()
    await rig.stop()


async def test_what_a_late_commit_began_does_not_seem_to_act_after_a_takeover(db: Db) -> None:
    run_id, owner = await push(db, await make.company(db)), ids.new()
    async with db.engine() as tx:
        await store.admit(tx, window=10, cap=10)
        await store.claim(tx, [run_id], owner=owner, lease=0, visible_within=900, planned=6)
    entry = Entry(run_id, 1, 1)
    entry.attempts.append(
        {"run_id": run_id, "stage": "map", "attempt": 1, "status": "running", "input_hash": "00"}
    )
    batch = {"entries": [entry.patch | {"events": 0}], "attempts": entry.attempts, "events": [], "usage": []}
    async with db.engine() as tx:
        await store.commit(tx, owner=owner, batch=batch)
        taking = asyncio.create_task(take_over(db))
        await somebody_waits(db)
    assert await taking == [run_id]
    rows = await Rig(db, []).rows("SELECT status FROM stage_run")
    assert [row["status"] for row in rows] == ["lost"]


async def take_over(db: Db) -> list[UUID]:
    async with db.engine() as tx:
        return await store.take_over(tx, [])


async def test_a_freed_run_leaves_no_stage_that_seems_to_act(db: Db) -> None:
    gate, acting = asyncio.Event(), asyncio.Event()
    rig = Rig(db, line(assess=held(gate, acting)), renew=60)
    engine = rig.engine()
    await push(db, await make.company(db))
    await engine.admit()
    await acting.wait()
    async with db.engine() as tx:
        assert len(await store.take_over(tx, [engine.owner])) == 1
    assert await rig.rows("SELECT stage FROM stage_run WHERE status = 'running'") == []
    gate.set()
    await rig.stop()


async def test_a_stopped_worker_leaves_no_stage_that_seems_to_act(db: Db) -> None:
    gate, acting = asyncio.Event(), asyncio.Event()
    rig = Rig(db, line(assess=held(gate, acting)), stop_patience=0.1)
    engine = rig.engine()
    await push(db, await make.company(db))
    await engine.admit()
    await acting.wait()
    await rig.stop()
    rows = await rig.rows("SELECT status FROM stage_run WHERE stage = 'assess'")
    assert [row["status"] for row in rows] == ["lost"]


async def test_a_role_archived_during_its_run_does_not_come_back_to_light(db: Db) -> None:
    gate, acting = asyncio.Event(), asyncio.Event()
    rig = Rig(db, line(publish=held(gate, acting)))
    engine = rig.engine()
    company_id = await make.company(db)
    run_id = await push(db, company_id)
    await engine.admit()
    await acting.wait()
    item = make.incoming()
    inactive = make.changed(item, role=type(item.role)(title="Analyst 0", code="R-0", status="inactive"))
    await make.take(db, company_id, inactive)
    gate.set()
    run = await rig.settled(run_id)
    await rig.stop()
    assert (run["status"], run["state"], run["visible"]) == ("success", "archived", False)


async def test_how_many_stages_a_run_has_is_what_its_worker_knows(db: Db) -> None:
    rig = Rig(db, line())
    rig.engine()
    await rig.settled(await push(db, await make.company(db)))
    await rig.stop()
    assert [row["planned"] for row in await rig.rows("SELECT planned FROM run")] == [6]

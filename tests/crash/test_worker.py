"""A worker is killed at each point where something is done and something else is not: the end is the same."""

from __future__ import annotations

import pytest

from kit.db import Db
from pipeline.runs import pausing
from tests import make
from tests.crash.aftermath import dead, finished, killed
from tests.crash.stages import stages
from tests.pipeline.engine.rig import Rig
from tests.pipeline.runs.world import LENS, caller

POINTS = ["after admission", "after claim", "after act", "after record"]


async def push(db: Db) -> None:
    company_id = await make.company(db)
    assert (await make.take(db, company_id, make.incoming())).verdicts[0].pushed


@pytest.mark.parametrize("point", POINTS)
async def test_a_run_ends_as_if_its_worker_had_not_been_killed(db: Db, db_url: str, point: str) -> None:
    await push(db)
    await dead(await killed(db_url, point))
    rig = Rig(db, stages())
    end = await finished(db, rig)
    assert [run["status"] for run in end.runs] == ["success"]
    assert [(role["state"], role["visible"]) for role in end.roles] == [("ready", True)]
    assert [row["stage"] for row in end.results] == [
        "assess",
        "catalog",
        "create",
        "map",
        "publish",
        "skills",
    ]
    assert end.log == ["run.queued", "run.started", "role.ready", "run.finished"]
    assert end.announced == len(end.log)
    assert end.paid == 1


async def test_what_was_recorded_before_the_kill_is_not_done_again(db: Db, db_url: str) -> None:
    await push(db)
    await dead(await killed(db_url, "after act"))
    rig = Rig(db, stages())
    await finished(db, rig)
    assert {stage.key: stage.calls for stage in rig.stages} == {
        "create": 0,
        "map": 0,
        "assess": 1,
        "publish": 1,
        "skills": 1,
        "catalog": 1,
    }
    rows = await rig.rows("SELECT status FROM stage_run WHERE stage = 'assess' ORDER BY epoch")
    assert [row["status"] for row in rows] == ["lost", "success"]


async def test_every_end_after_a_kill_equals_the_end_without_one(db: Db, db_url: str) -> None:
    await push(db)
    untouched = await finished(db, Rig(db, stages()))
    company_id = await make.company(db, "Second")
    await make.take(db, company_id, make.incoming(1))
    await dead(await killed(db_url, "after act"))
    both = await finished(db, Rig(db, stages()))
    assert both.runs[1] == both.runs[0] == untouched.runs[0]
    assert both.roles[1] == both.roles[0] == untouched.roles[0]
    assert both.log == untouched.log * 2
    assert both.paid == 2


async def test_a_run_whose_worker_was_killed_is_paused_and_goes_on_when_it_is_resumed(
    db: Db, db_url: str
) -> None:
    company_id = await make.company(db)
    run_id = (await make.take(db, company_id, make.incoming())).verdicts[0].run_id
    assert run_id is not None
    await dead(await killed(db_url, "after act"))
    async with db.company(company_id) as tx:
        assert (await pausing.pause(tx, caller(company_id), run_id, LENS)).waits
    rig = Rig(db, stages())
    rig.engine()
    await rig.until("SELECT FROM run WHERE waiting = 'paused' AND owner IS NULL")
    await rig.stop()
    assert [stage.calls for stage in rig.stages] == [0] * len(rig.stages)
    async with db.company(company_id) as tx:
        await pausing.resume(tx, caller(company_id), run_id, LENS)
    end = await finished(db, Rig(db, stages()))
    assert [run["status"] for run in end.runs] == ["success"]
    assert (end.log[:4], end.paid) == (["run.queued", "run.started", "run.paused", "run.resumed"], 1)

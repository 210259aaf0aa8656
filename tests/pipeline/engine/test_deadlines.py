"""The two clocks of a run: when its role has to be visible, and how long the rest may be worked on."""

from __future__ import annotations

from kit.db import Db
from tests import make
from tests.pipeline.engine.rig import Rig, line


async def test_a_run_whose_time_is_over_ends_and_is_started_again_by_itself(db: Db) -> None:
    rig = Rig(db, line(), visible_within=0)
    rig.engine()
    run_id = (await make.take(db, await make.company(db), make.incoming())).verdicts[0].run_id
    assert run_id is not None
    run = await rig.settled(run_id)
    await rig.stop()
    assert (run["status"], run["state"]) == ("failed", "assessment_failed")
    assert (run["error"]["code"], run["error"]["stage"]) == ("deadline_exceeded", "create")
    assert run["retry_at"] is not None
    assert [stage.calls for stage in rig.stages] == [0] * 6


async def test_enhancements_without_work_time_degrade_the_role(db: Db) -> None:
    rig = Rig(db, line())
    run_id = (await make.take(db, await make.company(db), make.incoming())).verdicts[0].run_id
    assert run_id is not None
    await rig.rows("UPDATE run SET work_left = 0 RETURNING id")
    rig.engine()
    run = await rig.settled(run_id)
    await rig.stop()
    assert (run["status"], run["state"], run["visible"]) == ("success", "workflow_failed", True)
    assert run["outputs"]["degraded"] == ["map", "skills"]

"""The connection breaks during a COMMIT: nobody knows whether it counted, so the same is sent again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kit.db import Db
from tests import make
from tests.crash.aftermath import end_of
from tests.crash.stages import stages
from tests.crash.wire import Wire, wire_to
from tests.pipeline.engine.rig import Rig


@pytest.fixture
async def wire(db_url: str, data: Path) -> AsyncIterator[tuple[Wire, Db]]:
    """A wire, and a pool whose connections all go through it."""
    async with wire_to(db_url, data) as (wire, url):
        db = Db(url, size=4, wait=10)
        await db.open()
        yield wire, db
        await db.close()


@pytest.mark.parametrize("times", [1, 3])
async def test_a_batch_whose_answer_was_lost_is_recorded_once(
    db: Db, wire: tuple[Wire, Db], times: int
) -> None:
    lines, through = wire
    company_id = await make.company(db)
    run_id = (await make.take(db, company_id, make.incoming())).verdicts[0].run_id
    assert run_id is not None
    lines.before, lines.cut_at_commit = b"new_attempts AS", times
    rig = Rig(through, stages(), lease=30)
    rig.engine()
    run = await rig.settled(run_id, seconds=60)
    await rig.stop()
    assert lines.lost == times
    assert (run["status"], run["state"], run["epoch"]) == ("success", "ready", 1)
    assert [stage.calls for stage in rig.stages] == [1] * 6
    end = await end_of(Rig(db, []))
    assert end.log == ["run.queued", "run.started", "role.ready", "run.finished"]
    assert len(end.results) == 6
    assert (end.announced, end.paid) == (4, 1)


async def test_a_claim_whose_answer_was_lost_is_taken_over_when_its_lease_ends(
    db: Db, wire: tuple[Wire, Db]
) -> None:
    lines, through = wire
    company_id = await make.company(db)
    run_id = (await make.take(db, company_id, make.incoming())).verdicts[0].run_id
    assert run_id is not None
    lines.before, lines.cut_at_commit = b"planned = ", 1
    rig = Rig(through, stages(), lease=1)
    rig.engine()
    run = await rig.settled(run_id, seconds=60)
    await rig.stop()
    assert lines.lost == 1
    assert (run["status"], run["takeovers"]) == ("success", 1)


async def test_an_intake_whose_answer_was_lost_can_be_sent_again(db: Db, wire: tuple[Wire, Db]) -> None:
    lines, through = wire
    company_id = await make.company(db)
    lines.before, lines.cut_at_commit = b"new_source_event AS", 1
    with pytest.raises(Exception, match=r"connection|server"):
        await make.take(through, company_id, make.incoming())
    again = (await make.take(through, company_id, make.incoming())).verdicts[0]
    assert (again.verdict, again.pushed) == ("no_material_change", False)
    rig = Rig(db, [])
    assert len(await rig.rows("SELECT id FROM role")) == 1
    assert [row["id"] for row in await rig.rows("SELECT id FROM run")] == [again.run_id]

"""One shape for stage, run and batch, at every moment of their lives."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from control.access import Caller
from kit import ids
from kit.db import Db
from kit.errors import Action, Forbidden, NotFound
from pipeline.runs import runs, view
from pipeline.runs.store import Picture
from pipeline.runs.waiting import position, rounded
from pipeline.stages.base import StageFault
from pipeline.stages.registry import STAGES
from tests import make
from tests.pipeline.runs.world import (
    LENS,
    caller,
    draw,
    ended,
    execute,
    held,
    look,
    pushed,
    running,
    thirteen,
)


def picture(**over: float | None) -> Picture:
    values = {"rank": None, "others_waiting": None, "share": None, "drained_per_minute": None}
    return Picture(**(values | {"in_window": None, "window_cap": None} | over))  # type: ignore[arg-type]


def test_a_place_is_bounded_by_the_others_and_by_the_companys_share() -> None:
    assert position(picture(rank=3, others_waiting=1000, share=0.5)) == 6
    assert position(picture(rank=3, others_waiting=2, share=0.1)) == 5
    assert position(picture(rank=3)) == 3
    assert position(picture(others_waiting=7, share=0.5)) is None


def test_far_places_are_rounded_so_that_they_hold_still() -> None:
    assert [rounded(n) for n in (0, 1, 10, 11, 99, 101, 1001)] == [0, 1, 10, 11, 99, 110, 1100]


async def test_a_queued_run_says_its_place_and_time(db: Db) -> None:
    company_id = await make.company(db)
    first, second = await pushed(db, company_id, 0), await pushed(db, company_id, 1)
    await draw(db, drained=2)
    one, two = await look(db, company_id, first), await look(db, company_id, second)
    assert (one.status, one.display) == ("pending", "waiting")
    assert one.waiting is not None
    assert two.waiting is not None
    assert (one.waiting.reason, one.waiting.position) == ("queue", 1)
    assert two.waiting.position == 2
    assert two.waiting.eta is not None
    assert one.waiting.eta is not None
    assert (two.waiting.eta - one.waiting.eta).total_seconds() == pytest.approx(30, abs=2)


async def test_another_companys_queue_counts_by_its_share(db: Db) -> None:
    busy, small = await make.company(db, "Busy"), await make.company(db, "Small")
    for n in range(6):
        await pushed(db, busy, n)
    mine = await pushed(db, small)
    await draw(db)
    unit = await look(db, small, mine)
    assert unit.waiting is not None
    assert unit.waiting.position == 2


async def test_a_company_that_fills_its_own_window_is_told_so(db: Db) -> None:
    company_id = await make.company(db)
    first, second = await pushed(db, company_id, 0), await pushed(db, company_id, 1)
    await execute(db, "UPDATE company SET window_cap = 1")
    await execute(db, "UPDATE run SET slot = true WHERE id = %(id)s", id=first)
    await draw(db)
    let_in, waiting = await look(db, company_id, first), await look(db, company_id, second)
    assert waiting.waiting is not None
    assert waiting.waiting.reason == "tenant_cap"
    assert let_in.waiting is not None
    assert let_in.waiting.position == 0


async def test_a_place_is_known_without_the_clock(db: Db) -> None:
    company_id = await make.company(db)
    unit = await look(db, company_id, await pushed(db, company_id))
    assert unit.waiting is not None
    assert (unit.waiting.position, unit.waiting.eta) == (1, None)


async def test_stages_that_have_not_begun_are_computed_from_the_graph(db: Db) -> None:
    company_id = await make.company(db)
    unit = await look(db, company_id, await pushed(db, company_id), stages=True)
    assert unit.stages is not None
    assert [one.inputs["stage"] for one in unit.stages] == [stage.key for stage in STAGES]
    assert {one.status for one in unit.stages} == {"pending"}
    first, second = unit.stages[:2]
    assert first.waiting is not None
    assert second.waiting is not None
    assert (first.waiting.reason, second.waiting.reason) == ("queue", "parent")


async def test_a_run_at_work_shows_which_stage_acts(db: Db) -> None:
    company_id, gate = await make.company(db), asyncio.Event()
    run_id = await pushed(db, company_id)
    async with running(db, thirteen(ai_assessment=held(gate))) as rig:
        await rig.until("SELECT 1 FROM stage_run WHERE stage = 'ai_assessment'")
        unit = await look(db, company_id, run_id, stages=True)
        gate.set()
        await rig.settled(run_id)
    assert unit.stages is not None
    by_key = {one.inputs["stage"]: one for one in unit.stages}
    assert (unit.status, unit.display, unit.waiting) == ("running", "running", None)
    assert by_key["ai_assessment"].status == "running"
    assert by_key["link_documents"].outputs == {"did": "link_documents"}
    assert by_key["publish_dashboard"].waiting is not None
    assert by_key["publish_dashboard"].waiting.reason == "parent"
    assert unit.progress.done == 3


async def test_a_finished_run_and_its_stages_are_done(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    await ended(db, run_id)
    unit = await look(db, company_id, run_id, stages=True)
    assert unit.stages is not None
    assert (unit.status, unit.display, unit.error, unit.waiting) == ("success", "done", None, None)
    assert unit.progress == view.Progress(13, 13, 100)
    assert {(one.status, one.progress.percent) for one in unit.stages} == {("success", 100)}
    assert unit.links["dashboard"].startswith("https://connector.example.com/v1/assessments/role_")


async def test_a_failed_run_says_what_to_do_and_where_it_failed(db: Db) -> None:
    def refuse(_given: object, _work: object) -> None:
        raise StageFault("The graph is full.", code="graph_full", action=Action("Make room.", "operator"))

    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    await ended(db, run_id, link_documents=refuse)
    unit = await look(db, company_id, run_id, stages=True)
    assert (unit.status, unit.display) == ("failed", "error")
    assert unit.error is not None
    assert (unit.error.code, unit.error.stage, unit.error.retry_at) == ("graph_full", "link_documents", None)
    assert unit.error.action == view.Remedy("Make room.", "operator", None)
    assert unit.stages is not None
    ends = {one.inputs["stage"]: one for one in unit.stages}
    assert ends["link_documents"].error is not None
    assert ends["top_tasks"].outputs["skipped"] == "parent_failed"


async def test_a_stage_that_is_tried_again_says_when(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    await execute(
        db,
        "UPDATE run SET status = 'running', waiting = 'retry', started_at = now(), "
        "wake_at = now() + interval '1 minute'",
    )
    await execute(
        db,
        "INSERT INTO stage_run (company_id, run_id, role_id, stage, attempt, epoch, status, input_hash, "
        "error, retry_at, finished_at) "
        "SELECT company_id, id, role_id, 'create_company_role', 1, 1, 'failed', '', "
        """'{"code": "graph_unavailable", "message": "The graph cannot be reached.", "action": null}', """
        "wake_at, now() FROM run",
    )
    unit = await look(db, company_id, run_id, stages=True)
    assert unit.stages is not None
    first = unit.stages[0]
    assert unit.waiting is not None
    assert first.waiting is not None
    assert (unit.display, unit.waiting.reason, first.status) == ("waiting", "retry", "pending")
    assert first.waiting.eta == unit.waiting.eta
    assert first.error is not None
    assert first.error.code == "graph_unavailable"


async def test_the_validator_moves_with_what_is_shown_and_not_with_the_clock(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    await draw(db, drained=2)
    before = await look(db, company_id, run_id)
    assert before.waiting is not None
    later = msgspec.structs.replace(before, waiting=msgspec.structs.replace(before.waiting, eta=None))
    assert view.etag(later) == view.etag(before)
    await execute(db, "UPDATE run SET slot = true")
    assert view.etag(await look(db, company_id, run_id)) != view.etag(before)


async def test_another_companys_run_is_not_there(db: Db) -> None:
    mine, theirs = await make.company(db), await make.company(db, "Other")
    run_id = await pushed(db, theirs)
    with pytest.raises(NotFound):
        await look(db, mine, run_id)


async def test_reading_needs_its_scope(db: Db) -> None:
    company_id = await make.company(db)
    stranger: Caller = caller(company_id, "roles:read")
    async with db.company(company_id) as tx:
        with pytest.raises(Forbidden):
            await runs.get(tx, stranger, ids.new(), LENS)

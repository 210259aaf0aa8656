"""Queue and status tell a company where it stands, from the database alone, and nothing about others."""

from __future__ import annotations

from uuid import UUID

import pytest

from kit import ids
from kit.db import Db
from kit.errors import Forbidden, NotFound
from pipeline.engine import store as engine
from pipeline.runs import bundle, queue, status
from pipeline.runs.bundle import Bundle
from pipeline.runs.queue import Queue
from pipeline.runs.status import Standing
from pipeline.stages.base import Call, Outcome
from tests import make
from tests.pipeline.runs.world import LENS, caller, draw, ended, execute, pushed


async def queue_of(db: Db, company_id: UUID) -> Queue:
    async with db.company(company_id) as tx:
        return await queue.get(tx, caller(company_id), LENS)


async def status_of(db: Db, company_id: UUID) -> Standing:
    async with db.company(company_id) as tx:
        return await status.get(tx, caller(company_id), LENS)


async def bundle_of(db: Db, company_id: UUID, run_id: UUID) -> Bundle:
    async with db.company(company_id) as tx:
        return await bundle.get(tx, caller(company_id), run_id, LENS)


async def test_an_empty_company_has_an_empty_queue_and_status(db: Db) -> None:
    company_id = await make.company(db)
    empty = await queue_of(db, company_id)
    assert (empty.waiting, empty.position_of_last, empty.through_at, empty.reasons) == (0, None, None, {})
    standing = await status_of(db, company_id)
    assert set(standing.roles.values()) == {0}
    assert standing.runs == {"pending": 0, "running": 0, "success": 0, "failed": 0}
    assert (standing.oldest_waiting, standing.last_hris_event) == (None, None)


async def test_the_queue_counts_what_waits_and_when_it_is_through(db: Db) -> None:
    company_id = await make.company(db)
    for n in range(3):
        await pushed(db, company_id, n)
    await draw(db, drained=3)
    own = await queue_of(db, company_id)
    assert (own.waiting, own.admitted, own.position_of_last) == (3, 0, 3)
    assert (own.reasons, own.priorities) == ({"queue": 3}, {"P1": 3})
    assert own.through_at is not None
    assert 55 <= (own.through_at - own.at).total_seconds() <= 60


async def test_what_waits_for_a_retry_is_parked(db: Db) -> None:
    company_id = await make.company(db)
    await pushed(db, company_id)
    await execute(db, "UPDATE run SET waiting = 'retry', wake_at = now() + interval '1 minute'")
    own = await queue_of(db, company_id)
    assert (own.waiting, own.parked, own.reasons) == (0, 1, {"retry": 1})


async def test_a_company_counts_only_its_own(db: Db) -> None:
    mine, theirs = await make.company(db), await make.company(db, "Other")
    await pushed(db, theirs)
    await draw(db)
    assert (await queue_of(db, mine)).waiting == 0
    standing = await status_of(db, mine)
    assert (standing.roles["queued"], standing.last_hris_event) == (0, None)


async def test_the_status_names_what_has_waited_longest_and_the_last_call(db: Db) -> None:
    company_id = await make.company(db)
    first = await pushed(db, company_id, 0)
    await pushed(db, company_id, 1)
    standing = await status_of(db, company_id)
    assert standing.roles["queued"] == 2
    assert standing.oldest_waiting is not None
    assert standing.oldest_waiting.run_id == ids.show("run", first)
    assert standing.oldest_waiting.waiting is not None
    assert standing.oldest_waiting.waiting.reason == "queue"
    assert standing.last_hris_event is not None
    assert (standing.last_hris_event.source, standing.last_hris_event.status) == ("workday", "accepted")


async def test_ended_runs_and_visible_roles_are_counted(db: Db) -> None:
    company_id = await make.company(db)
    await ended(db, await pushed(db, company_id))
    standing = await status_of(db, company_id)
    assert (standing.runs["success"], standing.roles["ready"], standing.roles_visible) == (1, 1, 1)


async def test_parts_that_are_silent_are_named(db: Db) -> None:
    company_id = await make.company(db)
    assert [one.part for one in (await status_of(db, company_id)).degraded] == ["clock", "worker"]
    async with db.engine() as tx:
        for kind in ("clock", "worker"):
            await engine.enrol(tx, id_=ids.new(), kind=kind, lock_key=1, host="here")
    assert (await status_of(db, company_id)).degraded == []


@pytest.mark.parametrize(
    ("stage", "code", "part"),
    [
        ("map_draup_role", "model_unavailable", "model"),
        ("map_draup_role", "graph_unavailable", "graph"),
        ("link_documents", "stage_timeout", "graph"),
        ("ai_assessment", "internal", "model"),
    ],
)
async def test_a_part_that_stages_wait_for_is_named(db: Db, stage: str, code: str, part: str) -> None:
    company_id = await make.company(db)
    await pushed(db, company_id)
    await execute(
        db,
        "INSERT INTO stage_run (company_id, run_id, role_id, stage, attempt, epoch, status, input_hash, "
        "error, retry_at, finished_at) SELECT company_id, id, role_id, %(stage)s, 1, 0, 'failed', '', "
        "jsonb_build_object('code', %(code)s::text), now() + interval '2 seconds', now() FROM run",
        stage=stage,
        code=code,
    )
    found = (await status_of(db, company_id)).degraded
    assert found[0].part == part
    assert code in found[0].says


async def test_the_bundle_tells_all_but_words_and_secrets(db: Db) -> None:
    def paid(_given: object, _work: object) -> Outcome:
        call = Call(call_id="c-1", model="m", purpose="assess", input_tokens=10, output_tokens=2)
        return Outcome(outputs={"summary": "Reconcile supplier invoices"}, calls=(call,))

    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    await ended(db, run_id, ai_assessment=paid)
    whole = await bundle_of(db, company_id, run_id)
    assert whole.run.id == ids.show("run", run_id)
    assert whole.origin is not None
    assert (whole.origin.source, whole.origin.mapping_version) == ("workday", "workday@0")
    assert whole.origin.body_sha256 == "00" * 32
    assert {one.stage for one in whole.attempts} >= {"ai_assessment", "publish_dashboard"}
    assert [one.sequence for one in whole.timeline] == list(range(len(whole.timeline)))
    assert [(one.call_id, one.input_tokens) for one in whole.calls] == [("c-1", 10)]
    assert whole.documents[0].kind == "job_description"
    assert "invoices" not in str(whole)


async def test_another_companys_bundle_is_not_there(db: Db) -> None:
    mine, theirs = await make.company(db), await make.company(db, "Other")
    run_id = await pushed(db, theirs)
    with pytest.raises(NotFound):
        await bundle_of(db, mine, run_id)


@pytest.mark.parametrize("door", [queue.get, status.get])
async def test_both_need_their_scope(db: Db, door: object) -> None:
    company_id = await make.company(db)
    async with db.company(company_id) as tx:
        with pytest.raises(Forbidden):
            await door(tx, caller(company_id, "roles:read"), LENS)  # type: ignore[operator]

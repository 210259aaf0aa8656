"""The feed gives every event once, in one order, to whoever keeps the cursor."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from kit import ids, paging
from kit.db import Db
from kit.errors import Forbidden, Gone, Invalid, NotFound
from pipeline.log import feed
from pipeline.log.event import Event
from pipeline.log.feed import Page
from tests import make
from tests.pipeline.runs.world import caller, ended, execute, pushed

_INSERT = "INSERT INTO event (company_id, type, data) VALUES (%(company)s, %(type)s, '{}')"


async def log(db: Db, company_id: UUID, *types: str) -> None:
    for type_ in types:
        await execute(db, _INSERT, company=company_id, type=type_)


async def page(db: Db, company_id: UUID, **wanted: Any) -> Page:
    async with db.company(company_id) as tx:
        return await feed.read(tx, caller(company_id), **wanted)


async def everything(db: Db, company_id: UUID, **wanted: Any) -> list[Event]:
    events: list[Event] = []
    cursor = ""
    while True:
        found = await page(db, company_id, cursor=cursor, **wanted)
        events += found.events
        cursor = found.next_cursor
        if not found.has_more:
            return events


async def test_pages_follow_each_other_without_gap_or_repeat(db: Db) -> None:
    company_id = await make.company(db)
    await log(db, company_id, *["role.drafted"] * 7)
    events = await everything(db, company_id, limit=3)
    assert [one.version for one in events] == sorted({one.version for one in events})
    assert len(events) == 7


async def test_has_more_is_false_on_a_last_page_that_is_full(db: Db) -> None:
    company_id = await make.company(db)
    await log(db, company_id, *["role.drafted"] * 4)
    first = await page(db, company_id, limit=2)
    last = await page(db, company_id, limit=2, cursor=first.next_cursor)
    assert (first.has_more, len(last.events), last.has_more) == (True, 2, False)


async def test_the_cursor_stays_while_nothing_is_new(db: Db) -> None:
    company_id = await make.company(db)
    empty = await page(db, company_id)
    assert empty.events == []
    assert (await page(db, company_id, cursor=empty.next_cursor)).next_cursor == empty.next_cursor
    await log(db, company_id, "run.queued")
    found = await page(db, company_id, cursor=empty.next_cursor)
    assert len(found.events) == 1
    again = await page(db, company_id, cursor=found.next_cursor)
    assert (again.events, again.next_cursor) == ([], found.next_cursor)


async def test_a_late_committer_is_never_skipped(db: Db, db_url: str) -> None:
    company_id = await make.company(db)
    params = {"company": company_id, "type": "run.queued"}
    async with await psycopg.AsyncConnection.connect(db_url) as slow:
        await slow.execute("SET ROLE connector_engine")
        await slow.execute(_INSERT, params)
        await log(db, company_id, "run.started", "run.finished")
        early = await page(db, company_id)
        assert early.events == [], "later events must wait for the open transaction"
        await slow.commit()
    late = await page(db, company_id, cursor=early.next_cursor)
    assert [one.type for one in late.events] == ["run.queued", "run.started", "run.finished"]


async def test_a_transaction_with_an_older_number_that_writes_later_is_not_skipped(
    db: Db, db_url: str
) -> None:
    company_id = await make.company(db)
    await log(db, company_id, "role.drafted")
    async with await psycopg.AsyncConnection.connect(db_url) as slow:
        await slow.execute("SET ROLE connector_engine")
        await slow.execute("SELECT pg_current_xact_id()")
        await log(db, company_id, "run.started")
        first = await page(db, company_id)
        assert [one.type for one in first.events] == ["role.drafted"]
        await slow.execute(_INSERT, {"company": company_id, "type": "run.queued"})
        await slow.commit()
    rest = await page(db, company_id, cursor=first.next_cursor)
    assert [one.type for one in rest.events] == ["run.queued", "run.started"]


async def test_a_filter_does_not_look_twice_at_what_it_left_out(db: Db) -> None:
    company_id = await make.company(db)
    await log(db, company_id, "run.finished", "role.drafted", "role.stale")
    runs = await page(db, company_id, types=["run.*"])
    assert [one.type for one in runs.events] == ["run.finished"]
    assert runs.next_cursor == (await page(db, company_id)).next_cursor
    await log(db, company_id, "run.failed")
    assert [one.type for one in (await page(db, company_id, cursor=runs.next_cursor)).events] == [
        "run.failed"
    ]


async def test_since_only_says_where_to_begin(db: Db) -> None:
    company_id = await make.company(db)
    await log(db, company_id, "run.queued", "run.started")
    await execute(db, "UPDATE event SET at = now() - interval '1 hour' WHERE type = 'run.queued'")
    since = datetime.now(UTC) - timedelta(minutes=5)
    assert [one.type for one in (await page(db, company_id, since=since)).events] == ["run.started"]


async def test_an_event_is_flat_and_names_what_it_is_about(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    await ended(db, run_id)
    events = await everything(db, company_id)
    finished = next(one for one in events if one.type == "run.finished")
    assert finished.run_id == ids.show("run", run_id)
    assert finished.tenant == ids.show("company", company_id)
    assert (finished.role_title, finished.role_code) == ("Analyst 0", "R-0")
    assert (finished.status, finished.display) == ("success", "done")
    assert len(finished.updated_at) == len("2026-01-01T00:00:00.000000+00:00")
    assert {one.stage for one in events if one.type == "stage.started"} > {"ai_assessment", "top_tasks"}


async def test_the_events_of_a_run_are_read_by_their_own_numbers(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    await ended(db, run_id)
    async with db.company(company_id) as tx:
        first, more = await feed.of_run(tx, caller(company_id), run_id, limit=10)
        assert more
        assert first[-1].sequence == 9
        rest, more = await feed.of_run(tx, caller(company_id), run_id, after=9)
    assert (rest[0].sequence, rest[-1].type, more) == (10, "run.finished", False)


async def test_a_cursor_of_before_a_restore_is_gone_and_says_how_to_go_on(db: Db) -> None:
    company_id = await make.company(db)
    await log(db, company_id, "run.queued")
    before = await page(db, company_id)
    await execute(db, "UPDATE store SET id = gen_random_uuid()")
    with pytest.raises(Gone) as caught:
        await page(db, company_id, cursor=before.next_cursor)
    assert (caught.value.status, caught.value.code) == (410, "cursor_gone")
    assert caught.value.action is not None
    assert caught.value.action.link == "/v1/events?cursor="


@pytest.mark.parametrize(
    "cursor", ["x", "!!!!", "AAAA", paging.cursor((datetime(2026, 1, 1, tzinfo=UTC), UUID(int=7))), "Ã"]
)
async def test_a_cursor_that_is_none_of_ours_is_refused(db: Db, cursor: str) -> None:
    company_id = await make.company(db)
    with pytest.raises(Invalid, match="cursor"):
        await page(db, company_id, cursor=cursor)


async def test_a_type_that_does_not_exist_is_refused(db: Db) -> None:
    company_id = await make.company(db)
    with pytest.raises(Invalid, match=r"run\.exploded"):
        await page(db, company_id, types=["run.finished", "run.exploded"])


async def test_a_company_sees_its_own_log_only(db: Db) -> None:
    mine, theirs = await make.company(db), await make.company(db, "Other")
    await log(db, theirs, "run.queued")
    assert await everything(db, mine) == []
    run_id = await pushed(db, theirs)
    async with db.company(mine) as tx:
        with pytest.raises(NotFound):
            await feed.of_run(tx, caller(mine), run_id)


async def test_the_feed_needs_its_scope(db: Db) -> None:
    company_id = await make.company(db)
    async with db.company(company_id) as tx:
        with pytest.raises(Forbidden):
            await feed.read(tx, caller(company_id, "runs:read"))

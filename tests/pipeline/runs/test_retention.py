"""What is old is forgotten; what a role's result rests on is not."""

from __future__ import annotations

from uuid import UUID

import pytest

from kit import ids
from kit.db import Db
from kit.settings import Settings
from pipeline.runs import pushes, retention
from pipeline.runs.pushes import Push
from pipeline.stages.registry import STAGES
from tests import make
from tests.parts.front import settings_for
from tests.pipeline.runs.world import ended, execute, pushed

_AGE = "UPDATE {} SET {} = now() - interval '61 days'"


@pytest.fixture
def settings(db_url: str) -> Settings:
    return settings_for(db_url)


async def age(db: Db) -> None:
    """All that there is of runs and their events is 61 days old."""
    for table, column in (("run", "finished_at"), ("stage_run", "finished_at"), ("event", "at")):
        await execute(db, _AGE.format(table, column))


async def run_again(db: Db, company_id: UUID, *, stages: tuple[str, ...] | None) -> UUID:
    (role,) = await execute(db, "SELECT id FROM role")
    async with db.company(company_id) as tx:
        push = Push(actor_kind="csm", actor_id="somebody", stages=stages)
        run_id = (await pushes.one(tx, company_id, role["id"], push)).run_id
    await ended(db, run_id)
    return run_id


async def test_a_run_whose_results_were_replaced_is_forgotten_with_its_attempts(
    db: Db, settings: Settings
) -> None:
    company_id = await make.company(db)
    old = await pushed(db, company_id)
    await ended(db, old)
    await age(db)
    newest = await run_again(db, company_id, stages=tuple(stage.key for stage in STAGES))
    forgotten = await retention.sweep(db, settings)
    assert forgotten["forget_runs"] == 1
    assert [row["id"] for row in await execute(db, "SELECT id FROM run")] == [newest]
    assert {row["run_id"] for row in await execute(db, "SELECT run_id FROM stage_run")} == {newest}
    assert {row["run_id"] for row in await execute(db, "SELECT run_id FROM event")} == {newest}


async def test_a_run_whose_results_are_still_used_is_kept(db: Db, settings: Settings) -> None:
    company_id = await make.company(db)
    old = await pushed(db, company_id)
    await ended(db, old)
    newest = await run_again(db, company_id, stages=None)
    await age(db)
    assert (await retention.sweep(db, settings))["forget_runs"] == 0
    assert {row["id"] for row in await execute(db, "SELECT id FROM run")} == {old, newest}


async def test_bytes_and_audit_rows_are_forgotten_when_their_time_is_over(db: Db, settings: Settings) -> None:
    company_id = await make.company(db)
    await pushed(db, company_id)
    await pushed(db, company_id, 1)
    await execute(
        db, "UPDATE source_event SET received_at = now() - interval '91 days' WHERE event_key IS NULL"
    )
    await make.take(db, company_id, make.incoming(2))
    for days in (1, 800):
        await execute(
            db,
            "INSERT INTO audit (id, company_id, at, actor_kind, actor_id, action) "
            "VALUES (%(id)s, %(c)s, now() - make_interval(days => %(days)s), 'client', 'x', 'run.cancelled')",
            id=ids.new(),
            c=company_id,
            days=days,
        )
    forgotten = await retention.sweep(db, settings)
    assert (forgotten["forget_raw"], forgotten["forget_audit"]) == (2, 1)
    kept = await execute(
        db, "SELECT body IS NOT NULL AS kept, count(*) AS n FROM source_event GROUP BY 1 ORDER BY 1"
    )
    assert [(row["kept"], row["n"]) for row in kept] == [(False, 2), (True, 1)]


async def test_plans_are_forgotten_when_their_time_is_over(db: Db, settings: Settings) -> None:
    company_id = await make.company(db)
    for days in (1, 61):
        await execute(
            db,
            "INSERT INTO plan (company_id, id, source, mapping_version, made_by, state, made_at) "
            "VALUES (%(c)s, %(id)s, 'workday', 'workday@1', 'Mia', 'overtaken', "
            "now() - make_interval(days => %(days)s))",
            id=ids.new(),
            c=company_id,
            days=days,
        )
    assert (await retention.sweep(db, settings))["forget_plans"] == 1
    assert await execute(db, "SELECT count(*) AS n FROM plan") == [{"n": 1}]

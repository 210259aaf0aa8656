"""A wish that meets a worker at the same row: whoever is second sees what the first did, and nobody waits
for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import psycopg
import pytest

from kit import ids
from kit.db import Db
from pipeline.engine import store
from pipeline.records.take import take
from pipeline.runs import runs
from pipeline.runs.runs import Steered
from tests import make
from tests.pipeline.runs.world import LENS, caller, execute, pushed, somebody_waits

_OWN = (
    "UPDATE run SET owner = %(owner)s, status = 'running', slot = true, epoch = 1, waiting = NULL, "
    "started_at = now(), lease_until = now() + interval '1 minute'"
)


@pytest.fixture
async def worker(db_url: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    async with await psycopg.AsyncConnection.connect(db_url) as conn:
        await conn.execute("SET ROLE connector_engine")
        await conn.commit()
        yield conn


async def cancel(db: Db, company_id: UUID, run_id: UUID) -> Steered:
    async with db.company(company_id) as tx:
        return await runs.cancel(tx, caller(company_id), run_id, LENS)


async def test_a_claim_that_was_quicker_gets_the_wish(db: Db, worker: psycopg.AsyncConnection[Any]) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    await worker.execute(_OWN, {"owner": ids.new()})
    wish = asyncio.create_task(cancel(db, company_id, run_id))
    await somebody_waits(db)
    await worker.commit()
    done = await wish
    assert (done.waits, done.unit.status) == (True, "running")
    assert done.unit.inputs["cancel_asked"] is True


async def test_an_owners_commit_takes_run_then_role_while_a_wish_waits(
    db: Db, worker: psycopg.AsyncConnection[Any]
) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    await execute(db, _OWN, owner=ids.new())
    await worker.execute("SELECT id FROM run FOR NO KEY UPDATE")
    wish = asyncio.create_task(cancel(db, company_id, run_id))
    await somebody_waits(db)
    async with asyncio.timeout(5):
        await worker.execute("SELECT id FROM role FOR NO KEY UPDATE NOWAIT")
    await worker.commit()
    assert (await wish).waits


async def test_an_owner_that_parks_meanwhile_leaves_the_run_to_the_wish(
    db: Db, worker: psycopg.AsyncConnection[Any]
) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    await execute(db, _OWN, owner=ids.new())
    await worker.execute(
        "UPDATE run SET owner = NULL, slot = false, lease_until = NULL, waiting = 'retry', "
        "wake_at = now() + interval '1 minute'"
    )
    wish = asyncio.create_task(cancel(db, company_id, run_id))
    await somebody_waits(db)
    await worker.commit()
    done = await wish
    assert (done.waits, done.unit.status) == (False, "failed")


async def test_a_claim_that_waited_for_a_push_runs_what_was_pushed(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    await execute(
        db,
        "INSERT INTO push_policy (company_id, source, mode) VALUES (%(id)s, 'workday', 'new_and_changed')",
        id=company_id,
    )
    async with db.engine() as tx:
        await store.admit(tx, window=10, cap=10)
    newer = make.changed(make.incoming(), mapping_version="workday@1")
    async with db.company(company_id) as tx:
        (answer,) = (await take(tx, company_id, [make.received([newer])])).answers
        claiming = asyncio.create_task(claim(db, run_id))
        await somebody_waits(db)
    (claimed,) = await claiming
    assert answer.verdicts[0].run_id == run_id
    assert (claimed.role_revision, claimed.mapping_version) == (2, "workday@1")


async def claim(db: Db, run_id: UUID) -> list[store.Loaded]:
    async with db.engine() as tx:
        return await store.claim(tx, [run_id], owner=ids.new(), lease=60, visible_within=900, planned=13)

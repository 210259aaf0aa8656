"""Runs that failed for a passing reason start over by themselves, once, as they had been asked for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from kit.db import Db
from pipeline.runs import follow_up, pushes
from pipeline.runs.pushes import Push
from pipeline.stages.base import StageFault
from tests import make
from tests.pipeline.runs.world import ended, execute, pushed

_DUE = "UPDATE run SET retry_at = now() - interval '1 second' WHERE id = %(id)s"
_RETRY = "SELECT retry_at FROM run WHERE id = %(id)s"
_NEXT = (
    "SELECT r.retry_of, r.actor_kind, r.reason, r.status, r.stages, r.cascade, r.accepted_at, o.state, "
    "f.accepted_at AS first_accepted_at FROM run r JOIN role o ON o.id = r.role_id "
    "JOIN run f ON f.id = r.retry_of"
)


def away(_given: Any, _work: Any) -> None:
    raise StageFault("The graph is away.", code="graph_unavailable", retry=True)


async def failed(db: Db, company_id: UUID) -> UUID:
    """A run that ended because something was away, and is due again."""
    run_id = await pushed(db, company_id)
    await ended(db, run_id, create_company_role=away)
    await execute(db, _DUE, id=run_id)
    return run_id


async def test_a_passing_fault_is_tried_again_by_the_clock(db: Db) -> None:
    run_id = await failed(db, await make.company(db))
    assert [await follow_up.start_due(db), await follow_up.start_due(db)] == [1, 0]
    (run,) = await execute(db, _NEXT)
    assert (run["retry_of"], run["actor_kind"], run["reason"]) == (run_id, "clock", "retry")
    assert (run["status"], run["state"]) == ("pending", "queued")
    assert run["accepted_at"] == run["first_accepted_at"]


async def test_a_follow_up_runs_what_had_been_asked_for(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await failed(db, company_id)
    named = ["create_company_role", "link_documents"]
    await execute(db, "UPDATE run SET stages = %(s)s, cascade = true WHERE id = %(id)s", s=named, id=run_id)
    assert await follow_up.start_due(db) == 1
    (run,) = await execute(db, _NEXT)
    assert (run["stages"], run["cascade"]) == (named, True)


@pytest.mark.parametrize("meanwhile", ["pushed", "archived"])
async def test_a_role_that_moved_on_needs_no_follow_up(db: Db, meanwhile: str) -> None:
    company_id = await make.company(db)
    run_id = await failed(db, company_id)
    (role,) = await execute(db, "SELECT id FROM role")
    if meanwhile == "archived":
        await execute(db, "UPDATE role SET state = 'archived'")
    else:
        async with db.company(company_id) as tx:
            await pushes.one(tx, company_id, role["id"], Push(actor_kind="csm", actor_id="somebody"))
    assert await follow_up.start_due(db) == 0
    assert [row["retry_at"] for row in await execute(db, _RETRY, id=run_id)] == [None]

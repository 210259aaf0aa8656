"""The lock that a worker holds only makes a takeover fast: without it epoch and lease keep all right."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest
from msgspec.structs import replace

from connector import clock, worker
from connector.embedded.redis import Redis
from connector.graphs import graph_of
from connector.work import Work, build_work
from kit.db import Db
from kit.settings import Settings
from pipeline.assessor.offline.assessor import OfflineAssessor
from pipeline.engine import store
from pipeline.engine.clockwork import Clockwork
from pipeline.stages.base import Call, Outcome
from tests import make
from tests.parts.front import settings_for
from tests.pipeline.engine.rig import Rig, line

_ENDED_ONCE = ["run.queued", "run.started", "role.ready", "run.finished"]


class Held:
    """An assessment that waits at its first try, and costs something each time it is done."""

    def __init__(self) -> None:
        self.acting, self.go, self.cut_short = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def __call__(self, _given: Any, work: Any) -> Outcome:
        self.acting.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cut_short.set()
            raise
        call = Call(call_id=f"{work.run_id}-{work.epoch}", model="m", purpose="assess", input_tokens=7)
        return Outcome(outputs={"epoch": work.epoch}, calls=(call,))


async def push(db: Db) -> UUID:
    run_id = (await make.take(db, await make.company(db), make.incoming())).verdicts[0].run_id
    assert run_id is not None
    return run_id


async def nothing(_jobs: list[int]) -> None:
    return None


async def ended_once(rig: Rig, run: dict[str, Any]) -> None:
    """One end, one result of each stage, and the log of a run that nobody disturbed."""
    assert (run["status"], run["state"], run["visible"]) == ("success", "ready", True)
    results = await rig.rows("SELECT stage FROM stage_run WHERE status = 'success'")
    assert sorted(row["stage"] for row in results) == sorted(stage.key for stage in rig.stages)
    log = await rig.rows("SELECT type FROM event WHERE type NOT LIKE 'stage.%%' ORDER BY id")
    assert [row["type"] for row in log] == _ENDED_ONCE


async def test_a_worker_that_never_took_its_lock_does_no_harm_while_it_is_thought_dead(db: Db) -> None:
    held = Held()
    rig = Rig(db, line(assess=held), renew=60)
    engine = rig.engine()
    async with db.engine() as tx:
        await store.enrol(tx, id_=engine.owner, kind="worker", lock_key=1, host="here")
    run_id = await push(db)
    await engine.admit()
    await held.acting.wait()
    sweeps = Clockwork(db, rig.ring, nothing, window=10, cap=10)
    assert await sweeps.take_over() == 1
    next_one = rig.engine()
    rig.engines.remove(engine)
    async with db.engine() as tx:  # somebody lives, so that an unheard doorbell is rung again
        await store.enrol(tx, id_=next_one.owner, kind="worker", lock_key=2, host="here")
    held.go.set()
    run = await rig.settled(run_id)
    rig.engines.append(engine)
    await rig.stop()
    assert next_one.owner != engine.owner
    await ended_once(rig, run)
    tries = await rig.rows("SELECT epoch, status FROM stage_run WHERE stage = 'assess' ORDER BY epoch")
    assert [(row["epoch"], row["status"]) for row in tries] == [(1, "lost"), (3, "success")]


async def test_with_neither_lock_nor_list_a_silent_worker_is_followed_when_its_lease_ends(db: Db) -> None:
    held = Held()
    rig = Rig(db, line(assess=held), renew=60, lease=1)
    engine = rig.engine()
    run_id = await push(db)
    await engine.admit()
    await held.acting.wait()
    sweeps = Clockwork(db, rig.ring, nothing, window=10, cap=10)
    assert await sweeps.take_over() == 0
    rig.engines.insert(0, rig.engine())
    rig.engines.pop()
    rig.engines.remove(engine)
    await rig.until("SELECT id FROM run WHERE takeovers = 1 AND owner IS NOT NULL")
    held.go.set()
    run = await rig.settled(run_id)
    rig.engines.append(engine)
    await rig.stop()
    await ended_once(rig, run)


@pytest.fixture
def settings(db_url: str, redis_server: Redis) -> Settings:
    return settings_for(db_url, redis_url=redis_server.url)


def build(rig: Rig) -> Callable[[Settings], Awaitable[Work]]:
    """A worker's parts, with the rig's stages; nothing of them asks graph or assessor."""

    async def work(settings: Settings) -> Work:
        tools = replace(rig.tools(), graph=graph_of(settings), assessor=OfflineAssessor())
        return await build_work(settings, tools)

    return work


def end_session(db_url: str, lock_key: int) -> None:
    """The session that holds a lock ends, as when the network between drops it."""
    with psycopg.connect(db_url) as conn:
        ended = conn.execute(
            "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
            "WHERE l.locktype = 'advisory' AND d.datname = current_database() "
            "AND (l.classid::bigint << 32) | l.objid::bigint = %s",
            [lock_key],
        ).fetchall()
    assert ended == [(True,)]


async def test_a_worker_whose_lock_is_gone_stops_acting_and_comes_back_with_a_new_name(
    db: Db, db_url: str, settings: Settings
) -> None:
    held = Held()
    rig = Rig(db, line(assess=held))
    stop = asyncio.Event()
    serving = [worker.serve(settings, stop, build(rig)), clock.serve(settings, stop)]
    tasks = [asyncio.create_task(one) for one in serving]
    run_id = await push(db)
    async with asyncio.timeout(30):
        await held.acting.wait()
        (before,) = await rig.rows("SELECT id, lock_key FROM process WHERE kind = 'worker'")
        await asyncio.to_thread(end_session, db_url, before["lock_key"])
        await held.cut_short.wait()
    held.go.set()
    run = await rig.settled(run_id, seconds=30)
    after = await rig.rows("SELECT id FROM process WHERE kind = 'worker'")
    stop.set()
    await asyncio.gather(*tasks)
    assert [row["id"] for row in after] != [before["id"]]
    await ended_once(rig, run)
    paid = await rig.rows("SELECT call_id FROM usage")
    assert len(paid) == 1

"""The clock is killed in the middle of a sweep; another takes its place and does what was left."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pytest

from connector.clock import Clock
from kit import ids
from kit.db import Db
from kit.jobs import Bell, make_broker
from kit.presence import Presence
from pipeline.engine import store
from pipeline.engine.doorbell import RUNS
from tests import make
from tests.crash.aftermath import dead, end_of, killed
from tests.crash.stages import stages
from tests.parts.front import settings_for
from tests.pipeline.engine.rig import Rig


class Direct(Bell):
    """Rings at the engine of a rig, without Redis between them."""

    def __init__(self, rig: Rig) -> None:
        super().__init__(make_broker("redis://127.0.0.1:1/0"))
        self._rig = rig

    async def ring(self, actor: str, messages: Iterable[tuple[Any, ...]], queue: str = "") -> bool:
        for message in messages:
            if actor == RUNS:
                await self._rig.engines[0].take(UUID(hex=message[0]))
        return True


async def until_over(rig: Rig, worker: Presence) -> None:
    """Returns when the run has ended well; meanwhile a worker is seen to live."""
    id_ = ids.new()
    async with asyncio.timeout(60):
        for _ in itertools.count():
            async with rig.db.engine() as tx:
                await store.enrol(tx, id_=id_, kind="worker", lock_key=worker.key, host="here")
            if await rig.rows("SELECT id FROM run WHERE status = 'success'"):
                return
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("point", ["in the sweep", "after the sweep"])
async def test_what_a_killed_clock_left_is_done_by_the_next(db: Db, db_url: str, point: str) -> None:
    company_id = await make.company(db)
    await make.take(db, company_id, make.incoming())
    await dead(await killed(db_url, "after act"))
    await dead(await killed(db_url, point))
    rig = Rig(db, stages())
    rig.engine()
    stop = asyncio.Event()
    ticking = asyncio.create_task(Clock(settings_for(db_url), db, Direct(rig)).run(stop))
    worker = Presence(db_url)
    await worker.take()
    await until_over(rig, worker)
    await worker.leave()
    stop.set()
    await ticking
    await rig.stop()
    end = await end_of(rig)
    assert end.log == ["run.queued", "run.started", "role.ready", "run.finished"]
    assert end.paid == 1
    (run,) = await rig.rows("SELECT takeovers FROM run")
    assert run["takeovers"] == 1


async def test_only_one_of_two_clocks_ticks(db: Db, db_url: str) -> None:
    settings = settings_for(db_url)
    stop = asyncio.Event()
    clocks = [Clock(settings, db, Bell(make_broker(settings.redis_url))) for _ in range(2)]
    running = [asyncio.create_task(clock.run(stop)) for clock in clocks]
    rig = Rig(db, [])
    held = (
        "SELECT count(*) AS n FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
        "WHERE l.locktype = 'advisory' AND d.datname = current_database() AND l.objid = 7011304 "
        "HAVING count(*) > 0"
    )
    assert (await rig.until(held, seconds=30))[0]["n"] == 1
    stop.set()
    await asyncio.gather(*running)

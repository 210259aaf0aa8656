"""What the clock does while one of its duties takes long."""

from __future__ import annotations

import asyncio

import psycopg

from connector import clock
from connector.embedded.redis import Redis
from kit import ids
from kit.db import Db
from pipeline.engine import store
from tests import make
from tests.parts.front import settings_for
from tests.pipeline.runs.world import execute, pushed, somebody_waits

_OLD_EVENTS = "UPDATE event SET at = now() - interval '1 year'"
_FREED = "SELECT id FROM run WHERE takeovers > 0"


async def taken_over(db: Db) -> None:
    async with asyncio.timeout(10):
        while True:
            if await execute(db, _FREED):
                return
            await asyncio.sleep(0.02)


async def test_forgetting_what_is_old_holds_up_no_takeover(db: Db, db_url: str, redis_server: Redis) -> None:
    run_id = await pushed(db, await make.company(db))
    await execute(db, _OLD_EVENTS)
    stop = asyncio.Event()
    async with await psycopg.AsyncConnection.connect(db_url) as reader:
        await reader.execute("SET ROLE connector_engine")
        await reader.execute("SELECT id FROM event FOR UPDATE")
        ticking = asyncio.create_task(clock.serve(settings_for(db_url, redis_url=redis_server.url), stop))
        await somebody_waits(db)
        async with db.engine() as tx:
            await store.admit(tx, window=10, cap=10)
        async with db.engine() as tx:
            await store.claim(tx, [run_id], owner=ids.new(), lease=0, visible_within=900, planned=13)
        await taken_over(db)
        assert await execute(db, "SELECT 1 FROM pg_locks WHERE NOT granted")
    stop.set()
    await ticking

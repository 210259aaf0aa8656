"""A running service as a recipe meets it, and the parts of a worker beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx
import msgspec
from msgspec.structs import replace

from kit.db import Db
from tests.parts.front import get_token
from tests.parts.live_api import LiveApi
from tests.pipeline.engine.rig import Rig
from tests.pipeline.runs.world import running, thirteen
from tests.webhooks.callbacks.world import FAST as FAST_DELIVERIES
from tests.webhooks.waits.world import FAST as FAST_WAITS
from webhooks.callbacks import deliveries
from webhooks.callbacks.sending import Means as DeliveryMeans
from webhooks.callbacks.worker import Deliverer
from webhooks.waits.resuming import Means
from webhooks.waits.worker import Resumer


async def _tick(rig: Rig, stop: asyncio.Event) -> None:
    """What the clock does for the engine."""
    while not stop.is_set():
        await rig.tick()
        await asyncio.sleep(0.05)


class Place(msgspec.Struct):
    """The service, its company, and what sends."""

    live: LiveApi
    db: Db
    company_id: UUID
    client_id: str
    secret: str
    waits: Means
    deliveries: DeliveryMeans

    async def http(self) -> httpx.AsyncClient:
        """A client with a token of the company."""
        async with self.live.client() as bare:
            token = await get_token(bare, self.client_id, self.secret)
        return self.live.client(Authorization=f"Bearer {token}")

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Runs are worked on, jobs are resumed and events delivered, as in a worker."""
        stop = asyncio.Event()
        resumer = Resumer(self.db, Means(self.waits.http, self.waits.vault, self.waits.lens, FAST_WAITS))
        deliverer = Deliverer(self.db, replace(self.deliveries, policy=FAST_DELIVERIES))
        async with running(self.db, thirteen()) as rig:
            loops = [asyncio.create_task(one.run(stop)) for one in (resumer, deliverer)]
            loops.append(asyncio.create_task(_tick(rig, stop)))
            yield
            stop.set()
            await asyncio.gather(*loops)

    async def plan(self) -> int:
        """Plan the deliveries of everything in the log, as the worker's job does."""
        async with self.db.engine() as tx:
            cursor = await tx.conn.execute("SELECT id FROM event WHERE company_id = %s", [self.company_id])
            numbers = [row[0] for row in await cursor.fetchall()]
            return await deliveries.plan(tx, self.company_id, numbers)

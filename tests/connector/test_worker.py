"""A worker process as a whole."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
from msgspec.structs import replace

from connector import worker
from connector.embedded.redis import Redis
from connector.work import Work, build_work
from kit.settings import Settings
from tests.parts.front import settings_for
from webhooks.callbacks.worker import Deliverer


class Broken:
    """A loop with a mistake in it."""

    async def run(self, stop: asyncio.Event) -> None:
        raise LookupError("a mistake of ours")


async def build(settings: Settings) -> Work:
    return replace(await build_work(settings), deliverer=cast(Deliverer, Broken()))


async def test_a_worker_that_lost_one_of_its_loops_ends_so_that_it_is_started_anew(
    db_url: str, redis_server: Redis
) -> None:
    settings = settings_for(db_url, redis_url=redis_server.url)
    with pytest.raises(LookupError):
        async with asyncio.timeout(30):
            await worker.serve(settings, asyncio.Event(), build)

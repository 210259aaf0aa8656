"""A process that pulls is killed at each point where something is done and something else is not."""

from __future__ import annotations

import asyncio
import re
import signal
import sys

import pytest

from tests.house.tracked import ROOT
from tests.webhooks.sync.world import World

POINTS = {"page fetched": 5, "page written": 5, "page committed": 4, "end written": 4}
"""Where it dies, and how many pages are asked for in all: never from the start again."""
QUICK = "page written"  # the others take as long again, each with a process of its own


async def dies(db_url: str, point: str, key: str) -> None:
    command = [sys.executable, "-m", "tests.webhooks.sync.victim", db_url, point, key]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(120):
        _, said = await process.communicate()
    assert process.returncode == -signal.SIGKILL, said.decode()[-2000:]


@pytest.mark.parametrize(
    ("point", "asked"),
    [
        pytest.param(point, asked, marks=() if point == QUICK else pytest.mark.long)
        for point, asked in POINTS.items()
    ],
)
async def test_a_sync_goes_on_where_its_process_was_killed(
    world: World, db_url: str, point: str, asked: int
) -> None:
    await world.connect()
    sync = await world.start()
    await dies(db_url, point, world.key)
    left = await world.look(sync.id)
    assert left.status == "running"
    async with world.syncing():
        ended = await world.over(sync.id)
    assert (ended.status, ended.page, ended.counts.found, ended.counts.new) == ("success", 4, 100, 100)
    assert await world.states() == {"draft": 100}
    assert len(await world.rows("SELECT id FROM source_event")) == 4
    assert [event["type"] for event in await world.events()] == ["sync.finished"]
    pages = [re.search(rb"Page>(\d)</", got.body) for got in world.tenant.got]
    assert len(pages) == asked
    assert [page[1] for page in pages if page].count(b"1") == 1

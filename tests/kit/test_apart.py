"""Work in a process of its own: ended when its time is over, and the next piece of work goes on."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from kit.apart import Apart, BrokeDown, TookTooLong

MEGABYTE = 1_000_000


@asynccontextmanager
async def apart(seconds: float = 20) -> AsyncIterator[Apart]:
    one = Apart(seconds=seconds, memory=600 * MEGABYTE)
    yield one
    one.close()


def lives(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def refuse() -> None:
    raise ValueError("no")


def eat() -> int:
    return len(bytearray(2_000 * MEGABYTE))


async def test_work_is_done_elsewhere_and_what_it_raises_comes_back() -> None:
    async with apart() as helper:
        assert await helper.do(os.getpid) != os.getpid()
        with pytest.raises(ValueError, match="no"):
            await helper.do(refuse)


async def test_too_long_a_work_is_ended_and_the_next_one_is_done() -> None:
    async with apart() as helper:
        slow = await helper.do(os.getpid)
        helper._seconds = 0.1
        with pytest.raises(TookTooLong):
            await helper.do(time.sleep, 60)
        deadline = time.monotonic() + 10
        while lives(slow):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
        helper._seconds = 20
        assert await helper.do(os.getpid) != slow


async def test_too_much_memory_and_a_crash_are_told() -> None:
    async with apart() as helper:
        for work in (eat, os.abort):
            with pytest.raises(BrokeDown):
                await helper.do(work)
        assert await helper.do(abs, -1) == 1


async def test_nobody_waits_behind_work_that_was_given_up() -> None:
    async with apart() as helper:
        await helper.do(abs, -1)
        task = asyncio.create_task(helper.do(time.sleep, 60))
        await asyncio.sleep(0.05)
        task.cancel()
        assert await asyncio.wait_for(helper.do(abs, -2), 15) == 2

"""Work in a process of its own: ended when its time is over, and the next piece of work goes on."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from kit.apart import Apart, BrokeDown, TookTooLong
from kit.errors import Overloaded, TooMany

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


async def ended(pid: int) -> None:
    deadline = time.monotonic() + 10
    while lives(pid):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


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
        await ended(slow)
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


async def test_work_is_not_blamed_for_a_helper_that_died_before_it_came() -> None:
    async with apart() as helper:
        died = await helper.do(os.getpid)
        os.kill(died, signal.SIGKILL)
        await ended(died)
        assert await helper.do(os.getpid) != died


async def test_a_signal_to_end_is_for_the_parent() -> None:
    async with apart() as helper:
        pid = await helper.do(os.getpid)
        os.kill(pid, signal.SIGTERM)
        assert await helper.do(os.getpid) == pid
    await ended(pid)


async def test_a_helper_that_cannot_be_started_now_is_started_for_the_next_piece_of_work() -> None:
    usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with apart() as helper:
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, most))
        try:
            with pytest.raises(Overloaded):
                await helper.do(abs, -1)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (usual, most))
        assert await helper.do(abs, -2) == 2


async def test_one_asker_takes_only_some_of_the_places() -> None:
    async with apart() as helper:
        done = await asyncio.gather(*(helper.do(abs, -1, of="one") for _ in range(9)), return_exceptions=True)
        assert sorted(type(one).__name__ for one in done) == [TooMany.__name__, *["int"] * 8]
        assert await helper.do(abs, -2, of="one") == 2
        mixed = [helper.do(abs, -1, of=name) for name in ("one", "two") for _ in range(8)]
        assert await asyncio.gather(*mixed) == [1] * 16

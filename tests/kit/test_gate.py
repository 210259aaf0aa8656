"""A gate lets so many in, lets so many wait, and refuses the rest at once."""

from __future__ import annotations

import asyncio

import pytest

from kit.errors import Overloaded
from kit.gate import Gate


async def test_whoever_finds_too_many_waiting_is_refused_with_a_time() -> None:
    gate = Gate(places=1, most_waiting=1)
    inside, leave = asyncio.Event(), asyncio.Event()

    async def stay() -> None:
        async with gate.place():
            inside.set()
            await leave.wait()

    first = asyncio.create_task(stay())
    await inside.wait()
    second = asyncio.create_task(stay())
    await asyncio.sleep(0)
    with pytest.raises(Overloaded) as refused:
        async with gate.place():
            pass
    assert refused.value.retry_after == 2
    leave.set()
    await asyncio.gather(first, second)
    async with gate.place():
        pass

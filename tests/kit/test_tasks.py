"""Background tasks end, also those that mistake their cancellation for an error."""

from __future__ import annotations

import asyncio

from kit.tasks import end


async def test_a_loop_that_outlives_one_cancellation_is_ended_all_the_same() -> None:
    met = asyncio.Event()

    async def stubborn() -> None:
        try:
            met.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    task = asyncio.create_task(stubborn())
    await met.wait()
    await end([task])
    assert task.cancelled()

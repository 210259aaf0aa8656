"""Whose act goes next when all places of a class are taken."""

from __future__ import annotations

import asyncio
from uuid import UUID

from pipeline.engine.gates import FairGate

A, B = UUID(int=1), UUID(int=2)


async def _queue(gate: FairGate, company: UUID, order: list[UUID]) -> None:
    await gate.enter(company)
    order.append(company)


async def _waiting(gate: FairGate, companies: list[UUID], order: list[UUID]) -> list[asyncio.Task[None]]:
    tasks = [asyncio.create_task(_queue(gate, company, order)) for company in companies]
    await asyncio.sleep(0)
    return tasks


async def test_a_free_place_goes_to_the_company_with_the_fewest_acts_inside() -> None:
    gate, order = FairGate(3), list[UUID]()
    tasks = await _waiting(gate, [A, A, A, A, A, B, B], order)
    assert order == [A, A, A]
    for leaves in (A, A, A, B):
        gate.leave(leaves)
        await asyncio.sleep(0)
    assert order[3:] == [B, A, B, A]
    await asyncio.gather(*tasks)


async def test_who_gave_up_waiting_holds_no_place() -> None:
    gate, order = FairGate(1), list[UUID]()
    await gate.enter(A)
    (gave_up,) = await _waiting(gate, [A], order)
    (after,) = await _waiting(gate, [B], order)
    gave_up.cancel()
    gate.leave(A)
    await asyncio.gather(gave_up, after, return_exceptions=True)
    assert order == [B]
    gate.leave(B)
    await asyncio.wait_for(gate.enter(A), 1)


async def test_a_place_given_to_one_who_is_cancelled_at_that_moment_goes_on_to_the_next() -> None:
    gate, order = FairGate(1), list[UUID]()
    await gate.enter(A)
    (chosen,) = await _waiting(gate, [B], order)
    (after,) = await _waiting(gate, [A], order)
    gate.leave(A)
    chosen.cancel()
    await asyncio.gather(chosen, after, return_exceptions=True)
    assert order == [A]

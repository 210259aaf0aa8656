"""Doorbells: one Dramatiq message per admitted run, and one that asks for an admission.

A message is a hint. It is acknowledged as soon as a worker has a place for the run, because from then
on the lease on the run row says who acts; a doorbell for a run that is owned, parked or over does nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol
from uuid import UUID

import dramatiq

from kit.jobs import JOBS, Bell, Jobs, declare

RUNS = "runs"
ADMIT = "admit"


async def ring_runs(bell: Bell, ids: Iterable[UUID]) -> bool:
    """Tell the workers of admitted runs; False when Redis did not hear it."""
    return await bell.ring(RUNS, [(id_.hex,) for id_ in ids], queue=RUNS)


async def ring_admit(bell: Bell) -> bool:
    """Tell one worker that runs wait for admission."""
    return await bell.ring(ADMIT, [()])


class Desk(Protocol):
    """Whoever answers the doorbells of a process."""

    async def take(self, run_id: UUID) -> None:
        """Take a run, as soon as there is a place."""
        ...

    def ask_admission(self) -> None:
        """Let waiting runs in soon."""
        ...


def answer(
    runs: dramatiq.Broker, rest: dramatiq.Broker, engine: Desk, jobs: Jobs, loop: asyncio.AbstractEventLoop
) -> None:
    """Declare the actors of a worker: each hands its message to the event loop that owns the database.
    A full engine holds its doorbells back, so they have a broker and threads of their own."""

    def on_loop(call: Callable[[], Awaitable[Any]]) -> None:
        async def run() -> None:
            await call()

        asyncio.run_coroutine_threadsafe(run(), loop).result()

    def take_run(run_id: str) -> None:
        on_loop(lambda: engine.take(UUID(hex=run_id)))

    def admit() -> None:
        loop.call_soon_threadsafe(engine.ask_admission)

    def perform_job(id_: int) -> None:
        on_loop(lambda: jobs.perform([id_]))

    declare(runs, RUNS, take_run, queue=RUNS)
    declare(rest, ADMIT, admit)
    declare(rest, JOBS, perform_job)

"""A process that kills itself at a named point: `python -m tests.crash.victim <database> <point> <redis>`.

It is made of the product's own parts; the points are where a test puts its own code between two of them:
an act, a doorbell, a statement. Nothing of this is in the product.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from connector import clock, serve
from connector.services import Services, build
from kit.db import Db
from kit.jobs import Bell, make_broker
from pipeline.engine import store
from pipeline.engine.claimer import Claimer
from tests.crash.stages import stages
from tests.parts.front import settings_for
from tests.pipeline.engine.rig import Rig


def die(*_: object) -> None:
    """End as `kill -9` would: nothing is cleaned up, nothing is said."""
    os.kill(os.getpid(), signal.SIGKILL)


def put(owner: object, name: str, value: object) -> None:
    """Put the test's own code in the place of the product's."""
    setattr(owner, name, value)


async def die_soon(*_: object) -> None:
    """The same where something is awaited."""
    die()


async def work(db: Db, point: str) -> None:
    """Drive whatever waits, until the point is reached."""
    rig = Rig(db, stages(on_act=die if point == "after act" else None), lease=0.5)
    engine = rig.engine()
    if point == "after claim":
        claim = Claimer.claim

        async def claim_and_die(self: Claimer, run_id: Any) -> None:
            await claim(self, run_id)
            die()

        put(Claimer, "claim", claim_and_die)
    if point == "after record":
        put(engine._committer, "_on_jobs", die_soon)
    if point == "after admission":
        put(engine, "take", die_soon)
    while True:
        await rig.tick()
        await asyncio.sleep(0.02)


async def sweep(db: Db, point: str, url: str) -> None:
    """Be the clock, until the point is reached."""
    settings = settings_for(url)
    hands = clock.Clock(settings, db, Bell(make_broker(settings.redis_url)))
    if point == "in the sweep":
        take_over = store.take_over

        async def take_over_and_die(*args: Any) -> list[UUID]:
            freed = await take_over(*args)
            if freed:
                die()
            return freed

        put(store, "take_over", take_over_and_die)
    if point == "after the sweep":

        async def ring_and_die(_self: Bell, _actor: str, messages: Iterable[Any], queue: str = "") -> bool:
            if list(messages):
                die()
            return True

        put(Bell, "ring", ring_and_die)
    await hands.run(asyncio.Event())


def answer(url: str, port: int, redis_url: str, secret_key: str) -> None:
    """Be the API; die when the work is committed, before the answer is sent."""
    services: Services = build(
        settings_for(url, port=port, redis_url=redis_url, secret_key=secret_key, host="127.0.0.1")
    )
    put(services.ringer, "ring", die)
    serve.server(services).run()


async def with_db(url: str, do: Callable[[Db], Any]) -> None:
    """Open a database and do it."""
    db = Db(url, size=4)
    await db.open()
    await do(db)


def main() -> None:
    """See the module."""
    url, point, *more = sys.argv[1:]
    if point == "after commit":
        answer(url, int(more[0]), more[1], more[2])
    elif point in ("in the sweep", "after the sweep"):
        asyncio.run(with_db(url, lambda db: sweep(db, point, url)))
    else:
        asyncio.run(with_db(url, lambda db: work(db, point)))


if __name__ == "__main__":
    main()

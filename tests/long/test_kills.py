"""Nothing accepted is lost and nothing is doubled, whatever is killed: the whole product as real processes,
with everything durable."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis as RedisClient

from connector.stack import Stack
from kit.db import Db
from tests.long.product import again, broken_now, let_in, rows, running, say, store_of
from tests.pipeline.engine.rig import Rig

pytestmark = pytest.mark.long
SAMPLES = Path("adapters/workday/samples")
PAGE = (SAMPLES / "page_100.xml").read_bytes()
ONE = (SAMPLES / "one_profile.xml").read_bytes()
ANOTHER = ONE.replace(b"a054037af221d2091d654b95d6018004", b"0" * 32).replace(b"R-00001", b"R-90001")
OVER = "SELECT count(*) AS n FROM run WHERE status IN ('success', 'failed') HAVING count(*) >= %(n)s"
_KILL_EVERY = 2.0
_PATIENCE = 600.0


@pytest.fixture
def stack() -> Iterator[Stack]:
    with running() as stack:
        yield stack


@pytest.fixture
async def db(stack: Stack) -> AsyncIterator[Db]:
    async with store_of(stack) as db:
        yield db


@pytest.fixture
async def http(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the demo company with a token."""
    async with let_in(stack, stack.client.client_id, stack.client.client_secret) as http:
        yield http


async def send(http: httpx.AsyncClient, body: bytes = PAGE) -> int:
    """How many of the page's job profiles were pushed."""
    answer = await http.post("/v1/webhooks/workday", content=body, headers={"Content-Type": "text/xml"})
    assert answer.status_code == 202, answer.text
    return sum(item["pushed"] for item in answer.json()["results"])


def flush(stack: Stack) -> None:
    """Redis forgets everything."""
    with RedisClient.from_url(stack.settings.redis_url) as client:
        client.flushall()


def crash_postgres(stack: Stack) -> None:
    """PostgreSQL dies in the middle of whatever it does, and is started again."""
    stack.parts.postgres.kill()
    stack.parts.postgres.start()


def revive(stack: Stack) -> None:
    """What a supervisor does: start again whatever ended by itself."""
    for name in ("api", "worker", "clock"):
        if not next(one for one in stack._children if one.part == name).alive:
            again(stack, name, kill=False)


async def whole(stack: Stack, db: Db, runs: int) -> None:
    """Every run is there once, over, with its results once; and every invariant holds."""
    assert await broken_now(stack) == []
    assert await rows(db, "SELECT status, count(*) AS n FROM run GROUP BY 1") == [
        {"status": "success", "n": runs}
    ]
    assert await rows(db, "SELECT state, count(*) AS n FROM role WHERE visible GROUP BY 1") == [
        {"state": "ready", "n": runs}
    ]
    doubled = (
        "SELECT run_id FROM stage_run WHERE status = 'success' GROUP BY run_id, stage HAVING count(*) > 1"
    )
    assert await rows(db, doubled) == []
    ends = "SELECT run_id FROM event WHERE type = 'run.finished' GROUP BY run_id HAVING count(*) = 1"
    assert len(await rows(db, ends)) == runs


async def named_down(http: httpx.AsyncClient, parts: set[str]) -> None:
    """Returns when readiness names all these parts (processes are given some seconds to be seen again)."""
    async with asyncio.timeout(60):
        for _ in itertools.count():
            if parts <= set((await http.get("/health/ready")).json()["down"]):
                return
            await asyncio.sleep(0.2)


async def over(db: Db, runs: int, each: Any = None) -> int:
    """Returns when `runs` runs are over; `each` is done every two seconds. How often it was done."""
    done, began = 0, time.monotonic()
    while not await rows(db, OVER, n=runs):
        assert time.monotonic() - began < _PATIENCE
        await asyncio.sleep(_KILL_EVERY)
        if each is not None:
            await asyncio.to_thread(each)
            done += 1
    return done


async def test_a_hundred_runs_survive_kills_a_flush_and_a_crash_of_the_database(
    stack: Stack, db: Db, http: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    pushed = await send(http)
    assert pushed > 80
    for _ in range(3):
        await asyncio.sleep(_KILL_EVERY)
        await asyncio.to_thread(again, stack, "worker", kill=True)
    await asyncio.to_thread(flush, stack)
    await asyncio.sleep(_KILL_EVERY)
    await asyncio.to_thread(again, stack, "clock", kill=True)
    await asyncio.to_thread(crash_postgres, stack)

    def kill() -> None:
        revive(stack)
        again(stack, "worker", kill=True)

    kills = 0
    while kills < 5 and not await rows(db, OVER, n=pushed):
        await asyncio.sleep(_KILL_EVERY)
        await asyncio.to_thread(kill)
        kills += 1
    await over(db, pushed, lambda: revive(stack))
    await whole(stack, db, pushed)
    (lost,) = await rows(db, "SELECT sum(takeovers) AS n FROM run")
    say(capsys, f"{pushed} runs, {kills + 3} kills of the worker, {lost['n']} takeovers")


async def test_a_killed_workers_runs_go_on_within_seconds(
    stack: Stack, db: Db, http: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    await send(http)
    await rows(db, "SELECT 1 AS ok FROM run WHERE owner IS NOT NULL")
    (victim,) = [one for one in stack._children if one.part == "worker"]
    spare = stack._launch(
        "worker", stack._environment(stack.settings.port), victim.log.with_name("spare.log")
    )
    stack._children.append(spare)
    await Rig(db, []).until(
        "SELECT 1 AS ok FROM process WHERE kind = 'worker' HAVING count(*) = 2", seconds=60
    )
    owned = await rows(db, "SELECT owner FROM run WHERE owner IS NOT NULL GROUP BY owner")
    assert owned
    os.kill(victim.pid, signal.SIGKILL)
    killed = time.monotonic()
    while not await rows(
        db, "SELECT id FROM run WHERE takeovers > 0 AND (owner IS NOT NULL OR done = 13) LIMIT 1"
    ):
        assert time.monotonic() - killed < 30
        await asyncio.sleep(0.01)
    seconds = time.monotonic() - killed
    say(capsys, f"the first run of a killed worker had a new owner after {seconds:.2f} s")
    await asyncio.to_thread(victim.stop)
    stack._children.remove(victim)
    pushed = (await rows(db, "SELECT count(*) AS n FROM run"))[0]["n"]
    await over(db, pushed)
    await whole(stack, db, pushed)


async def test_status_is_read_while_all_else_is_down(stack: Stack, db: Db, http: httpx.AsyncClient) -> None:
    pushed = await send(http)
    for one in [child for child in stack._children if child.part != "api"]:
        os.kill(one.pid, signal.SIGKILL)
        one.stop()
        stack._children.remove(one)
    await asyncio.to_thread(stack.parts.redis.kill)
    await asyncio.to_thread(stack.parts.graph.kill)
    run = (await http.get("/v1/runs?limit=1")).json()["results"][0]["id"]
    for path in ("/v1/status", "/v1/queue", "/v1/events", "/v1/runs", f"/v1/runs/{run}", "/v1/roles"):
        answer = await http.get(path)
        assert answer.status_code == 200, (path, answer.text)
    await named_down(http, {"redis", "graph", "worker", "clock"})
    accepted = await send(http, ANOTHER)
    assert accepted == 1
    await asyncio.to_thread(stack.parts.redis.start)
    await asyncio.to_thread(stack.parts.graph.start)
    for name in ("worker", "clock"):
        log = stack.parts.data / "logs" / f"{name}-again.log"
        stack._children.append(stack._launch(name, stack._environment(stack.settings.port), log))
    await over(db, pushed + accepted)
    await whole(stack, db, pushed + accepted)

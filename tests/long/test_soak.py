"""Two companies at work for minutes: nothing is lost, doubled or left behind, and nothing grows.

CONNECTOR_TEST_SOAK_SECONDS (default 300) says for how long.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from connector import operator
from connector.stack import Stack
from kit.db import Db
from tests.fakes.receiver import Got, Receiver, Reply, listening
from tests.long.load import Company
from tests.long.product import broken_now, let_in, rows, running, say, store_of
from tests.long.watch import Use, last_words, uses, wrong_lines

pytestmark = pytest.mark.long
SECONDS = float(os.environ.get("CONNECTOR_TEST_SOAK_SECONDS", "300"))
SETTINGS = {
    "CONNECTOR_ALLOW_LOOPBACK_CALLBACKS": "true",
    "CONNECTOR_CLIENT_REQUESTS_PER_SECOND": "1000",
    "CONNECTOR_DELIVERY_SCHEDULE": "1,1,2,2,3",
    "CONNECTOR_LOG_JSON": "true",
    "CONNECTOR_TOKEN_SECONDS": "86400",
}
_AT_ONCE = 3  # recipes of one company
_ALLOWED_GROWTH = 1.2  # of the memory after a third of the time ...
_ALLOWED_MORE = 16.0  # ... and so many megabytes, which caches that are still filling take
_PATIENCE = 600.0
_ENDS = ("run.finished", "run.degraded", "run.failed", "run.cancelled")
_SESSIONS = "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()"


class Moody(Receiver):
    """A receiver that mostly takes what it gets, and else is broken, busy or slow. `taken` are the runs and
    the kinds of events that it took."""

    def __init__(self) -> None:
        super().__init__()
        self.dice = random.Random(7)
        self.answered: Counter[int] = Counter()
        self.taken: set[tuple[str, str]] = set()

    def reply_to(self, got: Got) -> Reply:
        """By chance."""
        mood = self.dice.random()
        if mood < 0.05:
            reply = Reply(500)
        elif mood < 0.08:
            reply = Reply(429, headers={"retry-after": "1"})
        elif mood < 0.10:
            slow = asyncio.Event()
            asyncio.get_running_loop().call_later(2, slow.set)
            reply = Reply(after=slow)
        else:
            reply = Reply()
        self.answered[reply.status] += 1
        if reply.status == 200:
            self.taken.add((got.json()["run_id"], got.json()["type"]))
        return reply


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running(SETTINGS) as stack:
        yield stack


@asynccontextmanager
async def companies(stack: Stack, receiver: Receiver) -> AsyncIterator[list[Company]]:
    """A Workday and a SuccessFactors company, both subscribed to everything."""

    async def second(desk: operator.Desk) -> tuple[str, str]:
        return await operator.create_client(desk, await operator.create_company(desk, "Second"), "Recipe")

    first = (stack.client.client_id, stack.client.client_secret)
    logins = {"workday": first, "successfactors": await operator.at_desk(stack.settings, second)}
    async with AsyncExitStack() as opened:
        both = []
        for seed, (source, login) in enumerate(logins.items()):
            company = Company(source, await opened.enter_async_context(let_in(stack, *login)), seed)
            await company.ask("POST", "/v1/subscriptions", 201, json={"url": receiver.url, "events": ["*"]})
            both.append(company)
        yield both


async def work(company: Company, until: float) -> None:
    """One step after another."""
    while time.monotonic() < until:
        await company.step()


async def listen(company: Company, until: float) -> None:
    """The feed, a few times a second; a cursor has one reader."""
    while time.monotonic() < until:
        await company.listen()
        await asyncio.sleep(0.2)


async def settled(db: Db, text: str, left: str) -> None:
    """Returns when a count of what is left is zero."""
    began = time.monotonic()
    while (n := (await rows(db, text))[0]["n"]) > 0:
        assert time.monotonic() - began < _PATIENCE, f"{n} {left}"
        await asyncio.sleep(0.5)


async def everything_ended(db: Db) -> None:
    """Runs first, then the jobs they left, then what those have to deliver."""
    await settled(db, "SELECT count(*) AS n FROM run WHERE status IN ('pending', 'running')", "runs")
    await settled(db, "SELECT count(*) AS n FROM job", "jobs")
    await settled(
        db, "SELECT count(*) AS n FROM delivery WHERE status NOT IN ('delivered', 'dead')", "deliveries"
    )


async def test_minutes_of_everything_leave_nothing_behind(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    most_sessions = 0
    async with store_of(stack) as db, listening(Moody()) as receiver:
        async with companies(stack, receiver) as both:
            began = time.monotonic()
            until = began + SECONDS
            tasks = [asyncio.create_task(work(one, until)) for one in both for _ in range(_AT_ONCE)]
            tasks += [asyncio.create_task(listen(one, until)) for one in both]
            warm: dict[str, Use] | None = None
            while not all(task.done() for task in tasks):
                await asyncio.wait(tasks, timeout=5, return_when=asyncio.FIRST_EXCEPTION)
                failed = [task for task in tasks if task.done() and task.exception()]
                assert not failed, (failed[0].exception(), last_words(stack))
                most_sessions = max(most_sessions, (await rows(db, _SESSIONS))[0]["n"])
                if warm is None and time.monotonic() - began > SECONDS / 3:
                    warm = uses(stack)
            assert warm is not None
            await everything_ended(db)
            for company in both:
                await company.listen()
        now = uses(stack)
        await nothing_is_missing(db, both, receiver)
        assert await broken_now(stack) == []
        (runs,) = await rows(db, "SELECT count(*) AS n FROM run")
        say(capsys, f"{runs['n']} runs, {len(receiver.got)} callbacks {dict(receiver.answered)}")
    for name, before in warm.items():
        say(
            capsys,
            f"{name}: {before.megabytes:.0f} MB, then {now[name].megabytes:.0f} MB, {now[name].files} files",
        )
        assert now[name].megabytes < before.megabytes * _ALLOWED_GROWTH + _ALLOWED_MORE
        assert now[name].files <= before.files + 20
    settings = stack.settings
    assert most_sessions <= 2 * settings.database_pool + 2 + 2 + 8  # two pools, the clock's, two locks, ours
    for log in sorted((stack.parts.data / "logs").glob("*.log")):
        assert wrong_lines(log) == [], log.name


async def nothing_is_missing(db: Db, both: list[Company], receiver: Moody) -> None:
    """The feed had every event of its company once, in its order, and every end was called back."""
    for company in both:
        assert len(company.events) == len(set(company.events))
    logged = await rows(db, "SELECT count(*) AS n FROM event")
    assert sum(len(company.events) for company in both) == logged[0]["n"]
    ends = await rows(db, "SELECT run_id, type FROM event WHERE type = ANY(%(ends)s)", ends=list(_ENDS))
    missing = [end for end in ends if (f"run_{end['run_id'].hex}", end["type"]) not in receiver.taken]
    assert missing == []
    assert set(receiver.answered) == {200, 429, 500}
    over = await rows(db, "SELECT count(*) AS n FROM run WHERE status IN ('success', 'failed')")
    assert len(ends) == over[0]["n"]
    assert await rows(db, "SELECT id FROM delivery WHERE status <> 'delivered'") == []

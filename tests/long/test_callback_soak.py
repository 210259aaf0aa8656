"""Two thousand runs tell a receiver that often fails and is away for a while: nothing is lost."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from typing import Any

import pytest

from kit.db import Db
from kit.http import AddressRules, CompanyHttp
from kit.vault import Vault, make_key
from pipeline.log import feed
from tests.fakes.receiver import Got, Receiver, Reply, listening
from tests.webhooks.callbacks.world import World, eventually, sql

pytestmark = pytest.mark.long

RUNS = 2_000
KINDS = ("run.queued", "run.started", "role.ready", "run.finished")
FAILS = 0.3
AWAY_SECONDS = 60.0


class Moody(Receiver):
    """Fails at random, and always while it is away."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.taken: list[Any] = []
        self._chance = random.Random(7)

    def reply_to(self, got: Got) -> Reply:
        if self.away:
            return Reply(0)
        if self._chance.random() < FAILS:
            return Reply(self._chance.choice((404, 429, 500, 503)))
        self.taken.append(got.json())
        return Reply(200)


async def happened(world: World) -> list[int]:
    """The events of all runs, in one go; each run's in its order."""
    async with world.db.engine() as tx:
        rows = await sql(
            tx,
            """INSERT INTO event (company_id, type, run_id, role_id, sequence)
            SELECT %(company)s, k.kind, r.id, %(role)s, k.place
            FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, %(runs)s)) AS r
            CROSS JOIN unnest(%(kinds)s::text[]) WITH ORDINALITY AS k (kind, place)
            RETURNING id""",
            company=world.company.id,
            role=world.role_id,
            runs=RUNS,
            kinds=list(KINDS),
        )
    return [row["id"] for row in rows]


async def read_feed(world: World) -> list[str]:
    """Every event id of the feed, page by page."""
    found: list[str] = []
    cursor, more = "", True
    while more:
        async with world.db.company(world.company.id) as tx:
            page = await feed.read(tx, world.caller, cursor=cursor, limit=1000)
        found += [event.id for event in page.events]
        cursor, more = page.next_cursor, page.has_more
    return found


async def test_every_event_arrives_and_the_feed_and_the_deliveries_agree(db: Db) -> None:
    rules = AddressRules(("*.workato.com",), loopback=True)
    async with CompanyHttp(rules) as http, listening(Moody()) as receiver:
        world = await World.begin(db, Vault(make_key()), http, rules)
        await world.subscribe(receiver.url)
        numbers = await happened(world)
        for n in range(0, len(numbers), 500):
            await world.plan(*numbers[n : n + 500])
        async with world.delivering(per_subscription=20, parallel=20, waits=(0.05, 0.5, 2.0)):
            await eventually(lambda: _some(receiver, len(numbers) // 3), 900)
            receiver.away = True
            await asyncio.sleep(AWAY_SECONDS)
            receiver.away = False
            await eventually(lambda: _all(world), 900)
        assert len(receiver.got) > len(numbers)
        fed, told = await read_feed(world), {event["id"] for event in receiver.taken}
        assert (len(fed), set(fed)) == (len(numbers), told)
        by_run: dict[str, dict[int, str]] = defaultdict(dict)
        for event in receiver.taken:
            by_run[event["run_id"]][event["sequence"]] = event["type"]
        assert len(by_run) == RUNS
        assert {tuple(kinds for _, kinds in sorted(events.items())) for events in by_run.values()} == {KINDS}


async def _some(receiver: Moody, count: int) -> bool:
    return len(receiver.taken) >= count


async def _all(world: World) -> bool:
    async with world.db.engine() as tx:
        rows = await sql(tx, "SELECT count(*) AS n FROM delivery WHERE status <> 'delivered'")
    return bool(rows[0]["n"] == 0)

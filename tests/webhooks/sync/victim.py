"""A syncer that kills itself at a named point: `python -m tests.webhooks.sync.victim URL POINT KEY`.

It is made of the product's own parts; the points are where the test puts its own code between two of them.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from typing import Any

from adapters.workday.pull.access import WorkdayAccess
from adapters.workday.pull.client import client
from kit.db import Db
from kit.gate import Gate
from kit.http import AddressRules, CompanyHttp
from kit.vault import Vault
from pipeline.records.take import Taken
from tests.adapters.pull.ways import QUICK
from tests.crash.victim import die, put
from tests.webhooks.sync.world import FAST
from webhooks.connections.connections import Means
from webhooks.connections.vendors import Vendor
from webhooks.intake import Intake
from webhooks.sync import page, settling, store
from webhooks.sync.worker import Syncer


async def ring(_: list[int], __: int) -> None:
    """Nobody listens."""


def arm(point: str) -> None:
    """Put an end where the test wants it: around the second page, or at the end of the pull."""
    read, record, rung, succeed = page.read, store.record_page, Intake.rung, settling.succeed
    rings = 0

    async def read_and_die(intake: Intake, claimed: Any, fetched: Any) -> Any:
        if fetched.number == 2:
            die()
        return await read(intake, claimed, fetched)

    async def record_and_die(tx: Any, claimed: Any, *more: Any, **named: Any) -> None:
        await record(tx, claimed, *more, **named)
        if claimed.page == 1:
            die()

    async def commit_and_die(self: Intake, taken: Taken) -> None:
        nonlocal rings
        rings += 1
        if rings == 2:
            die()
        await rung(self, taken)

    async def succeed_and_die(tx: Any, claimed: Any) -> Any:
        await succeed(tx, claimed)
        die()

    {
        "page fetched": lambda: put(page, "read", read_and_die),
        "page written": lambda: put(store, "record_page", record_and_die),
        "page committed": lambda: put(Intake, "rung", commit_and_die),
        "end written": lambda: put(settling, "succeed", succeed_and_die),
    }[point]()


async def main(url: str, point: str, key: str) -> None:
    """See the module."""
    arm(point)
    db = Db(url, size=3)
    await db.open()
    vendors = {"workday": Vendor(WorkdayAccess, partial(client, patience=QUICK))}
    means = Means(vendors, Vault(key), CompanyHttp(AddressRules((), loopback=True)))
    intake = Intake(db, ring, Gate(2, 2), most_items=1000)
    await Syncer(db, intake, means, FAST).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

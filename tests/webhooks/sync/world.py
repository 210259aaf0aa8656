"""The surroundings of a sync: a company, its connection to a Workday tenant on this machine, and syncers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from adapters.workday.pull.access import WorkdayAccess
from adapters.workday.pull.client import client
from control.access import SCOPES, Caller
from kit import ids
from kit.db import Db
from kit.gate import Gate
from kit.http import CompanyHttp
from kit.vault import Vault
from tests import make
from tests.adapters.pull.ways import QUICK
from tests.fakes.receiver import Got, Reply
from tests.fakes.workday import Tenant
from tests.webhooks.callbacks.world import eventually, sql
from webhooks.connections import connections
from webhooks.connections.connections import Means
from webhooks.connections.store import Connection
from webhooks.connections.vendors import Vendor, Vendors
from webhooks.intake import Intake
from webhooks.sync import syncs
from webhooks.sync.model import Sync
from webhooks.sync.policy import Policy
from webhooks.sync.worker import Syncer

# The real times, a thousand times as fast, and without chance.
FAST = Policy(waits=(0.01, 0.06, 0.3), jitter=0, lease=0.6, look=0.02)
IMPATIENT = {"workday": Vendor(WorkdayAccess, partial(client, patience=QUICK))}
PASSWORD = "pa55word"


def access_to(tenant: Tenant, size: int = 30, password: str = PASSWORD) -> dict[str, Any]:
    """What lets us into the tenant, as a company sends it."""
    auth = {"kind": "username_token", "username": "isu@acme", "password": password}
    return {"address": tenant.url, "tenant": "acme", "page_size": size, "auth": auth}


class World(msgspec.Struct):
    """`key` is the vault's, for other processes; `rung` are the jobs that were rung for."""

    db: Db
    key: str
    http: CompanyHttp
    tenant: Tenant
    caller: Caller
    rung: list[int]
    vendors: Vendors

    @classmethod
    async def begin(cls, db: Db, key: str, http: CompanyHttp, tenant: Tenant) -> World:
        company_id = await make.company(db)
        caller = Caller("client", company_id, ids.new(), "Workato", frozenset(SCOPES))
        return cls(db, key, http, tenant, caller, [], IMPATIENT)

    async def neighbour(self) -> World:
        """Another company beside this one."""
        return await World.begin(self.db, self.key, self.http, self.tenant)

    @property
    def company_id(self) -> UUID:
        return self.caller.company_id

    @property
    def means(self) -> Means:
        return Means(self.vendors, Vault(self.key), self.http)

    async def connect(self, size: int = 30, password: str = PASSWORD, **more: Any) -> Connection:
        new = connections.New(source="workday", access=access_to(self.tenant, size, password), **more)
        async with self.db.company(self.company_id) as tx:
            return await connections.create(tx, self.caller, self.means, new)

    async def connection(self) -> Connection:
        async with self.db.company(self.company_id) as tx:
            (only,) = await connections.listing(tx, self.caller)
        return only

    async def change(self, id_: UUID, **wanted: Any) -> Connection:
        async with self.db.company(self.company_id) as tx:
            change = connections.Change(**wanted)
            return await connections.change(tx, self.caller, self.means, id_, change)

    async def start(self, what: str = "everything", **more: Any) -> Sync:
        async with self.db.company(self.company_id) as tx:
            return await syncs.start(tx, self.caller, syncs.New(source="workday", what=what, **more))  # type: ignore[arg-type]

    async def cancel(self, id_: UUID) -> Sync:
        async with self.db.company(self.company_id) as tx:
            return (await syncs.cancel(tx, self.caller, id_))[0]

    async def look(self, id_: UUID) -> Sync:
        async with self.db.company(self.company_id) as tx:
            return await syncs.get(tx, self.caller, id_)

    async def over(self, id_: UUID) -> Sync:
        """The sync, once it is over."""

        async def there() -> list[Sync]:
            sync = await self.look(id_)
            return [sync] if sync.finished_at else []

        return (await eventually(there, 20))[0]

    async def run(self, what: str = "everything", **more: Any) -> Sync:
        """A sync from its beginning to its end."""
        sync = await self.start(what, **more)
        async with self.syncing():
            return await self.over(sync.id)

    def intake(self) -> Intake:
        async def ring(jobs: list[int], queued: int) -> None:
            self.rung += jobs

        return Intake(self.db, ring, Gate(4, 100), most_items=1000)

    def syncer(self, policy: Policy = FAST, **other: Any) -> Syncer:
        return Syncer(self.db, self.intake(), self.means, replace(policy, **other))

    @asynccontextmanager
    async def syncing(self, policy: Policy = FAST, **other: Any) -> AsyncIterator[Syncer]:
        """A syncer that runs, with a policy that differs from FAST as given."""
        stop = asyncio.Event()
        syncer = self.syncer(policy, **other)
        running = asyncio.create_task(syncer.run(stop))
        try:
            yield syncer
        finally:
            stop.set()
            await asyncio.wait_for(running, 15)

    async def rows(self, text: str, **params: Any) -> list[dict[str, Any]]:
        """Rows of a test's own statement, read as the engine."""
        async with self.db.engine() as tx:
            return await sql(tx, text, **params)

    async def events(self) -> list[dict[str, Any]]:
        """The company's log about connections and syncs."""
        return await self.rows(
            "SELECT type, data FROM event WHERE type ~ '^(sync|conn)' AND company_id = %(c)s ORDER BY id",
            c=self.company_id,
        )

    async def states(self) -> dict[str, int]:
        """How many roles there are in each state."""
        rows = await self.rows(
            "SELECT state, count(*) AS n FROM role WHERE company_id = %(c)s GROUP BY 1", c=self.company_id
        )
        return {row["state"]: row["n"] for row in rows}


class Door(msgspec.Struct, frozen=True):
    """An answer that is held back: `reached` once it is asked for, `open` lets it go."""

    reached: asyncio.Event
    open: asyncio.Event


def hold_page(tenant: Tenant, page: int) -> Door:
    """The tenant holds the answer with this page back until the door is opened."""
    door = Door(asyncio.Event(), asyncio.Event())
    answer = tenant.reply_to

    def held(got: Got) -> Reply:
        reply = answer(got)
        if f"Page>{page}</".encode() in got.body:
            door.reached.set()
            return replace(reply, after=door.open)
        return reply

    vars(tenant)["reply_to"] = held
    return door

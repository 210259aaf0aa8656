"""The surroundings of a callback: a company with a role and a run, its event log, and deliverers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, LiteralString, TypeVar
from uuid import UUID

import msgspec
from msgspec.structs import replace

from control import companies
from control.access import SCOPES, Caller
from control.store import Company
from kit import ids
from kit.db import Db, Tx, json
from kit.http import AddressRules, CompanyHttp
from kit.vault import Vault
from webhooks.callbacks import deliveries, subscriptions
from webhooks.callbacks.schedule import Policy
from webhooks.callbacks.sending import Means
from webhooks.callbacks.store import Delivery, Subscription, Try
from webhooks.callbacks.worker import Deliverer

PUBLIC_URL = "https://connector.example"
T = TypeVar("T")
# The real schedule, a thousand times as fast, and without chance.
FAST = Policy(waits=(0.005, 0.03, 0.12), jitter=0, look=0.02, breaker_failures=1000, rate=10_000)


async def sql(tx: Tx, text: LiteralString, **params: Any) -> list[dict[str, Any]]:
    """A statement of a test."""
    cursor = await tx.conn.execute(text, params)
    if cursor.description is None:
        return []
    names = [column.name for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]


class World(msgspec.Struct):
    db: Db
    vault: Vault
    http: CompanyHttp
    rules: AddressRules
    company: Company
    caller: Caller
    role_id: UUID

    @classmethod
    async def begin(cls, db: Db, vault: Vault, http: CompanyHttp, rules: AddressRules) -> World:
        async with db.engine() as tx:
            company = await companies.create(tx, "Nordwind Kliniken")
        return await cls.of(company, db, vault, http, rules)

    @classmethod
    async def of(
        cls, company: Company, db: Db, vault: Vault, http: CompanyHttp, rules: AddressRules
    ) -> World:
        """The same for a company that is there already."""
        async with db.engine() as tx:
            role_id = ids.new()
            await sql(
                tx,
                """INSERT INTO role
                  (id, company_id, source, source_id, title, code, revision_hash, mapping_version, record)
                VALUES (%(id)s, %(company)s, 'workday', 'JP-7', 'Pflegefachkraft', '0042', '', 'v1', '{}')""",
                id=role_id,
                company=company.id,
            )
            await sql(
                tx,
                """INSERT INTO role_revision (company_id, role_id, revision, hash, record, mapping_version)
                VALUES (%(company)s, %(id)s, 1, '', '{}', 'v1')""",
                id=role_id,
                company=company.id,
            )
        caller = Caller("client", company.id, ids.new(), "Workato", frozenset(SCOPES))
        return cls(db, vault, http, rules, company, caller, role_id)

    async def neighbour(self) -> World:
        """Another company beside this one."""
        return await World.begin(self.db, self.vault, self.http, self.rules)

    async def subscribe(self, url: str, *events: str, **more: Any) -> tuple[Subscription, str]:
        async with self.db.company(self.company.id) as tx:
            new = subscriptions.New(url=url, events=list(events) or ["*"], **more)
            return await subscriptions.create(tx, self.caller, self.vault, self.rules, new)

    async def change(self, id_: UUID, **wanted: Any) -> Subscription:
        async with self.db.company(self.company.id) as tx:
            return await subscriptions.change(
                tx, self.caller, self.vault, self.rules, id_, subscriptions.Change(**wanted)
            )

    async def subscription(self, id_: UUID) -> Subscription:
        async with self.db.company(self.company.id) as tx:
            return await subscriptions.get(tx, self.caller, id_)

    async def happen(self, kind: str = "role.ready", **data: Any) -> int:
        """An event enters the log and its delivery is planned; its number."""
        number = await self.log(kind, **data)
        await self.plan(number)
        return number

    async def plan(self, *numbers: int) -> int:
        """Plan the deliveries of these events; how many are new."""
        async with self.db.engine() as tx:
            return await deliveries.plan(tx, self.company.id, numbers)

    async def log(self, kind: str, **data: Any) -> int:
        async with self.db.engine() as tx:
            rows = await sql(
                tx,
                """INSERT INTO event (company_id, type, role_id, sequence, data)
                VALUES (%(company)s, %(type)s, %(role)s, 3, %(data)s) RETURNING id""",
                company=self.company.id,
                type=kind,
                role=self.role_id,
                data=json(data),
            )
        return int(rows[0]["id"])

    async def log_book(self, **wanted: Any) -> list[Delivery]:
        async with self.db.company(self.company.id) as tx:
            return (await deliveries.listing(tx, self.caller, **wanted)).deliveries

    async def delivery(self) -> tuple[Delivery, list[Try]]:
        """The only delivery, with its tries."""
        (only,) = await self.log_book()
        async with self.db.company(self.company.id) as tx:
            return await deliveries.get(tx, self.caller, only.id)

    async def until(self, status: str, count: int = 1) -> list[Delivery]:
        """The deliveries, once `count` of them have this status."""

        async def there() -> list[Delivery]:
            found = await self.log_book(status=[status])
            return found if len(found) >= count else []

        return await eventually(there)

    def means(self, policy: Policy = FAST, **other: Any) -> Means:
        return Means(self.http, self.vault, PUBLIC_URL, replace(policy, **other))

    @asynccontextmanager
    async def delivering(self, policy: Policy = FAST, **other: Any) -> AsyncIterator[Deliverer]:
        """A deliverer that runs, with a policy that differs from FAST as given."""
        stop = asyncio.Event()
        deliverer = Deliverer(self.db, self.means(policy, **other))
        running = asyncio.create_task(deliverer.run(stop))
        try:
            yield deliverer
        finally:
            stop.set()
            await asyncio.wait_for(running, 15)


async def eventually(look: Callable[[], Awaitable[T]], seconds: float = 10) -> T:
    """What `look` finds, as soon as it finds something."""
    async with asyncio.timeout(seconds):
        while True:
            if found := await look():
                return found
            await asyncio.sleep(0.01)

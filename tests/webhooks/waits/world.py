"""The surroundings of a wait: a company with a run, its workspace on this machine, and resumers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from control.access import Caller
from kit.db import Db
from kit.http import AddressRules, CompanyHttp
from kit.vault import Vault
from pipeline.runs.view import Lens
from tests import make
from tests.pipeline.runs.world import caller, execute, pushed
from tests.webhooks.callbacks.world import eventually
from webhooks.waits import waits, workspaces
from webhooks.waits.resuming import Means, Policy
from webhooks.waits.store import Wait, WaitTry, Workspace
from webhooks.waits.waits import Suspended
from webhooks.waits.worker import Resumer

# The real one, some hundred times as fast, and without chance.
FAST = Policy(
    pace=0.01, waits=(0.01, 0.05), unknown_waits=(0.01,), unknown_for=1, jitter=0, look=0.01, margin=0
)
TOKEN = "rt_3f9c1d77aa0142"
ACCESS = "wrk-dev-api-token-9917"


class World(msgspec.Struct):
    db: Db
    vault: Vault
    http: CompanyHttp
    company_id: UUID
    caller: Caller
    run_id: UUID

    @classmethod
    async def begin(cls, db: Db, vault: Vault, http: CompanyHttp, name: str = "Liberty") -> World:
        company_id = await make.company(db, name)
        return cls(db, vault, http, company_id, caller(company_id), await pushed(db, company_id))

    async def workspace(self, address: str, **more: Any) -> Workspace:
        given = workspaces.WorkspaceIn(**({"token": ACCESS, "address": address} | more))
        async with self.db.company(self.company_id) as tx:
            return await workspaces.put(tx, self.caller, self.vault, RULES, "own", given)

    async def suspend(
        self, token: str = TOKEN, *, seconds: float = 3600, runs: Sequence[UUID] = (), **more: Any
    ) -> tuple[Wait, bool]:
        given = Suspended(
            resume_token=token, expires_at=datetime.now(UTC) + timedelta(seconds=seconds), **more
        )
        async with self.db.company(self.company_id) as tx:
            return await waits.register(
                tx, self.caller, self.vault, given, run_ids=list(runs) or [self.run_id]
            )

    async def end(self, run_id: UUID | None = None, status: str = "success") -> None:
        """The run is over."""
        await execute(
            self.db,
            "UPDATE run SET status = %(status)s, finished_at = now(), waiting = NULL WHERE id = %(id)s",
            id=run_id or self.run_id,
            status=status,
        )

    async def look(self, id_: UUID) -> tuple[Wait, list[WaitTry]]:
        async with self.db.company(self.company_id) as tx:
            return await waits.get(tx, self.caller, id_)

    async def until(self, id_: UUID, *statuses: str) -> tuple[Wait, list[WaitTry]]:
        """The wait and its tries, once it has one of these statuses."""

        async def there() -> tuple[Wait, list[WaitTry]] | None:
            found = await self.look(id_)
            return found if found[0].status in statuses else None

        found = await eventually(there)
        assert found is not None
        return found

    @asynccontextmanager
    async def resuming(self, **policy: Any) -> AsyncIterator[Resumer]:
        """A resumer that runs, with a policy that differs from FAST as given."""
        stop = asyncio.Event()
        means = Means(self.http, self.vault, Lens("https://connector.example"), replace(FAST, **policy))
        resumer = Resumer(self.db, means)
        running = asyncio.create_task(resumer.run(stop))
        try:
            yield resumer
        finally:
            stop.set()
            await asyncio.wait_for(running, 15)


RULES = AddressRules(("*.workato.com",), loopback=True)

"""How each company wants its payloads read, remembered for some seconds so that no webhook waits for it."""

from __future__ import annotations

import asyncio
import time
from uuid import UUID

from kit.db import Db
from webhooks.connections import store
from webhooks.connections.store import Wish

REMEMBERED_SECONDS = 5.0
_MOST = 10_000
_NONE = Wish()


class Wishes:
    """One per process. A change elsewhere counts after REMEMBERED_SECONDS."""

    def __init__(self, db: Db) -> None:
        self._db = db
        self._known: dict[UUID, tuple[float, dict[str, Wish]]] = {}
        self._looking: dict[UUID, asyncio.Task[dict[str, Wish]]] = {}

    async def of(self, company_id: UUID, source: str) -> Wish:
        """What a company says in its connection to a source; nothing, when it has none."""
        until, wishes = self._known.get(company_id, (0.0, {}))
        if until <= time.monotonic():
            looking = self._looking.get(company_id)
            if looking is None:
                looking = self._looking[company_id] = asyncio.create_task(self._look(company_id))
                looking.add_done_callback(lambda _: self._looking.pop(company_id, None))
            wishes = await asyncio.shield(looking)  # one looks for all that wait
        return wishes.get(source, _NONE)

    async def _look(self, company_id: UUID) -> dict[str, Wish]:
        async with self._db.company(company_id) as tx:
            wishes = await store.list_wishes(tx, company_id)
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[company_id] = (time.monotonic() + REMEMBERED_SECONDS, wishes)
        return wishes

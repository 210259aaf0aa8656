"""How each company wants its payloads read, remembered for some seconds so that no webhook waits for it."""

from __future__ import annotations

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

    async def of(self, company_id: UUID, source: str) -> Wish:
        """What a company says in its connection to a source; nothing, when it has none."""
        until, wishes = self._known.get(company_id, (0.0, {}))
        if until <= time.monotonic():
            async with self._db.company(company_id) as tx:
                wishes = await store.list_wishes(tx, company_id)
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[company_id] = (time.monotonic() + REMEMBERED_SECONDS, wishes)
        return wishes.get(source, _NONE)

"""Which fields each company excludes, remembered for some seconds so that no webhook has to wait for it."""

from __future__ import annotations

import time
from uuid import UUID

from kit.db import Db
from webhooks.connections import store

REMEMBERED_SECONDS = 5.0
_MOST = 10_000


class Exclusions:
    """One per process. A change elsewhere counts after REMEMBERED_SECONDS."""

    def __init__(self, db: Db) -> None:
        self._db = db
        self._known: dict[UUID, tuple[float, dict[str, list[str]]]] = {}

    async def of(self, company_id: UUID, source: str) -> list[str]:
        """The fields of a source that a company excludes."""
        until, fields = self._known.get(company_id, (0.0, {}))
        if until <= time.monotonic():
            async with self._db.company(company_id) as tx:
                fields = await store.excluded_fields(tx, company_id)
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[company_id] = (time.monotonic() + REMEMBERED_SECONDS, fields)
        return fields.get(source, [])

"""How each company wants its payloads read, remembered for some seconds so that no webhook waits for it."""

from __future__ import annotations

import asyncio
import time
from uuid import UUID

from msgspec.structs import replace

from kit.db import Db, Tx
from mappings.defaults import default_mapping
from mappings.model import Mapping
from webhooks.connections import store
from webhooks.connections.store import Wish
from webhooks.mapped import store as mapped

REMEMBERED_SECONDS = 5.0
_MOST = 10_000
_MOST_MAPPINGS = 500
_NONE = Wish()


class Wishes:
    """One per process. A change elsewhere counts after REMEMBERED_SECONDS."""

    def __init__(self, db: Db) -> None:
        self._db = db
        self._known: dict[UUID, tuple[float, dict[str, Wish]]] = {}
        self._looking: dict[UUID, asyncio.Task[dict[str, Wish]]] = {}
        self._mappings: dict[tuple[UUID, str, int], Mapping] = {}

    async def of(self, company_id: UUID, source: str) -> Wish:
        """What a company says in its connection to a source, and its mapping; nothing without either."""
        until, wishes = self._known.get(company_id, (0.0, {}))
        if until <= time.monotonic():
            looking = self._looking.get(company_id)
            if looking is None:
                looking = self._looking[company_id] = asyncio.create_task(self._look(company_id))
                looking.add_done_callback(lambda _: self._looking.pop(company_id, None))
            wishes = await asyncio.shield(looking)  # one looks for all that wait
        return wishes.get(source, _NONE)

    def forget(self, company_id: UUID) -> None:
        """Look again for the next payload: something was changed in this process."""
        self._known.pop(company_id, None)

    async def _look(self, company_id: UUID) -> dict[str, Wish]:
        async with self._db.company(company_id) as tx:
            wishes = await store.list_wishes(tx, company_id)
            for source, version in (await mapped.published_version(tx, company_id)).items():
                mapping = await self._mapping(tx, company_id, source, version)
                wishes[source] = replace(wishes.get(source, _NONE), mapping=mapping)
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[company_id] = (time.monotonic() + REMEMBERED_SECONDS, wishes)
        return wishes

    async def _mapping(self, tx: Tx, company_id: UUID, source: str, version: int) -> Mapping | None:
        """The rules of a published version, which never change: read once."""
        key = company_id, source, version
        if key not in self._mappings:
            if len(self._mappings) >= _MOST_MAPPINGS:
                self._mappings.clear()
            found = await mapped.get_mapping(tx, company_id, source, version)
            if found is None:
                return None
            self._mappings[key] = found.rules
        return self._mappings[key]


def mapping_of(wish: Wish, source: str) -> Mapping:
    """What a company's payloads of a source are read with."""
    return wish.mapping or default_mapping(source)

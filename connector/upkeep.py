"""Is the graph what the store says, and if not, make it so: for one company or all of them.

The store is only read. A role that a worker is writing just now is left alone; anything else that a run
changes between the two readings shows up as a difference, which the next look no longer finds.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable
from uuid import UUID

from connector.graphs import graph_of
from control import companies
from control.store import Company
from kit import ids
from kit.db import Db
from kit.settings import Settings
from pipeline.graph import rebuild, verify
from pipeline.graph.model import RolePicture
from pipeline.graph.stored import stored_roles
from pipeline.graph.writer import Graph

Look = Callable[[Graph, UUID, AsyncIterable[RolePicture]], Awaitable[list[str]]]
Say = Callable[[str], None]


async def verify_graph(settings: Settings, company: str | None, say: Say) -> int:
    """How many differences there are; each is said in a sentence. Raises NotFound, StageFault."""
    return await _each(settings, company, verify.verify, say, "differences")


async def rebuild_graph(settings: Settings, company: str | None, say: Say) -> int:
    """How many differences there were; each is said, and none is left. Raises NotFound, StageFault."""
    return await _each(settings, company, rebuild.rebuild, say, "differences mended")


async def _each(settings: Settings, company: str | None, look: Look, say: Say, what: str) -> int:
    db, graph = Db(settings.database_url, size=2, name="connector-upkeep"), graph_of(settings)
    await db.open()
    try:
        total = 0
        for one in await _companies(db, company):
            found = await look(graph, one.id, stored_roles(db, one.id))
            for sentence in found:
                say(sentence)
            say(f"{one.name}: {len(found) or 'no'} {what}.")
            total += len(found)
        return total
    finally:
        await graph.close()
        await db.close()


async def _companies(db: Db, company: str | None) -> list[Company]:
    async with db.engine() as tx:
        if company is None:
            return await companies.all_of_them(tx)
        return [await companies.get(tx, ids.parse("company", company))]

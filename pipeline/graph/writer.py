"""The graph as stages see it: write a picture, undo it, mark a role, read standard roles.

One writer per process. What queues up for a company while its last transaction is in flight goes into
the next one (no timer); companies do not wait for each other. Shared nodes come first, in their own
transaction with sorted keys; conflicts are tried again after 20 to 200 ms.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from pipeline.assessor.model import TaxonomyRole
from pipeline.graph import schema
from pipeline.graph.batch import Answer, Shared, SharedNodeLostError, carry_out, shared_nodes
from pipeline.graph.driver import SECONDS, Driver, Row, Tx
from pipeline.graph.lanes import Lanes
from pipeline.graph.model import Node, Picture, Written
from pipeline.graph.names import Names, cypher
from pipeline.graph.plan import Wish
from pipeline.graph.store import Store
from pipeline.stages.base import StageFault

REMEMBERED = 100_000
TRIES = 30

T = TypeVar("T")


class Graph:
    """Shared by all stages of a process; belongs to one event loop."""

    def __init__(self, driver: Driver, names: Names | None = None) -> None:
        self.driver = driver
        self.names = names or Names()
        self._lanes = Lanes(self._commit)
        self._known: set[Shared] = set()
        self._preparing = asyncio.Lock()
        self._prepared = False

    async def prepare(self) -> None:
        """Makes constraints and indexes. The first write does it by itself. Raises StageFault."""
        async with self._preparing:
            if not self._prepared:
                await schema.ensure(self.driver, self.names)
                self._prepared = True

    async def close(self) -> None:
        """Waits for what is being written, then gives back all connections."""
        await self._lanes.finish()
        await self.driver.close()

    async def write(
        self, picture: Picture, *, run_id: UUID, rev: int, deadline: float, force: bool = False
    ) -> Written:
        """Makes the graph look like the picture; returns when that is durable. Older than what is there:
        StageFault `graph_superseded`. `force` (a rebuild) ignores age. `deadline` is monotonic."""
        return await self._lanes.ask(Wish(picture=picture, run=run_id, rev=rev, force=force), deadline)

    async def undo(self, intent: Mapping[str, Any], *, run_id: UUID, deadline: float) -> Written:
        """Puts back what this run replaced. Outcome `kept` when a later run has written since (its
        work stays) or there is nothing to undo. Raises StageFault."""
        picture = Picture(
            company_id=UUID(intent["company_id"]),
            company=intent["company"],
            role_id=UUID(intent["role_id"]),
            stage=intent["stage"],
        )
        return await self._lanes.ask(Wish(picture=picture, run=run_id, rev=0, undo=True), deadline)

    async def mark(
        self,
        company_id: UUID,
        role_id: UUID,
        *,
        stale: bool | None = None,
        archived: bool | None = None,
        under_review: bool | None = None,
        visible: bool | None = None,
        degraded: list[str] | None = None,
    ) -> bool:
        """Sets flags of a role outside its runs; those that are None stay. False: no such role in the
        graph. Raises StageFault."""
        flags = {"stale": stale, "archived": archived, "under_review": under_review, "visible": visible}
        props: dict[str, Any] = {name: value for name, value in flags.items() if value is not None}
        if degraded is not None:
            props["degraded"] = degraded
        return await self.mark_all(company_id, {role_id: props}) > 0

    async def mark_all(self, company_id: UUID, marks: Mapping[UUID, Mapping[str, Any]]) -> int:
        """Sets flags of several roles in one transaction; None takes a flag away. How many of them are in
        the graph. Raises StageFault."""
        rows = [{"role": str(role_id), "props": dict(marks[role_id])} for role_id in sorted(marks)]

        async def work(tx: Tx) -> int:
            return await Store(tx, self.names, str(company_id)).mark_roles(rows)

        return await patiently(lambda: self.driver.write(work))

    async def draup_roles(self, company_id: UUID) -> list[TaxonomyRole]:
        """Standard roles that the graph holds for everybody or for this company. Raises StageFault."""
        rows = await self.read("draup_roles", company_id=str(company_id))
        return [
            TaxonomyRole(
                code=row["code"],
                title=row["title"] or row["code"],
                taxonomy=row["taxonomy"],
                alternates=tuple(row["alternates"] or ()),
            )
            for row in rows
        ]

    async def dashboard(
        self, company_id: UUID, *, role_id: UUID | None = None, after: str = "", limit: int = 500
    ) -> list[Row]:
        """The dashboard contract's query (docs/dashboard-contract.md). Raises StageFault."""
        role = str(role_id) if role_id else None
        return await self.read("dashboard", company_id=str(company_id), role=role, after=after, limit=limit)

    async def read(self, query: str, *, label: str = "", link: str = "", **params: Any) -> list[Row]:
        """A reading query by its name in queries.cypher. Raises StageFault."""
        return await self.driver.read(cypher(self.names, query, label, link), **params)

    async def _commit(self, company: UUID, wishes: list[Wish]) -> list[Answer]:
        async def once() -> list[Answer]:
            await self.prepare()
            await self._share(company, shared_nodes(wishes))

            async def work(tx: Tx) -> list[Answer]:
                return await carry_out(Store(tx, self.names, str(company)), wishes)

            try:
                return await self.driver.write(work)
            except SharedNodeLostError:
                self._known.clear()
                raise StageFault("A shared node was removed.", code="graph_conflict", retry=True) from None

        return await patiently(once)

    async def _share(self, company: UUID, nodes: list[Node]) -> None:
        places = {Shared(str(company), node.label, node.key): node for node in nodes}
        missing = {place: node for place, node in places.items() if place not in self._known}
        if not missing:
            return

        async def work(tx: Tx) -> None:
            await Store(tx, self.names, str(company)).merge_shared(missing.values())

        await self.driver.write(work)
        if len(self._known) > REMEMBERED:
            self._known.clear()
        self._known.update(missing)


async def patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Does `work`, again after 20 to 200 ms while another writer is in the way. Raises StageFault."""
    until = time.monotonic() + SECONDS
    for _ in range(TRIES):
        try:
            return await work()
        except StageFault as fault:
            if fault.code != "graph_conflict" or time.monotonic() > until:
                raise
        await asyncio.sleep((20 + secrets.randbelow(181)) / 1000)
    return await work()

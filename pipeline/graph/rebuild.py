"""Makes the graph again what the store says it should be: what is missing or wrong is written, what is
too many is taken away. What was in the graph before us, and other people's nodes, stay."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterable
from uuid import UUID

from pipeline.graph import journal
from pipeline.graph.driver import SECONDS, Tx
from pipeline.graph.expected import pictures
from pipeline.graph.model import Link, RolePicture
from pipeline.graph.plan import CREATES
from pipeline.graph.store import Store
from pipeline.graph.verify import batches, differences, known, surplus_roles
from pipeline.graph.writer import Graph


async def rebuild(graph: Graph, company_id: UUID, roles: AsyncIterable[RolePicture]) -> list[str]:
    """Repairs one company's part of the graph. Returns what was wrong, in sentences: all of it is right
    when `verify` says nothing afterwards. Safe to run again. Raises StageFault."""
    await graph.prepare()
    found: list[str] = []
    keys: set[str] = set()
    async for batch in batches(roles):
        keys |= known(batch)
        wrong = await differences(graph, company_id, batch)
        surplus = [(one.role_id, one.surplus) for one in wrong if one.surplus is not None]
        await _take_away(graph, company_id, surplus)
        ill = {one.role_id for one in wrong}
        await asyncio.gather(*(restore(graph, role) for role in batch if str(role.id) in ill))
        found += [one.sentence for one in wrong]
    for key, title in await surplus_roles(graph, company_id, keys):
        await forget(graph, company_id, UUID(key))
        found.append(f"Role {key} ({title}) is in the graph and not in the store.")
    return found


async def restore(graph: Graph, role: RolePicture) -> None:
    """Writes all pictures of a role anew, whatever the graph holds, then its marks. Raises StageFault."""
    company_id = None
    for picture, wrote in pictures(role):
        company_id, deadline = picture.company_id, time.monotonic() + SECONDS
        await graph.write(picture, run_id=wrote.run_id, rev=wrote.rev, deadline=deadline, force=True)
    if company_id is not None and role.marks:
        await graph.mark_all(company_id, {role.id: role.marks})


async def forget(graph: Graph, company_id: UUID, role_id: UUID) -> None:
    """Takes a role out of the graph, run by run; an adopted one gets its own properties back.
    Raises StageFault."""
    rows = await graph.read("role_journals", company_id=str(company_id), role=str(role_id))
    entries = [journal.decoded(row["state"]) for row in rows]
    entries.sort(key=lambda entry: entry.picture.stage == CREATES)
    for entry in entries:
        left: journal.Entry | None = entry
        while left is not None:
            deadline = time.monotonic() + SECONDS
            await graph.undo(left.picture.intent(), run_id=left.run, deadline=deadline)
            left = journal.earlier_entry(left)


async def _take_away(graph: Graph, company_id: UUID, surplus: list[tuple[str, Link]]) -> None:
    if not surplus:
        return

    async def work(tx: Tx) -> None:
        store = Store(tx, graph.names, str(company_id))
        await store.delete_links([(role, link, _standard(link)) for role, link in surplus])
        await store.delete_orphans({(link.label, link.key) for _, link in surplus})

    await graph.driver.write(work)


def _standard(link: Link) -> dict[str, str]:
    taxonomy, _, code = link.key.partition(":")
    return {"code": code, "taxonomy": taxonomy}

"""Flags of roles that change outside their runs' writes: stale, archived, degraded, under review.

What is written is always the present state, never what an event said, so the order in which events are
heard does not matter. Two writers may overtake each other between reading and writing; each therefore
reads again after it wrote, until the graph holds what the store says.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from kit.db import Db
from pipeline.graph import recorded
from pipeline.graph.recorded import Standing
from pipeline.graph.writer import Graph

Marks = dict[str, Any]


def marks(role: Standing) -> Marks:
    """The flags of a role's node. A role that was never published has none; if a run wrote some and then
    failed, the role must at least not be seen."""
    if not role.published:
        return {"visible": None}
    return {
        "visible": role.visible,
        "stale": role.stale,
        "archived": role.archived,
        "under_review": role.under_review,
        "degraded": sorted({*role.degraded, *role.published_without}),
    }


async def mark_roles(db: Db, graph: Graph, company_id: UUID, role_ids: Iterable[UUID]) -> None:
    """Make the graph say of these roles what the store says. Roles that are not in the graph are left
    alone. Raises StageFault when the graph cannot be written."""
    wanted, written = list(role_ids), dict[UUID, Marks]()
    while True:
        async with db.company(company_id) as tx:
            found = await recorded.standings(tx, company_id, wanted)
        present = {role.id: marks(role) for role in found}
        if present == written:
            return
        await graph.mark_all(company_id, present)
        written = present

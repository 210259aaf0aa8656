"""What the store has recorded about roles, as far as the graph should show it. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from kit.db import Tx
from kit.sql import Queries
from pipeline.stages.base import Doc

sql = Queries("pipeline.graph")


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What a role's flags rest on. `degraded` are stages that failed in its last run, `published_without`
    what the publication itself had to do without."""

    id: UUID
    published: bool
    visible: bool
    archived: bool
    stale: bool
    under_review: bool
    degraded: list[str]
    published_without: list[str]


class WroteRow(msgspec.Struct, frozen=True):
    """The newest success of a stage that writes to the graph."""

    stage: str
    run_id: UUID
    epoch: int
    outputs: dict[str, Any]


class RunRow(msgspec.Struct, frozen=True):
    """What a run's stages were given: the pinned revision, its documents (without their texts), and the
    outputs of all stages that its children could read."""

    id: UUID
    revision: int
    record: dict[str, Any]
    documents: list[Doc]
    parents: dict[str, dict[str, Any]]


class RoleRow(msgspec.Struct, frozen=True):
    """A role with all that was written about it. `busy`: a worker is at it just now."""

    id: UUID
    source: str
    source_id: str
    title: str
    company: str
    busy: bool
    wrote: list[WroteRow]
    runs: list[RunRow]


async def roles_to_mark(tx: Tx, company_id: UUID, event_ids: Sequence[int]) -> list[UUID]:
    """Ids of the roles whose flags these events may have changed."""
    params = {"company_id": company_id, "event_ids": list(event_ids)}
    return [row["id"] for row in await tx.all(sql["roles_to_mark"], params)]


async def standings(tx: Tx, company_id: UUID, ids: Iterable[UUID]) -> list[Standing]:
    """Where these roles stand now."""
    return await tx.all(sql["standings"], {"company_id": company_id, "ids": list(ids)}, into=Standing)


async def written_roles(
    tx: Tx, company_id: UUID, *, after: UUID, limit: int, stages: Sequence[str], left_out: Iterable[str]
) -> list[RoleRow]:
    """A page of roles behind `after` in the order of their ids. `stages` are those that write to the
    graph, `left_out` the reasons for which the engine leaves a stage out."""
    params = {
        "company_id": company_id,
        "after": after,
        "limit": limit,
        "stages": list(stages),
        "left_out": list(left_out),
    }
    return await tx.all(sql["written_roles"], params, into=RoleRow)

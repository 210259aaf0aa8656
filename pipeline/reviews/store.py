"""Reviews in PostgreSQL, one typed function per named query."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from kit.db import Tx, json
from kit.sql import Queries
from pipeline.reviews.policy import ReviewPolicy

sql = Queries("pipeline.reviews")
Stage = Literal["ai_assessment", "map_draup_role"]
Status = Literal["open", "approved", "corrected", "rejected", "superseded"]


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """A stage's newest result of a role that was just published, with the flags of the role. `judged_on` is
    None for what another executor made: nobody can be asked about it."""

    role_id: UUID
    flags: list[str]
    stage: Stage
    run_id: UUID
    judged_on: str | None
    role_revision: int


class ReviewRow(msgspec.Struct, frozen=True, kw_only=True):
    """A question, its role, and the answer if there is one."""

    id: UUID
    role_id: UUID
    stage: Stage
    status: Status
    reasons: list[str]
    judged_on: str
    run_id: UUID
    role_revision: int
    correction: dict[str, Any] | None
    note: str | None
    decided_kind: str | None
    decided_by: str | None
    decided_name: str | None
    decided_at: datetime | None
    created_at: datetime
    updated_at: datetime
    role_title: str
    role_code: str | None
    revision_now: int
    visible: bool
    dashboard_url: str | None


async def doubts(tx: Tx, company_id: UUID, event_ids: list[int]) -> list[Doubt]:
    """Results of the roles that these events say are ready."""
    return await tx.all(sql["doubts"], {"company_id": company_id, "event_ids": event_ids}, into=Doubt)


async def open_reviews(tx: Tx, company_id: UUID, rows: list[dict[str, Any]]) -> None:
    """Ask, or ask again about a newer result."""
    await tx.run(sql["open_reviews"], {"company_id": company_id, "rows": json(rows)})


async def drop_reviews(tx: Tx, company_id: UUID, rows: list[dict[str, Any]]) -> None:
    """Take open questions back."""
    await tx.run(sql["drop_reviews"], {"company_id": company_id, "rows": json(rows)})


async def review_ids(tx: Tx, company_id: UUID, *, newest_first: bool, **filters: Any) -> list[UUID]:
    """Ids of a page in order; every filter of the query has to be given (None: does not matter)."""
    query = sql["newest_ids" if newest_first else "oldest_ids"]
    return [row["id"] for row in await tx.all(query, {"company_id": company_id, **filters})]


async def reviews(tx: Tx, company_id: UUID, ids: list[UUID]) -> list[ReviewRow]:
    """These reviews, in no order."""
    return await tx.all(sql["reviews"], {"company_id": company_id, "ids": ids}, into=ReviewRow)


async def lock_review(tx: Tx, company_id: UUID, id_: UUID) -> bool:
    """Hold it until the transaction ends; whether it is there."""
    return await tx.value(sql["lock_review"], {"company_id": company_id, "id": id_}) is not None


async def judged(tx: Tx, company_id: UUID, id_: UUID) -> dict[str, Any] | None:
    """The outputs a review is about; None when there is a newer result that rests on something else."""
    found: dict[str, Any] | None = await tx.value(sql["judged"], {"company_id": company_id, "id": id_})
    return found


async def decide(
    tx: Tx,
    company_id: UUID,
    id_: UUID,
    *,
    status: Status,
    correction: dict[str, Any] | None,
    result: dict[str, Any],
    note: str | None,
    kind: str,
    by: str,
    name: str,
    at: datetime,
) -> list[int]:
    """Keep the decision; the jobs to ring for."""
    params = {
        "company_id": company_id,
        "id": id_,
        "status": status,
        "correction": None if correction is None else json(correction),
        "result": json(result),
        "note": note,
        "kind": kind,
        "by": by,
        "name": name,
        "at": at,
    }
    return [row["id"] for row in await tx.all(sql["decide"], params)]


class DecidedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A decision with the role it is about, for the export."""

    id: UUID
    stage: Stage
    status: Status
    correction: dict[str, Any] | None
    result: dict[str, Any]
    note: str | None
    decided_at: datetime
    title: str
    family: str | None
    level: str | None


async def decided(
    tx: Tx, company_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[DecidedRow]:
    """Decisions after a place, oldest first."""
    place = {"place_at": after and after[0], "place_id": after and after[1]}
    params = {"company_id": company_id, "limit": limit, **place}
    return await tx.all(sql["decided"], params, into=DecidedRow)


async def choose(tx: Tx, company_id: UUID, choice: ReviewPolicy) -> None:
    """Set what becomes of roles with open questions."""
    await tx.run(sql["choose"], {"company_id": company_id, "choice": json(choice)})

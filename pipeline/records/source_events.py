"""What came in through the webhooks: to be looked at, taken away byte for byte, and sent again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from kit import ids
from kit.db import Tx
from kit.errors import Action, NotFound
from kit.paging import OVERLAP, Place
from pipeline.records.reading import SourceBytes, SourceEventRow
from pipeline.records.store import sql


async def page(
    tx: Tx,
    company_id: UUID,
    *,
    sources: list[str],
    statuses: list[str],
    event_key: str | None = None,
    role_id: UUID | None = None,
    sync_id: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: Place | None = None,
    limit: int = 100,
) -> list[SourceEventRow]:
    """Source events, newest first, without their items."""
    params = {
        "company_id": company_id,
        "source": sources or None,
        "status": statuses or None,
        "event_key": event_key or None,
        "role_id": role_id and str(role_id),
        "sync_id": sync_id,
        "since": since and since - OVERLAP,
        "until": until,
        "place_at": after[0] if after else None,
        "place_id": after[1] if after else None,
        "limit": limit,
    }
    return await tx.all(sql["source_events"], params, into=SourceEventRow)


async def get(tx: Tx, company_id: UUID, id_: UUID) -> SourceEventRow:
    """One source event with its items. Raises NotFound."""
    row = await tx.one(sql["source_event"], {"company_id": company_id, "id": id_}, into=SourceEventRow)
    if row is None:
        raise NotFound(f"There is no source event with the id {ids.show('src', id_)}.")
    return row


async def raw(tx: Tx, company_id: UUID, id_: UUID) -> SourceBytes:
    """The bytes of one. Raises NotFound, also when they are not kept (too large, or too long ago)."""
    row = await tx.one(sql["source_bytes"], {"company_id": company_id, "id": id_})
    if row is None:
        raise NotFound(f"There is no source event with the id {ids.show('src', id_)}.")
    if row["body"] is None:
        raise NotFound(
            "The bytes of this source event are not kept.",
            code="bytes_not_kept",
            action=Action("Send the payload again from its source."),
        )
    return SourceBytes(row["source"], row["content_type"], bytes(row["body"]))

"""Rows of the event log, typed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from kit.db import Tx
from kit.sql import Queries

sql = Queries("pipeline.log")


class Place(NamedTuple):
    """A place in a company's log: the transaction that wrote it and the row's number."""

    xid: int
    id: int


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """An event with what it is about."""

    id: int
    xid: int
    type: str
    at: datetime
    sequence: int | None
    data: dict[str, Any]
    run_id: UUID | None
    role_id: UUID | None
    batch_id: UUID | None
    role_title: str | None
    role_code: str | None
    role_source: str | None
    role_source_id: str | None
    company_name: str
    dashboard_url: str | None
    store_id: UUID


class Looked(msgspec.Struct, frozen=True):
    """A page as it was found, in the log of `store_id`; `seen` is the newest place it looked at."""

    store_id: UUID
    seen: Place | None
    events: list[EventRow]


async def feed(
    tx: Tx, company_id: UUID, after: Place, *, types: list[str] | None, since: datetime | None, limit: int
) -> Looked | None:
    """Events after a place; None when the company is not visible."""
    params = {
        "company_id": company_id,
        "xid": str(after.xid),
        "id": after.id,
        "types": types,
        "since": since,
        "limit": limit,
    }
    rows = await tx.all(sql["feed"], params)
    if not rows:
        return None
    first = rows[0]
    seen = None if first["seen_id"] is None else Place(int(first["seen_xid"]), first["seen_id"])
    found = [row for row in rows if row["id"] is not None]
    return Looked(first["store_id"], seen, msgspec.convert(found, list[EventRow], strict=False))


async def of_run(tx: Tx, company_id: UUID, run_id: UUID, *, after: int, limit: int) -> list[EventRow]:
    """The events of a run with a number above `after`."""
    params = {"company_id": company_id, "run_id": run_id, "after": after, "limit": limit}
    return await tx.all(sql["of_run"], params, into=EventRow)


async def newest(tx: Tx, company_id: UUID) -> int:
    """The number of the company's newest event; 0 when there is none."""
    return await tx.value(sql["newest"], {"company_id": company_id}) or 0

"""What happened to a connection or a sync, in the company's log and on its way to subscribers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kit import ids, jobs
from kit.db import Tx
from pipeline.jobs import EventsLogged
from webhooks.connections import store


async def announce(
    tx: Tx, company_id: UUID, type_: str, connection_id: UUID, sync_id: UUID | None = None, **data: Any
) -> list[int]:
    """Log the event in the caller's transaction; the jobs to ring for after the commit."""
    about = {"connection_id": ids.show("conn", connection_id)}
    if sync_id is not None:
        about["sync_id"] = ids.show("sync", sync_id)
    event_id = await store.log_event(tx, company_id, type_, about | data)
    return await jobs.put(tx, company_id, EventsLogged(event_ids=[event_id]))

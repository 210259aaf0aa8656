"""The support bundle: all that is known of how a run went, without a secret or a document's words."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from control.access import Caller, require
from kit.db import Tx
from pipeline.log import feed
from pipeline.log.event import Event
from pipeline.runs import runs, store, view
from pipeline.runs.store import CallRow, DocumentRow, SourceRow, TryRow
from pipeline.runs.view import Lens, Unit

_MOST_EVENTS = 2000


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """A run from every side, as of `taken_at`; the timeline holds its first 2,000 events."""

    run: Unit
    origin: SourceRow | None
    documents: list[DocumentRow]
    attempts: list[TryRow]
    timeline: list[Event]
    calls: list[CallRow]
    taken_at: datetime


async def get(tx: Tx, caller: Caller, run_id: UUID, lens: Lens) -> Bundle:
    """The bundle of a run. Raises NotFound."""
    require(caller, "runs:read")
    row = await runs.row(tx, caller, run_id)
    timeline, _ = await feed.of_run(tx, caller, run_id, limit=_MOST_EVENTS, base=lens.base)
    company_id = caller.company_id
    return Bundle(
        run=view.run(row, lens),
        origin=await store.bundle_source(tx, company_id, run_id),
        documents=await store.bundle_documents(tx, company_id, run_id),
        attempts=await store.bundle_attempts(tx, company_id, run_id),
        timeline=timeline,
        calls=await store.bundle_calls(tx, company_id, run_id),
        taken_at=row.at,
    )

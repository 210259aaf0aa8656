"""What becomes current today, of profiles that no connection can fetch: what was received is read again.

A payload with slices says what holds from which day. On that day the payload that the role's present
revision came from is read again, for that role alone, as of today.
"""

from __future__ import annotations

from uuid import UUID

import msgspec

from adapters.model import Unreadable
from kit import ids, log
from kit.db import Db
from pipeline.records.model import Bad, Received
from webhooks.intake import Hook, Intake
from webhooks.sync import fetch_store
from webhooks.sync.fetch_store import Kept

_log = log.get("webhooks.sync")
_GONE = "Nothing of it is kept from which that could be told; connect the source, or send it again."


async def day_came(db: Db, intake: Intake, company_id: UUID, fetches: list[UUID]) -> int:
    """Read each again; how many were. May be done twice: what is unchanged makes no revision."""
    async with db.company(company_id) as tx:
        kept = {one.id: one for one in await fetch_store.slice_sources(tx, fetches)}
    for id_ in fetches:
        detail: str | None = _GONE
        if id_ in kept:
            detail = await _read_again(db, intake, company_id, kept[id_])
        async with db.company(company_id) as tx:
            await fetch_store.end_fetch(tx, id_, detail)
    _log.info("slices.began", company=ids.show("company", company_id), profiles=len(kept))
    return len(kept)


async def _read_again(db: Db, intake: Intake, company_id: UUID, kept: Kept) -> str | None:
    """None, or why it could not be read."""
    hook = Hook(
        company_id=company_id,
        client_id=None,
        actor_kind="clock",
        actor_id="effective date",
        source=kept.source,
        body=kept.body,
        content_type=kept.content_type,
        replay_of=kept.source_event_id,
    )
    try:
        received = _only(await intake.understood(await intake.pared(hook)), kept.object)
    except Unreadable as exc:
        return f"What was received cannot be read any more: {exc.detail}"
    async with db.company(company_id) as tx:
        taken = await intake.take(tx, company_id, received)
    await intake.rung(taken)
    return None


def _only(received: Received, object_: str) -> Received:
    """The one profile of a payload that may hold others, of which newer ones may have come since."""
    items = [item for item in received.items if not isinstance(item, Bad) and item.source_id == object_]
    return msgspec.structs.replace(received, items=items)

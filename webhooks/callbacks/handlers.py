"""What the callbacks do when the pipeline announces something."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from kit.db import Db
from webhooks.callbacks import deliveries


async def plan_deliveries(db: Db, company_id: UUID, event_ids: Sequence[int]) -> int:
    """Events were logged (`pipeline.events_logged`): plan their deliveries; how many are new. May be
    done twice. Nudge the process's Deliverer afterwards, if it has one."""
    async with db.engine() as tx:
        return await deliveries.plan(tx, company_id, event_ids)

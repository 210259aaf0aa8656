"""Runs that failed for a passing reason start over by themselves when their hour has come."""

from __future__ import annotations

from uuid import UUID

import msgspec

from kit.db import Db, Tx
from kit.sql import Queries
from pipeline.records import store
from pipeline.records.rows import Rows
from pipeline.runs.wish import Wish, enqueue

_sql = Queries("pipeline.runs", "follow_up.sql")
_MOST = 100


class _Due(msgspec.Struct, frozen=True):
    id: UUID
    company_id: UUID
    role_id: UUID
    batch_id: UUID | None
    stages: list[str] | None
    cascade: bool
    priority: str


async def start_due(db: Db) -> int:
    """Start what is due, one transaction each; how many runs there are now."""
    started = 0
    for _ in range(_MOST):
        async with db.engine() as tx:
            due = await tx.one(_sql["next_due"], into=_Due)
            if due is None:
                return started
            started += await _start(tx, due)
    return started


async def _start(tx: Tx, due: _Due) -> int:
    """A role that was pushed again meanwhile, or is archived, needs no follow-up."""
    await store.lock_roles(tx, [due.role_id])
    role = (await store.standings(tx, [due.role_id])).get(due.role_id)
    if role is None or role.active_id is not None or role.last_run_id != due.id or role.state == "archived":
        return 0
    rows = Rows()
    wish = Wish(
        actor_kind="clock",
        actor_id="clock",
        reason="retry",
        stages=due.stages,
        cascade=due.cascade,
        priority=due.priority,
        batch_id=due.batch_id,
        retry_of=due.id,
    )
    granted = enqueue(role, wish, rows, revision=role.revision, mapping_version=role.mapping_version)
    rows.change(role, state="queued", last_run_id=granted.run_id)
    await rows.write(tx, due.company_id)
    return 1

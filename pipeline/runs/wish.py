"""From the wish to run a role to the one run that will serve it: a new one, or one that waits already."""

from __future__ import annotations

from uuid import UUID

import msgspec

from kit import ids
from pipeline.records.rows import Rows
from pipeline.records.store import Standing


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants which stages of a role run, and why. `stages` None means all of them."""

    actor_kind: str
    actor_id: str
    reason: str
    stages: list[str] | None = None
    cascade: bool = False
    priority: str = "P1"
    batch_id: UUID | None = None
    retry_of: UUID | None = None
    planned: int = 13


class Granted(msgspec.Struct, frozen=True):
    """The run that serves a wish, and whether it had been there already."""

    run_id: UUID
    merged: bool


def enqueue(role: Standing, wish: Wish, rows: Rows, *, revision: int, mapping_version: str) -> Granted:
    """One active run per role, and at most one that follows it: whatever comes meanwhile merges into
    the run that has not started yet and gets its id."""
    if role.active_id is not None and not role.active_started:
        _merge(role.active_id, role.active_stages, wish, rows, revision, mapping_version)
        return Granted(role.active_id, True)
    if role.follower_id is not None:
        _merge(role.follower_id, role.follower_stages, wish, rows, revision, mapping_version)
        return Granted(role.follower_id, True)
    run_id = ids.new()
    rows.add(
        "runs",
        id=run_id,
        role_id=role.id,
        batch_id=wish.batch_id,
        role_revision=revision,
        mapping_version=mapping_version,
        actor_kind=wish.actor_kind,
        actor_id=wish.actor_id,
        reason=wish.reason,
        stages=wish.stages,
        cascade=wish.cascade,
        priority=wish.priority,
        retry_of=wish.retry_of,
        follows=role.active_id,
        prior_state=role.state,
        planned=wish.planned,
    )
    rows.event(
        "run.queued", role.id, run_id=run_id, batch_id=wish.batch_id, sequence=0, data={"reason": wish.reason}
    )
    return Granted(run_id, False)


def _merge(
    run_id: UUID, stages: list[str] | None, wish: Wish, rows: Rows, revision: int, mapping_version: str
) -> None:
    together = None if stages is None or wish.stages is None else sorted({*stages, *wish.stages})
    rows.add(
        "merges",
        id=run_id,
        stages=together,
        cascade=wish.cascade,
        priority=wish.priority,
        batch_id=wish.batch_id,
        role_revision=revision,
        mapping_version=mapping_version,
    )

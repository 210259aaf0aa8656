"""Roles whose job profile is no longer at its source: archived, and nothing is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from kit.db import Tx
from pipeline.records import moves, store
from pipeline.records.revising import add_revision, columns
from pipeline.records.rows import Rows


async def archive_vanished(tx: Tx, company_id: UUID, roles: Sequence[tuple[UUID, str]]) -> list[int]:
    """Archive each of the roles for its reason, as if its source had said that it is inactive: a revision
    says so, so that the profile coming back is a change and brings the role back. The jobs to ring for."""
    reasons = dict(roles)
    await store.lock_roles(tx, sorted(reasons))
    rows = Rows()
    rows.ended_because = "The role is no longer at its source."
    for role in (await store.standings(tx, sorted(reasons))).values():
        if role.state == "archived":
            continue
        record = {**role.record, "status": "inactive"}
        revision = role.revision + 1
        digest = add_revision(rows, role.id, revision, record, role.documents, role.mapping_version)
        over = columns(record) | {"revision": revision, "revision_hash": digest, "state": "archived"}
        rows.change(role, **over)
        moves.announce(role, "archived", reasons[role.id], rows)
    return await rows.write(tx, company_id)

"""A role changed by hand: its row held, its next revision written, its state moved."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from kit import ids
from kit.db import Tx
from kit.errors import Action, Conflict, NotFound
from pipeline.records import moves, store
from pipeline.records.rows import Rows
from pipeline.records.store import Held, Standing

SOURCE = "api"
MAPPING = f"{SOURCE}@0"
"""What stands for a mapping where people and recipes say themselves what a role is."""


async def held_role(tx: Tx, role_id: UUID, *, archived: bool = False) -> Standing:
    """A role with its row locked. Raises NotFound; Conflict for an archived one, unless it may be."""
    await store.lock_roles(tx, [role_id])
    role = (await store.standings(tx, [role_id])).get(role_id)
    if role is None:
        raise NotFound(f"There is no role with the id {ids.show('role', role_id)}.")
    if role.state == "archived" and not archived:
        raise Conflict(
            "The role is archived, so it cannot be changed.",
            code="role_archived",
            action=Action("Restore the role first.", link=f"/v1/roles/{ids.show('role', role_id)}/restore"),
        )
    return role


def revise(
    role: Standing,
    rows: Rows,
    *,
    record: dict[str, Any] | None = None,
    documents: list[Held] | None = None,
    required: Sequence[str],
    why: str,
) -> None:
    """Gather the next revision with another record or other documents. The role's own hash stays what
    its source said last, so that the source saying it again is still no change."""
    record = role.record if record is None else record
    documents = role.documents if documents is None else documents
    revision = role.revision + 1
    complete = any(one.kind in required for one in documents)
    state = moves.state_after(role, why, inactive=False, held=complete)
    rows.change(role, **columns(record), state=state, revision=revision)
    add_revision(rows, role.id, revision, record, documents, role.mapping_version)
    moves.announce(role, state, why, rows)


def add_revision(
    rows: Rows,
    role_id: UUID,
    revision: int,
    record: dict[str, Any],
    documents: list[Held],
    mapping_version: str,
) -> str:
    """Gather a revision; its hash over the record and the texts of the documents."""
    said = [record, sorted([one.kind, one.title, one.sha256] for one in documents)]
    digest = hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()
    rows.add(
        "revisions",
        role_id=role_id,
        revision=revision,
        hash=digest,
        record=record,
        documents=[one.id for one in documents],
        mapping_version=mapping_version,
        source_event_id=None,
    )
    return digest


def columns(record: dict[str, Any]) -> dict[str, Any]:
    """The columns of a role that repeat its record."""
    return {
        "title": record["title"],
        **{name: record.get(name) for name in ("code", "family", "level", "grade")},
        "status": record.get("status", "unknown"),
        "record": record,
    }

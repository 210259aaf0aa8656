"""Items that are only a part of a job profile, made whole with the parts that came before.

A recipe may send a job code in one call and its job profile in the next. Each alone would be read as a
change of the other, so the parts of a role are kept, and what comes is joined with them before anything is
decided. A sync brings whole groups of records: what it brings is taken as it is.
"""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from adapters.model import Part
from adapters.registry import adapter_for
from kit.db import Tx
from mappings.normalise import normalise
from pipeline.records import decide, store
from pipeline.records.model import Bad, Incoming, Reading, Received
from pipeline.records.store import Standing


async def whole(tx: Tx, call: Received, standings: dict[str, Standing]) -> Received:
    """The call, its items joined with the kept parts of their roles where they differ from the role."""
    if call.reading is None or call.sync_id is not None:
        return call
    owners = {
        item.index: owner.id
        for item in call.items
        if isinstance(item, Incoming) and item.parts
        if (owner := decide.owner(item, standings)) and owner.revision_hash != item.revision_hash
    }
    kept = await store.parts(tx, sorted(set(owners.values()))) if owners else {}
    if not kept:
        return call
    items: list[Incoming | Bad] = [
        _joined(item, kept[owners[item.index]], call.reading)
        if isinstance(item, Incoming) and owners.get(item.index) in kept
        else item
        for item in call.items
    ]
    return replace(call, items=items)


def _joined(item: Incoming, kept: tuple[Part, ...], reading: Reading) -> Incoming:
    merge = adapter_for(item.source).merge
    if merge is None:
        return item
    parts, profile = merge(kept, item.parts, datetime.now(UTC).date())
    made = normalise(profile, reading.mapping, reading.preferences)
    return replace(
        item, parts=parts, role=made.role, documents=made.documents, revision_hash=made.revision_hash
    )

"""Items that are only a part of a job profile, made whole with the parts that came before.

A recipe may send a job code in one call and its job profile in the next. Each alone would be read as a
change of the other, so the parts of a role are kept, and what comes is joined with them before anything is
decided. Where a sync brings every part there is (`pulls_whole`), what it brings is taken as it is; where it
comes by one of several doors it is joined like everything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from msgspec.structs import replace

from adapters.model import Part
from adapters.registry import adapter_for
from kit.db import Tx
from mappings.normalise import normalise
from pipeline.records import store
from pipeline.records.model import Bad, Incoming, Reading, Received


async def whole(tx: Tx, call: Received, owners: Mapping[int, UUID], hashes: Mapping[UUID, str]) -> Received:
    """The call, its items joined with the kept parts of their roles where they differ from the role.
    `owners`: index of an item -> its role; `hashes`: role -> the hash of its revision."""
    if call.reading is None or (call.sync_id is not None and adapter_for(call.source).pulls_whole):
        return call
    differing = {
        item.index: owners[item.index]
        for item in call.items
        if isinstance(item, Incoming) and item.parts and item.index in owners
        if hashes[owners[item.index]] != item.revision_hash
    }
    kept = await store.parts(tx, sorted(set(differing.values()))) if differing else {}
    if not kept:
        return call
    items: list[Incoming | Bad] = [
        _joined(item, kept[differing[item.index]], call.reading)
        if isinstance(item, Incoming) and differing.get(item.index) in kept
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

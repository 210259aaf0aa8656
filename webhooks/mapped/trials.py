"""Trying a mapping on payloads: which rules, and which payload, a person means."""

from __future__ import annotations

from typing import Any

import msgspec

from control.access import Caller, require
from kit import ids
from kit.db import Db, Tx
from kit.errors import FieldError, Invalid
from mappings.loading import load
from mappings.model import Mapping
from pipeline.records import source_events
from webhooks.intake import Intake, Ways
from webhooks.mapped import reading, versions
from webhooks.mapped.impact import EVENTS, Impact, impact
from webhooks.mapped.preview import Preview, preview
from webhooks.mapped.reading import Payload


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """Rules to try: `mapping` as it is being edited; else a saved `version`; else the draft, and without one
    the published version."""

    mapping: dict[str, Any] | None = None
    version: int | None = None


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """A payload to try them on: a bundled `sample` by name, a pasted `payload`, or a stored source event; by
    default the first bundled sample."""

    sample: str | None = None
    payload: str | None = None
    content_type: str | None = None
    source_event_id: str | None = None


async def mapping_of(tx: Tx, caller: Caller, source: str, rules: Rules) -> Mapping:
    """The mapping that is meant. Raises BadMapping, NotFound."""
    require(caller, "mappings:read")
    stands = await versions.state(tx, caller, source)
    if rules.mapping is not None:
        version = stands.draft.version if stands.draft else stands.versions[0].version + 1
        return load({"name": source, **rules.mapping, "source": source, "version": version})
    if rules.version is None and stands.draft:
        return (await versions.draft(tx, caller, source)).rules
    return (await versions.get(tx, caller, source, rules.version)).rules


async def payload_of(tx: Tx, caller: Caller, source: str, chosen: Chosen) -> Payload:
    """The payload that is meant; a stored one needs source_events:read. Raises NotFound, Invalid."""
    named = [one for one in (chosen.sample, chosen.payload, chosen.source_event_id) if one]
    if len(named) > 1:
        message = "Give one of sample, payload and source_event_id."
        raise Invalid(message, errors=[FieldError("payload", message)], action="Leave the others out.")
    if chosen.source_event_id:
        require(caller, "source_events:read")
        id_ = ids.parse("src", chosen.source_event_id)
        kept = await source_events.raw(tx, caller.company_id, id_)
        if kept.source != source:
            raise Invalid(
                f"This source event came from {kept.source}.", action=f"Choose a source event of {source}."
            )
        return Payload(kept.body or b"", kept.content_type, id_)
    if chosen.payload:
        return Payload(chosen.payload.encode(), chosen.content_type or None)
    return reading.sample(source, chosen.sample or reading.sample_names(source)[0])


async def try_out(
    db: Db, intake: Intake, caller: Caller, source: str, rules: Rules, chosen: Chosen, item: int = 0
) -> Preview:
    """What the rules make of one job profile. Raises BadMapping, NotFound, Invalid, Unusable."""
    async with db.company(caller.company_id) as tx:
        mapping = await mapping_of(tx, caller, source, rules)
        payload = await payload_of(tx, caller, source, chosen)
    ways = await intake.ways(caller.company_id, source)
    page = await reading.read_or_refuse(source, payload, ways)
    return preview(source, page, mapping, ways.preferences, item)


async def foretell(
    db: Db, intake: Intake, caller: Caller, source: str, rules: Rules, events: int = EVENTS
) -> Impact:
    """What publishing the rules would change. Raises BadMapping, NotFound."""
    async with db.company(caller.company_id) as tx:
        mapping = await mapping_of(tx, caller, source, rules)
        live = await versions.get(tx, caller, source)
    found = await intake.ways(caller.company_id, source)
    ways = Ways(live.rules, found.preferences, found.columns, found.excluded)
    return await impact(db, caller.company_id, source, ways, mapping, events=events)

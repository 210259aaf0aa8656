"""Drift: payloads that begin to miss a mapped field, or to bring one that nobody has mapped.

Nothing of it is done while a payload is taken in. Every minute the clock asks for a look at the sources that
were sent something; a worker reads what came since the last look and counts, for each form of payloads, which
fields came and which did not. A payload that commits long after it began may not be counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from adapters.model import Unreadable
from adapters.registry import SOURCES
from control.access import Caller, require
from kit import ids, jobs, log
from kit.db import Db, Tx
from mappings.model import Mapping
from mappings.paths import leaves, readers, targets_of
from pipeline.jobs import EventsLogged
from webhooks.connections.store import log_event
from webhooks.intake import Intake, Ways
from webhooks.mapped import drift_store, reading, versions
from webhooks.mapped.drift_store import FieldCount
from webhooks.mapped.jobs import SourceSent
from webhooks.mapped.preview import names_only
from webhooks.mapped.reading import Payload
from webhooks.mapped.store import Kept

USUAL = 0.9  # of the job profiles must have brought a field before missing it means anything
MISSED = 5  # job profiles in a row
KNOWN = 20  # job profiles after which a field that comes for the first time is new
BROUGHT = 3  # job profiles
_NEW_FOR = timedelta(days=30)
_EVENTS = 100  # payloads of one look
_MOST_FIELDS = 1_000  # of one source
_MOST_ANNOUNCED = 20
_ASKED = 50
_log = log.get("webhooks.mapped")


class Drift(msgspec.Struct, frozen=True):
    """A field that payloads of one form miss (`missing`, with its targets), or bring (`new`, mapped
    by nothing): since when, and in how many (`times`) of the job profiles since then (`of`)."""

    kind: Literal["missing", "new"]
    path: str
    shape: str
    targets: list[str]
    since: datetime
    times: int
    of: int


class Counts:
    """What is known of the fields of a source. Pure: `count` takes in one job profile after the other."""

    def __init__(self, shapes: dict[str, int], fields: dict[tuple[str, str], FieldCount]) -> None:
        self.shapes = shapes
        self.fields = fields
        self._by_shape: dict[str, list[FieldCount]] = {}
        for (shape, _), field in fields.items():
            self._by_shape.setdefault(shape, []).append(field)

    def count(self, shape: str, paths: set[str], at: datetime) -> None:
        """One more job profile of this form, with these fields."""
        number = self.shapes[shape] = self.shapes.get(shape, 0) + 1
        known = self._by_shape.setdefault(shape, [])
        for field in known:
            if field.path in paths:
                field.seen, field.missed, field.missing_since = field.seen + 1, 0, None
            else:
                field.missed, field.missing_since = field.missed + 1, field.missing_since or at
        for path in sorted(paths):
            if (shape, path) not in self.fields and len(self.fields) < _MOST_FIELDS:
                field = FieldCount(shape=shape, path=path, first_profile=number, first_seen_at=at, seen=1)
                self.fields[shape, path] = field
                known.append(field)

    def drifted(self, mapping: Mapping) -> list[Drift]:
        """What drifted, for a company that reads with this mapping; the latest first."""
        by_path = readers(mapping)
        old = datetime.now(UTC) - _NEW_FOR
        found = [
            drift
            for field in self.fields.values()
            if (drift := _drift(field, self.shapes[field.shape], targets_of(field.path, by_path)))
            and (drift.kind == "missing" or drift.since > old)
        ]
        return sorted(found, key=lambda one: one.since, reverse=True)


def _drift(field: FieldCount, profiles: int, targets: list[str]) -> Drift | None:
    since_first = profiles - field.first_profile + 1
    before = since_first - field.missed
    if targets and field.missing_since and field.missed >= MISSED <= field.seen >= USUAL * before:
        return Drift(
            "missing", field.path, field.shape, targets, field.missing_since, field.missed, field.missed
        )
    if not targets and field.first_profile > KNOWN and field.seen >= BROUGHT and not names_only(field.path):
        return Drift("new", field.path, field.shape, [], field.first_seen_at, field.seen, since_first)
    return None


async def ask(db: Db) -> int:
    """Ask for a look at each source that was sent something; how many. Done by the clock."""
    async with db.engine() as tx:
        asked = await drift_store.ask_for_looks(tx, list(SOURCES), _ASKED)
        for one in asked:
            await jobs.put(tx, one.company_id, SourceSent(source=one.source))
    return len(asked)


async def look(db: Db, intake: Intake, company_id: UUID, source: str) -> list[Drift]:
    """Look at what came since the last look, write down what is known now, and announce what drifted since.
    May be done twice: a payload is counted once."""
    ways = await intake.ways(company_id, source)
    async with db.company(company_id) as tx:
        mark = await drift_store.look_from(tx, company_id, source)
        payloads = await drift_store.unlooked_events(tx, company_id, source, mark, _EVENTS)
    if not payloads:
        return []
    came = [came for kept in payloads for came in await _fields_of(source, kept, ways)]
    async with db.company(company_id) as tx:
        if await drift_store.look_from(tx, company_id, source) != mark:
            return []  # somebody else looked meanwhile
        counts = await _known(tx, company_id, source)
        before = {(one.kind, one.shape, one.path) for one in counts.drifted(ways.mapping)}
        for shape, paths, at in came:
            counts.count(shape, paths, at)
        await drift_store.keep_shapes(tx, company_id, source, counts.shapes)
        await drift_store.keep_fields(tx, company_id, source, list(counts.fields.values()))
        await drift_store.looked_up_to(tx, company_id, source, payloads[-1])
        now = counts.drifted(ways.mapping)
        fresh = [one for one in now if (one.kind, one.shape, one.path) not in before]
        rung = await _announce(tx, company_id, source, fresh[:_MOST_ANNOUNCED])
    await intake.rung_for(rung, 0)
    if fresh:
        company = ids.show("company", company_id)
        _log.info("mapping.drifted", company=company, source=source, fields=len(fresh))
    return fresh


async def drifted(tx: Tx, caller: Caller, source: str) -> list[Drift]:
    """What drifted in the payloads of a source, the latest first. Raises NotFound."""
    require(caller, "mappings:read")
    mapping = (await versions.get(tx, caller, source)).rules
    return (await _known(tx, caller.company_id, source)).drifted(mapping)


async def _known(tx: Tx, company_id: UUID, source: str) -> Counts:
    shapes = await drift_store.list_shapes(tx, company_id, source)
    return Counts(shapes, await drift_store.list_fields(tx, company_id, source))


async def _fields_of(source: str, kept: Kept, ways: Ways) -> list[tuple[str, set[str], datetime]]:
    """Form, fields and time of each job profile of a payload."""
    try:
        page = await reading.read(source, Payload(kept.body, kept.content_type), ways)
    except Unreadable:
        return []

    def paths() -> list[tuple[str, set[str], datetime]]:
        records = [msgspec.to_builtins(item.profile) for item in page.items if item.profile]
        return [(page.shape, {leaf.path for leaf in leaves(one)}, kept.received_at) for one in records]

    return await asyncio.to_thread(paths)


async def _announce(tx: Tx, company_id: UUID, source: str, drifts: Sequence[Drift]) -> list[int]:
    if not drifts:
        return []
    events = []
    for one in drifts:
        data = {"source": source, "reason": _said(one), **msgspec.to_builtins(one)}
        events.append(await log_event(tx, company_id, "mapping.drift", data))
    return await jobs.put(tx, company_id, EventsLogged(event_ids=events))


def _said(one: Drift) -> str:
    if one.kind == "missing":
        targets = ", ".join(one.targets)
        return f"The last {one.times} job profiles came without {one.path}, which is read for {targets}."
    return f"{one.times} job profiles brought {one.path}, which no rule reads."

"""Versions of a company's mapping of a source: draft, published, superseded.

There is one draft and one published version per source at most. A draft is saved by whoever saw its last
change; what was published once never changes and can be published again. Version 0 is the default.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from adapters.registry import SOURCES
from control import audit
from control.access import Caller, require
from kit import jobs
from kit.db import Tx
from kit.errors import Action, Conflict, FieldError, NotFound
from mappings.defaults import default_mapping
from mappings.difference import Change, difference
from mappings.loading import BadMapping, load
from mappings.model import Mapping
from pipeline.runs import kept_plans
from pipeline.runs.actor import actor_of
from webhooks.mapped import store
from webhooks.mapped.jobs import MappingPublished
from webhooks.mapped.store import Ruled, Version

_READ, _WRITE = "mappings:read", "mappings:write"
_LONGEST_NOTE = 500
_DEFAULT_NOTE = "The default of the source."


class State(msgspec.Struct, frozen=True):
    """How the mapping of one source stands: what payloads are read with, the draft if there is one, and
    every version, newest first, the default last."""

    source: str
    published: Version
    draft: Version | None
    versions: list[Version]


class Published(msgspec.Struct, frozen=True):
    """The version payloads are read with now, the one before it, the plan of running the affected roles
    again if one is made, and the jobs to ring for."""

    now: Ruled
    before: int
    plan_id: UUID | None
    jobs: list[int]


async def overview(tx: Tx, caller: Caller) -> list[State]:
    """Every source there is, whether or not the company uses it."""
    require(caller, _READ)
    rows = await store.list_mappings(tx, caller.company_id)
    return [_state(source, [row for row in rows if row.source == source]) for source in SOURCES]


async def state(tx: Tx, caller: Caller, source: str) -> State:
    """One source. Raises NotFound."""
    require(caller, _READ)
    known_source(source)
    return _state(source, await store.list_mappings(tx, caller.company_id, source))


async def get(tx: Tx, caller: Caller, source: str, version: int | None = None) -> Ruled:
    """One version with its rules; None: the published one. Raises NotFound."""
    stands = await state(tx, caller, source)
    if version is None:
        version = stands.published.version
    if version == 0:
        return _default(source, stands.published.version == 0)
    found = await store.get_mapping(tx, caller.company_id, source, version)
    if found is None:
        raise NotFound(f"The mapping of {source} has no version {version}.")
    return found


async def draft(tx: Tx, caller: Caller, source: str) -> Ruled:
    """The draft with its rules. Raises NotFound."""
    stands = await state(tx, caller, source)
    if stands.draft is None:
        raise NotFound(
            f"The mapping of {source} has no draft.",
            code="no_draft",
            action=Action("Begin one.", "csm", f"/v1/mappings/{source}/draft"),
        )
    return await get(tx, caller, source, stands.draft.version)


async def save(
    tx: Tx,
    caller: Caller,
    source: str,
    rules: dict[str, Any] | None,
    *,
    edit: int = 0,
    note: str = "",
    based_on: int | None = None,
) -> Ruled:
    """Begin a draft (`edit` 0) or change the one whose last change was `edit`; without rules it begins as
    `based_on`, by default the published version.

    Raises BadMapping naming every fault, and Conflict with the difference when somebody else was faster:
    nothing of either is lost, theirs stays the draft and the caller still has their own.
    """
    require(caller, _WRITE)
    known_source(source)
    await store.lock_source(tx, caller.company_id, source)
    stands = await state(tx, caller, source)
    base = await get(tx, caller, source, based_on)
    version = stands.draft.version if stands.draft else stands.versions[0].version + 1
    mapping = _loaded(source, version, base.rules if rules is None else rules)
    if edit != (stands.draft.edit if stands.draft else 0):
        await _refuse_late(tx, caller, stands, mapping)
    name, note = caller.name, note[:_LONGEST_NOTE].replace("\0", "")
    if stands.draft:
        saved = await store.save_draft(tx, caller.company_id, mapping, edit=edit, note=note, changed_by=name)
        if not saved:
            await _refuse_late(tx, caller, await state(tx, caller, source), mapping)
    else:
        await store.insert_draft(
            tx, caller.company_id, mapping, based_on=base.version, note=note, changed_by=name
        )
    await audit.record(tx, caller, "mapping.saved", _shown(source, version), detail={"edit": edit + 1})
    return await get(tx, caller, source, version)


async def discard(tx: Tx, caller: Caller, source: str, edit: int) -> None:
    """Throw the draft away, if it is still as it was after `edit`. Raises NotFound, Conflict."""
    require(caller, _WRITE)
    known_source(source)
    await store.lock_source(tx, caller.company_id, source)
    there = await draft(tx, caller, source)
    if not await store.delete_draft(tx, caller.company_id, source, edit):
        await _refuse_late(tx, caller, await state(tx, caller, source), there.rules)
    await audit.record(tx, caller, "mapping.discarded", _shown(source, there.version))


async def publish(
    tx: Tx, caller: Caller, source: str, version: int, *, edit: int | None = None, plan: bool = False
) -> Published:
    """Read payloads with this version from now on: the draft, or (to take a change back) an older one, 0
    for the default. Roles that come out differently become stale; with `plan` they become a plan, too, that
    a person looks at and pushes. An open plan of the version before is overtaken.

    A draft needs its `edit`, so that nobody publishes a change they have not seen. Raises NotFound, Conflict.
    """
    require(caller, _WRITE)
    await store.lock_source(tx, caller.company_id, source)
    wanted = await get(tx, caller, source, version)
    stands = await state(tx, caller, source)
    if wanted.status == "draft" and edit != wanted.edit:
        await _refuse_late(tx, caller, stands, wanted.rules)
    before = stands.published.version
    await store.supersede(tx, caller.company_id, source)
    if version:
        await store.publish(tx, caller.company_id, source, version, caller.name)
    await kept_plans.overtake(tx, caller.company_id, source)
    plan_id = None
    if plan:
        named = _shown(source, version)
        plan_id = await kept_plans.begin(tx, caller.company_id, source, named, caller.name)
    await audit.record(
        tx, caller, "mapping.published", _shown(source, version), detail={"before": before, "plan": plan}
    )
    kind, actor = actor_of(caller)
    announced = MappingPublished(
        source=source, version=version, before=before, plan_id=plan_id, actor_kind=kind, actor_id=actor
    )
    rung = await jobs.put(tx, caller.company_id, announced)
    return Published(await get(tx, caller, source, version), before, plan_id, rung)


async def differences(tx: Tx, caller: Caller, source: str, version: int, against: int = 0) -> list[Change]:
    """What a version changes against another, by default against the default. Raises NotFound."""
    before, after = await get(tx, caller, source, against), await get(tx, caller, source, version)
    return difference(before.rules, after.rules)


def exported(mapping: Mapping) -> bytes:
    """The mapping as a file that `imported` reads, in a form that people can edit."""
    return msgspec.json.format(msgspec.json.encode(mapping), indent=2) + b"\n"


def imported(data: bytes) -> dict[str, Any]:
    """The rules in a file. Raises BadMapping, also for what no mapping can be."""
    return msgspec.to_builtins(load(data))  # type: ignore[no-any-return]


def known_source(source: str) -> None:
    """Raises NotFound for what is no source."""
    if source not in SOURCES:
        raise NotFound(f"There is no source {source[:60]!r}; {' and '.join(SOURCES)} are known.")


def _loaded(source: str, version: int, rules: dict[str, Any] | Mapping) -> Mapping:
    """The rules as this version of this source. Raises BadMapping."""
    given = msgspec.to_builtins(rules) if isinstance(rules, Mapping) else rules
    theirs = given.get("source", source)
    if theirs != source:
        error = FieldError("source", f"These are rules for {str(theirs)[:60]}, not for {source}.")
        raise BadMapping(error.message, errors=[error], action=f"Use a mapping of {source}.")
    return load({"name": f"{source} mapping", **given, "source": source, "version": version})


async def _refuse_late(tx: Tx, caller: Caller, stands: State, mine: Mapping) -> None:
    """Tell the second of two editors what the first one did."""
    source = stands.source
    if stands.draft is None:
        raise Conflict(
            f"The draft of the mapping of {source} is gone: it was published or thrown away meanwhile.",
            code="draft_gone",
            action=Action("Look at the published version, then begin a draft with your rules.", "csm"),
            extra={"edit": 0},
        )
    theirs = await get(tx, caller, source, stands.draft.version)
    raise Conflict(
        f"{theirs.changed_by[:60]} changed the draft of the mapping of {source} after you looked at it.",
        code="draft_changed",
        action=Action(
            "Look at difference (their draft to yours), then save with the edit given here.", "csm"
        ),
        extra={
            "edit": theirs.edit,
            "changed_by": theirs.changed_by,
            "changed_at": theirs.updated_at,
            "difference": msgspec.to_builtins(difference(theirs.rules, mine)),
        },
    )


def _state(source: str, rows: list[Version]) -> State:
    published = next((row for row in rows if row.status == "published"), None)
    default = _without_rules(_default(source, published is None))
    drafted = next((row for row in rows if row.status == "draft"), None)
    return State(source, published or default, drafted, [*rows, default])


def _default(source: str, published: bool) -> Ruled:
    return Ruled(
        source=source,
        version=0,
        status="published" if published else "superseded",
        edit=0,
        based_on=0,
        note=_DEFAULT_NOTE,
        changed_by="",
        published_by=None,
        created_at=None,
        updated_at=None,
        published_at=None,
        rules=default_mapping(source),
    )


def _without_rules(ruled: Ruled) -> Version:
    return Version(**{name: getattr(ruled, name) for name in Version.__struct_fields__})


def _shown(source: str, version: int) -> str:
    return f"{source}@{version}"

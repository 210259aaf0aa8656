"""What a stage wrote about a role and what that replaced, kept in the graph itself.

The journal is written in the same transaction as the change, so that neither can be without the
other: a crash between an intent and its write cannot leave an undo that restores the wrong thing.
Nodes that were there before us get back exactly the properties that we changed.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import msgspec

from pipeline.graph.model import Picture

KEPT = 5


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """One earlier state: who wrote it (None: it was there before us), its picture, and the run and rev
    that the role's node had (None: no node, or one that was not ours)."""

    run: UUID | None
    rev: int
    picture: Picture
    role_rev: int | None
    role_run: str | None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """The journal of one role and stage: the picture as it stands, and earlier ones, newest first.
    The oldest is what was there before us; of the others the newest few are kept."""

    run: UUID
    rev: int
    picture: Picture
    history: tuple[Past, ...]

    def encoded(self) -> str:
        """As kept in the graph."""
        return msgspec.json.encode(self).decode()


def decoded(state: str) -> Entry:
    """The journal from its kept form. Raises msgspec.ValidationError if it is none."""
    return msgspec.json.decode(state, type=Entry)


def next_entry(
    entry: Entry | None, picture: Picture, before: dict[str, Any] | None, run: UUID, rev: int
) -> Entry:
    """The journal after `run` wrote `picture`; `before` holds the properties of the role's node, None
    when there was none. A second try of one run replaces nothing but its own first."""
    before = before or {}
    role_rev, role_run = before.get("rev"), before.get("run")
    if entry is None:
        found = _origin(picture, before)
        origin = Past(run=None, rev=0, picture=found, role_rev=role_rev, role_run=role_run)
        return Entry(run=run, rev=rev, picture=picture, history=(origin,))
    if entry.run == run:
        return Entry(run=run, rev=rev, picture=picture, history=entry.history)
    past = Past(run=entry.run, rev=entry.rev, picture=entry.picture, role_rev=role_rev, role_run=role_run)
    kept = (past, *entry.history[:-1])[: KEPT - 1]
    return Entry(run=run, rev=rev, picture=picture, history=(*kept, entry.history[-1]))


def earlier_entry(entry: Entry) -> Entry | None:
    """The journal after the newest write is undone; None when nothing of ours is left."""
    past = entry.history[0]
    if past.run is None:
        return None
    return Entry(run=past.run, rev=past.rev, picture=past.picture, history=entry.history[1:])


def is_older(run: UUID, rev: int, held_run: UUID | None, held_rev: int) -> bool:
    """Whether a write of `run` and `rev` comes too late after the one that is held. Revs order the
    tries of one run; runs are ordered by when they were made, which their ids (UUIDv7) tell: a later
    run of the same revision may have taken fewer owners, and so a smaller rev, than an earlier one."""
    if held_run is None or held_run == run or run.version != 7 or held_run.version != 7:
        return rev < held_rev
    return run.int < held_run.int


def _origin(picture: Picture, before: dict[str, Any]) -> Picture:
    touched = dict.fromkeys(picture.props)
    if before.get("rev") is None:
        touched |= {"company_id": None, "key": None}
    found = {name: packed(before.get(name)) for name in touched}
    return msgspec.structs.replace(picture, props=found, nodes=(), links=())


def packed(value: Any) -> Any:
    """A property of somebody else's node as JSON: dates and times keep their type."""
    if isinstance(value, list):
        return [packed(one) for one in value]
    native = value.to_native() if hasattr(value, "to_native") else value
    for kind in (datetime, date, time):
        if isinstance(native, kind):
            return {"$" + kind.__name__: native.isoformat()}
    return native


def unpacked(value: Any) -> Any:
    """The other way round."""
    if isinstance(value, list):
        return [unpacked(one) for one in value]
    if isinstance(value, dict):
        for kind in (datetime, date, time):
            if "$" + kind.__name__ in value:
                return kind.fromisoformat(value["$" + kind.__name__])
    return value

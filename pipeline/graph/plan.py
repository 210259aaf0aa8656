"""What one transaction will do, decided before it writes: pure functions from what was asked and what
the graph holds to rows for the statements."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec

from kit.errors import Action
from pipeline.graph import journal
from pipeline.graph.journal import Entry
from pipeline.graph.model import Link, Node, Picture, Written
from pipeline.stages.base import StageFault

CREATES = "create_company_role"
ANY_REV = 2**62
Row = dict[str, Any]


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """One thing asked of the writer: to write a picture, or (`undo`) to take back what `run` wrote of
    it. `rev` orders writes of a role; `force` ignores it (a rebuild from the store)."""

    picture: Picture
    run: UUID
    rev: int
    undo: bool = False
    force: bool = False


class Held(msgspec.Struct, kw_only=True):
    """What the graph holds: journals by their key, roles' properties by role key, and roles that were
    there before us."""

    journals: dict[str, Entry | None]
    roles: dict[str, Row]
    unowned: list[Row] = []


class Change(msgspec.Struct, kw_only=True):
    """What one wish comes to. `mode`: `upsert`, `adopt` or `update` the role's node, `delete` one of
    ours, or `leave` everything. `rev` and `run` are what the node will say of its last writer; only
    nodes whose rev is at most `guard` are touched."""

    wish: Wish
    mode: str
    picture: Picture
    rev: int | None = None
    run: str | None = None
    guard: int = ANY_REV
    entry: Entry | None = None
    element: str | None = None
    gone_links: list[Link] = []
    gone_nodes: list[Node] = []
    written: Written = Written(outcome="updated")

    @property
    def role(self) -> str:
        return str(self.picture.role_id)

    def props(self) -> Row:
        return {name: journal.unpacked(value) for name, value in self.picture.props.items()}


def decide(wish: Wish, held: Held) -> Change:
    """The change for a wish. Raises StageFault `graph_superseded` (a newer run has written this role)
    or `role_not_in_graph`."""
    return _undo(wish, held) if wish.undo else _write(wish, held)


def _write(wish: Wish, held: Held) -> Change:
    picture, role = wish.picture, str(wish.picture.role_id)
    entry, before = held.journals.get(picture.key), held.roles.get(role)
    if not wish.force and _too_late(wish, entry, before or {}):
        raise _superseded()
    change = Change(wish=wish, mode="update", picture=picture, rev=wish.rev, run=str(wish.run))
    if not wish.force:
        change.guard = max(wish.rev, (before or {}).get("rev") or 0, entry.rev if entry else 0)
    if before is None:
        if picture.stage != CREATES:
            raise _not_in_graph(picture)
        before = _meet(change, held)
        if change.mode == "leave":
            return change
    change.entry = journal.next_entry(entry, picture, before, wish.run, wish.rev)
    if entry is not None:
        _drop(change, entry.picture)
    held.roles[role] = {**(before or {}), "rev": wish.rev, "run": str(wish.run)}
    return change


def _too_late(wish: Wish, entry: Entry | None, role: Row) -> bool:
    if entry is not None and journal.is_older(wish.run, wish.rev, entry.run, entry.rev):
        return True
    run = UUID(role["run"]) if role.get("run") else None
    return journal.is_older(wish.run, wish.rev, run, role.get("rev") or 0)


def _meet(change: Change, held: Held) -> Row | None:
    found = candidates(change.picture, held.unowned)
    if len(found) > 1:
        change.mode = "leave"
        change.written = Written(outcome="ambiguous", candidates=tuple(_shown(one) for one in found))
        return None
    if not found:
        change.mode, change.written = "upsert", Written(outcome="created")
        return None
    held.unowned.remove(found[0])
    change.mode, change.element = "adopt", str(found[0]["id"])
    change.written = Written(outcome="adopted", candidates=(_shown(found[0]),))
    return dict(found[0]["props"])


def candidates(picture: Picture, unowned: Iterable[Row]) -> list[Row]:
    """Nodes that may be this role: those with its code; if none, those with its title, unless both
    sides have a code and the codes differ."""
    code, title = picture.props.get("code"), plain(picture.props.get("title"))
    rows = list(unowned)
    by_code = [row for row in rows if code and row["code"] == code]
    by_name = [row for row in rows if title and row["title"] == title and not (code and row["code"])]
    return by_code or by_name


def plain(text: str | None) -> str:
    """Text as names are compared: trimmed, lower case."""
    return (text or "").strip().lower()


def _undo(wish: Wish, held: Held) -> Change:
    entry = held.journals.get(wish.picture.key)
    if entry is None or entry.run != wish.run:
        kept = Written(outcome="kept")
        return Change(wish=wish, mode="leave", picture=wish.picture, entry=entry, written=kept)
    past = entry.history[0]
    change = Change(wish=wish, mode="update", picture=past.picture, rev=past.role_rev, run=past.role_run)
    change.entry = journal.earlier_entry(entry)
    change.written = Written(outcome="undone")
    if past.run is None and past.picture.stage == CREATES:
        ours = (held.roles.get(change.role) or {}).get("made_by") == "etter"
        change.mode = "delete" if ours else "update"
    _drop(change, entry.picture)
    return change


def _drop(change: Change, old: Picture) -> None:
    """What the old picture had and the new one has not."""
    links = {link.place for link in change.picture.links}
    nodes = {(node.label, node.key) for node in change.picture.nodes}
    change.gone_links = [link for link in old.links if link.place not in links]
    change.gone_nodes = [node for node in old.nodes if (node.label, node.key) not in nodes]


def _shown(row: Row) -> Row:
    props = row["props"]
    return {"code": row["code"], "title": props.get("title") or props.get("name")}


def _superseded() -> StageFault:
    return StageFault(
        "A newer run has already written this role to the graph.",
        code="graph_superseded",
        action=Action("Nothing, if a newer run of the role exists; otherwise push the role again.", "csm"),
    )


def _not_in_graph(picture: Picture) -> StageFault:
    return StageFault(
        f"The graph holds no node for this role, so {picture.stage} has nothing to write to.",
        code="role_not_in_graph",
        action=Action("Push the role with create_company_role, or run `connector graph rebuild`.", "csm"),
    )

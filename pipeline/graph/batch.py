"""One transaction for many wishes of one company: look, decide, write."""

from __future__ import annotations

import uuid
from typing import NamedTuple

from pipeline.graph.driver import Row
from pipeline.graph.model import Node, Written
from pipeline.graph.plan import CREATES, Change, Held, Wish, decide, plain
from pipeline.graph.store import Store
from pipeline.stages.base import StageFault

Answer = Written | StageFault
_MODES = {"upsert": "upsert_roles", "adopt": "adopt_roles", "update": "update_roles"}


class SharedNodeLostError(Exception):
    """A shared node was removed between its own transaction and ours: make it again and retry."""


class Shared(NamedTuple):
    """A shared node's place, to remember that it exists."""

    company_id: str
    label: str
    key: str


def shared_nodes(wishes: list[Wish]) -> list[Node]:
    """The shared nodes that the wishes to write need, each once. Those of an undo are made by it."""
    nodes = {(n.label, n.key): n for wish in wishes for n in wish.picture.nodes if n.shared}
    return [nodes[place] for place in sorted(nodes)]


async def carry_out(store: Store, wishes: list[Wish]) -> list[Answer]:
    """All wishes in the open transaction, an answer each. Raises SharedNodeLostError."""
    held = await look(store, wishes)
    answers: list[Answer] = []
    changes: list[Change] = []
    for wish in wishes:
        try:
            change = decide(wish, held)
        except StageFault as fault:
            answers.append(fault)
            continue
        answers.append(change.written)
        changes.append(change)
    await write(store, [change for change in changes if change.mode != "leave"])
    kept = {change.wish.picture.key for change in changes if change.entry is not None}
    await store.delete_journals({wish.picture.key for wish in wishes if not _has(wish, held)} - kept)
    return answers


def _has(wish: Wish, held: Held) -> bool:
    """Whether this picture's journal was there before this transaction locked it into being."""
    return held.journals.get(wish.picture.key) is not None


async def look(store: Store, wishes: list[Wish]) -> Held:
    """Locks the journals of the wishes, then reads what is there."""
    journals = await store.lock_journals((wish.picture.key for wish in wishes), uuid.uuid4().hex)
    roles = await store.roles_by_key(str(wish.picture.role_id) for wish in wishes)
    held = Held(journals=journals, roles=roles)
    new = [
        w.picture
        for w in wishes
        if w.picture.stage == CREATES and not w.undo and str(w.picture.role_id) not in roles
    ]
    if new:
        codes = sorted({p.props["code"] for p in new if p.props.get("code")})
        titles = sorted({plain(p.props.get("title")) for p in new} - {""})
        held.unowned = await store.unowned_roles(plain(new[0].company), codes, titles)
    return held


async def write(store: Store, changes: list[Change]) -> None:
    """Carries out what was decided, edges that go first: a released node has no key afterwards."""
    gone = {(node.label, node.key): node.props for change in changes for node in change.gone_nodes}
    await store.delete_links(
        [(c.role, link, gone.get((link.label, link.key), {})) for c in changes for link in c.gone_links]
    )
    for mode, query in _MODES.items():
        await store.put_roles(query, [_role_row(c) for c in changes if c.mode == mode])
    await store.merge_shared(node for c in changes if c.wish.undo for node in c.picture.nodes if node.shared)
    await store.set_nodes(
        [(n, c.rev or 0, c.guard) for c in changes for n in c.picture.nodes if not n.shared]
    )
    await _link(store, [change for change in changes if change.mode != "delete"])
    await store.write_journals(
        [
            {"key": c.picture.key, "role": c.role, "state": c.entry.encoded()}
            for c in changes
            if c.entry is not None
        ]
    )
    await store.delete_journals(c.wish.picture.key for c in changes if not c.entry)
    await store.delete_roles(c.role for c in changes if c.mode == "delete")
    await store.delete_orphans(gone)


async def _link(store: Store, changes: list[Change]) -> None:
    props = {(n.label, n.key): n.props for change in changes for n in change.picture.nodes}
    links = [(c.role, link, props[link.label, link.key]) for c in changes for link in c.picture.links]
    if await store.merge_links(links) < len({(role, link.place) for role, link, _ in links}):
        raise SharedNodeLostError


def _role_row(change: Change) -> Row:
    return {
        "role": change.role,
        "props": change.props(),
        "rev": change.rev,
        "run": change.run,
        "guard": change.guard,
        "id": change.element,
    }

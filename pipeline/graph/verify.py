"""Is the graph what the store says it should be? Read-only; differences in plain sentences."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from typing import Any
from uuid import UUID

import msgspec

from pipeline.graph.driver import Row
from pipeline.graph.expected import Expected, expected
from pipeline.graph.model import MADE_BY, Link, RolePicture
from pipeline.graph.writer import Graph

TOGETHER = 200
EDGES = (
    ("belongs_to", "company"),
    ("in_family", "family"),
    ("has_document", "document"),
    ("requires_skill", "skill"),
    ("in_catalog", "catalog_entry"),
    ("maps_to", "draup_role"),
)


class Seen(msgspec.Struct, kw_only=True):
    """What the graph holds about one role: its properties (None: no such node) and its edges, each with
    the node it leads to."""

    props: Row | None
    edges: dict[tuple[str, str, str], Row]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence about one role; `surplus` is an edge of ours that should not be there."""

    role_id: str
    sentence: str
    surplus: Link | None = None


async def verify(graph: Graph, company_id: UUID, roles: AsyncIterable[RolePicture]) -> list[str]:
    """Every difference between the graph and the roles of one company, as sentences; none: equal.
    Raises StageFault when the graph cannot be read."""
    found: list[str] = []
    keys: set[str] = set()
    async for batch in batches(roles):
        keys |= known(batch)
        found += [one.sentence for one in await differences(graph, company_id, batch)]
    strangers = await surplus_roles(graph, company_id, keys)
    return found + [f"Role {key} ({title}) is in the graph and not in the store." for key, title in strangers]


def known(batch: list[RolePicture]) -> set[str]:
    """Keys of the roles that the graph may hold."""
    return {str(role.id) for role in batch if role.busy or expected(role) is not None}


async def differences(graph: Graph, company_id: UUID, batch: list[RolePicture]) -> list[Difference]:
    """The differences of some roles of one company. Roles that are being written are not looked at."""
    seen = await look(graph, company_id, [str(role.id) for role in batch])
    found: list[Difference] = []
    for role in batch:
        key, wanted = str(role.id), None if role.busy else expected(role)
        if wanted is not None:
            found += compare(graph, f"Role {key} ({role.title})", key, wanted, seen[key])
    return found


async def look(graph: Graph, company_id: UUID, keys: list[str]) -> dict[str, Seen]:
    """What the graph holds about the roles with these keys."""
    company = str(company_id)
    rows = await graph.read("roles_by_key", company_id=company, keys=keys)
    props = {row["key"]: row["props"] for row in rows}
    seen = {key: Seen(props=props.get(key), edges={}) for key in keys}
    for link, label in EDGES:
        for row in await graph.read("role_edges", label=label, link=link, company_id=company, keys=keys):
            seen[row["role"]].edges[link, label, _key(label, row)] = row
    return seen


def _key(label: str, row: Row) -> str:
    # A standard role that was there before us has no key of ours; ours is made of these two.
    return f"{row['taxonomy'] or 'graph'}:{row['code']}" if label == "draup_role" else str(row["key"])


def compare(graph: Graph, who: str, key: str, wanted: Expected, seen: Seen) -> list[Difference]:
    """The differences of one role; `who` begins each sentence."""
    if seen.props is None:
        return [Difference(role_id=key, sentence=f"{who} is not in the graph.")]
    sentences = [f"{who}: {one}" for one in unequal(wanted.props, seen.props)]
    for place, link in wanted.links.items():
        row = seen.edges.get(place)
        if row is None:
            sentences.append(f"{who} has no edge {_named(graph, place)}.")
            continue
        sentences += [
            f"{who}, edge {_named(graph, place)}: {one}" for one in unequal(link.props, row["props"])
        ]
        node = wanted.nodes[place[1], place[2]]
        if not node.shared:
            sentences += [f"{who}, {place[1]} {place[2]}: {one}" for one in unequal(node.props, row["node"])]
    found = [Difference(role_id=key, sentence=sentence) for sentence in sentences]
    for place, row in seen.edges.items():
        if place not in wanted.links and row["made_by"] == MADE_BY:
            link = Link(type=place[0], label=place[1], key=place[2])
            sentence = f"{who} has an edge {_named(graph, place)} too many."
            found.append(Difference(role_id=key, sentence=sentence, surplus=link))
    return found


def unequal(wanted: dict[str, Any], held: Row) -> list[str]:
    """A sentence for each property that is not as it should be; absent and None are the same."""
    return [
        f"{name} is {held.get(name)!r} and should be {value!r}."
        for name, value in wanted.items()
        if held.get(name) != value
    ]


async def surplus_roles(graph: Graph, company_id: UUID, keys: set[str]) -> list[tuple[str, str]]:
    """Roles that we wrote and that are not among `keys`: key and title."""
    found: list[tuple[str, str]] = []
    after = ""
    while rows := await graph.read("our_roles", company_id=str(company_id), after=after):
        found += [(row["key"], row["title"]) for row in rows if row["key"] not in keys]
        after = rows[-1]["key"]
    return found


async def batches(roles: AsyncIterable[RolePicture]) -> AsyncIterator[list[RolePicture]]:
    """Roles, TOGETHER at a time."""
    batch: list[RolePicture] = []
    async for role in roles:
        batch.append(role)
        if len(batch) == TOGETHER:
            yield batch
            batch = []
    if batch:
        yield batch


def _named(graph: Graph, place: tuple[str, str, str]) -> str:
    return f"{graph.names.of(place[0])} to {graph.names.of(place[1])} {place[2]!r}"

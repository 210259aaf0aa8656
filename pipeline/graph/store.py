"""The statements of a transaction as typed functions, one per named query in queries.cypher."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from pipeline.graph import journal
from pipeline.graph.driver import Row, Tx
from pipeline.graph.journal import Entry
from pipeline.graph.model import Link, Node
from pipeline.graph.names import Names, cypher

T = TypeVar("T")
AT_ONCE = 500


class Store:
    """One company's part of the graph inside one transaction."""

    def __init__(self, tx: Tx, names: Names, company_id: str) -> None:
        self._tx, self._names, self._company = tx, names, company_id

    async def _run(self, query: str, label: str = "", link: str = "", **params: Any) -> list[Row]:
        text = cypher(self._names, query, label, link)
        return await self._tx.run(text, company_id=self._company, **params)

    async def _each(self, query: str, rows: list[Row], label: str = "", link: str = "") -> int:
        """Runs a query over rows, AT_ONCE at a time; the sum of the one number it returns, if any."""
        total = 0
        for start in range(0, len(rows), AT_ONCE):
            for answer in await self._run(query, label, link, rows=rows[start : start + AT_ONCE]):
                total += sum(answer.values())
        return total

    async def _keys(self, query: str, keys: Iterable[str], label: str = "") -> list[Row]:
        listed, answers = sorted(set(keys)), []
        for start in range(0, len(listed), AT_ONCE):
            answers += await self._run(query, label, keys=listed[start : start + AT_ONCE])
        return answers

    async def lock_journals(self, keys: Iterable[str], turn: str) -> dict[str, Entry | None]:
        rows = [{"key": key} for key in sorted(set(keys))]
        answers = await self._run("lock_journals", rows=rows, turn=turn)
        return {row["key"]: journal.decoded(row["state"]) if row["state"] else None for row in answers}

    async def roles_by_key(self, keys: Iterable[str]) -> dict[str, Row]:
        return {row["key"]: row["props"] for row in await self._keys("roles_by_key", keys)}

    async def unowned_roles(self, company: str, codes: list[str], titles: list[str]) -> list[Row]:
        return await self._run("unowned_roles", company=company, codes=codes, titles=titles)

    async def merge_shared(self, nodes: Iterable[Node]) -> None:
        for label, group in grouped(nodes, lambda node: node.label).items():
            rows = [{"key": n.key, "props": n.props} for n in sorted(group, key=lambda node: node.key)]
            query = "merge_draup_roles" if label == "draup_role" else "merge_shared"
            await self._each(query, rows, label)

    async def put_roles(self, query: str, rows: list[Row]) -> int:
        """`query` is upsert_roles, adopt_roles or update_roles; how many were changed."""
        return await self._each(query, rows) if rows else 0

    async def set_nodes(self, rows: list[tuple[Node, int, int]]) -> None:
        """Nodes with their rev and guard."""
        for label, group in grouped(rows, lambda row: row[0].label).items():
            values = [{"key": n.key, "props": n.props, "rev": rev, "guard": g} for n, rev, g in group]
            await self._each("set_nodes", values, label)

    async def merge_links(self, links: list[tuple[str, Link, Row]]) -> int:
        """Edges as (role key, edge, properties of its node); how many there are now."""
        return await self._links("merge", links)

    async def delete_links(self, links: list[tuple[str, Link, Row]]) -> None:
        await self._links("delete", links)

    async def _links(self, verb: str, links: list[tuple[str, Link, Row]]) -> int:
        total = 0
        for (label, link), group in grouped(links, lambda one: (one[1].label, one[1].type)).items():
            draup = label == "draup_role"
            rows = [
                {"role": role, "key": one.key, "props": {**node, **one.props} if draup else one.props}
                for role, one, node in group
            ]
            total += await self._each(f"{verb}_draup_links" if draup else f"{verb}_links", rows, label, link)
        return total

    async def write_journals(self, rows: list[Row]) -> None:
        await self._each("write_journals", rows)

    async def delete_journals(self, keys: Iterable[str]) -> None:
        await self._keys("delete_journals", keys)

    async def delete_roles(self, keys: Iterable[str]) -> None:
        await self._keys("delete_roles", keys)

    async def delete_orphans(self, nodes: Iterable[tuple[str, str]]) -> None:
        """Nodes as (label, key)."""
        for label, group in grouped(nodes, lambda node: node[0]).items():
            await self._keys("delete_orphans", [key for _, key in group], label)

    async def mark_roles(self, rows: list[Row]) -> int:
        return await self._each("mark_roles", rows)


K = TypeVar("K")


def grouped(things: Iterable[T], by: Callable[[T], K]) -> dict[K, list[T]]:
    """Things by what `by` says of them, in order."""
    groups: defaultdict[K, list[T]] = defaultdict(list)
    for thing in things:
        groups[by(thing)].append(thing)
    return dict(groups)

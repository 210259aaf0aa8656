"""Reading a whole collection: page after page, each where the one before said, without the columns that the
tenant does not have."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

import msgspec

from adapters.calls import mend
from adapters.line import Line
from adapters.pull import PullFault
from adapters.successfactors.pull.answers import SYSTEM, Lacking, Rows, rows
from adapters.successfactors.pull.columns import Plan
from adapters.successfactors.pull.query import LONGEST, question

_HEADERS = {"Accept": "application/json"}
_MOST_PAGES = 100_000


class Collections:
    """The collections of a tenant. What is `known` to be lacking is not asked for; `warnings` and `lacking`
    gather what was left out besides, until they are taken."""

    def __init__(self, line: Line, known: Iterable[str] = ()) -> None:
        self._line = line
        self._known = set(known)
        self.warnings: list[str] = []
        self.lacking: list[str] = []

    async def every(self, entity: str, plan: Plan, **options: str | int) -> AsyncIterator[Rows]:
        """All pages. Raises PullFault, also when the pages do not come to an end."""
        page = await self._first(entity, plan, options)
        named: set[str] = set()
        seen: set[int] = set()
        while True:
            new = {hash(bytes(record)) for record in page.records} - seen
            if page.next in named or (page.records and not new) or len(named) >= _MOST_PAGES:
                raise PullFault(
                    f"{SYSTEM} goes round in a circle: a page of {entity} leads to one that was read before.",
                    reason="bad_answer",
                    action=mend("bad_answer", SYSTEM),
                )
            yield page
            if page.next is None:
                return
            named.add(page.next)
            seen |= new
            page, _ = await self._line.ask("GET", page.next, rows, headers=_HEADERS)

    async def records(self, entity: str, plan: Plan, **options: str | int) -> list[msgspec.Raw]:
        """The records of all pages, each once."""
        found: dict[bytes, msgspec.Raw] = {}
        async for page in self.every(entity, plan, **options):
            found |= {bytes(record): record for record in page.records}
        return list(found.values())

    def note(self, names: Iterable[str]) -> None:
        """Remember what is left out (`FOJobCode/jobLevel`, or a whole `JobProfile`), for whoever pulls."""
        for name in names:
            if name not in self._known:
                self._known.add(name)
                self.lacking.append(name)
                self.warnings.append(
                    f"{SYSTEM} has no {name} in this tenant, or hides it from this user; it is left out."
                )

    def taken(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Warnings and lacking columns since the last time."""
        found = tuple(self.warnings), tuple(self.lacking)
        self.warnings, self.lacking = [], []
        return found

    async def _first(self, entity: str, plan: Plan, options: dict[str, str | int]) -> Rows:
        while True:
            known = [name for name in self._known if name.startswith(f"{entity}/")]
            smaller = plan.without(entity, known)
            try:
                page, _ = await self._line.ask(
                    "GET", _where(entity, smaller, options), rows, headers=_HEADERS
                )
            except Lacking as fault:
                left_out = smaller.left_out(entity, smaller.without(entity, fault.names))
                if not left_out:
                    raise
                self.note(left_out)
            else:
                return page


def _where(entity: str, plan: Plan, options: dict[str, str | int]) -> str:
    """The address; when naming the columns makes it too long, all of them are asked for."""
    steps = [path.split("/")[: n + 1] for path in plan.expand for n in range(path.count("/") + 1)]
    opened = dict.fromkeys("/".join(step) for step in steps)
    select = list(dict.fromkeys((*plan.select, *opened))) if plan.select else []
    whole = question(entity, select=select, expand=plan.expand, **options)
    return whole if len(whole) <= LONGEST else question(entity, expand=plan.expand, **options)

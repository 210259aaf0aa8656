"""What mapping the roles anew would change, before anybody pays for it. Only exact and confirmed titles link,
so the new links can be told without asking a model; who has none would be asked about again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal
from uuid import UUID

import msgspec

from kit.db import Tx
from pipeline.assessor.model import TaxonomyRole
from pipeline.assessor.offline.taxonomy import starter_roles
from pipeline.assessor.offline.titles import normalise_title
from pipeline.runs import pricing
from pipeline.runs.pricing import Price
from pipeline.taxonomies.shelf import Shelved
from pipeline.taxonomies.store import Mapped

STAGE = "map_draup_role"
MOST = 1000
Effect = Literal["new", "changed", "lost"]


class Code(msgspec.Struct, frozen=True):
    """A standard role by its taxonomy and code."""

    taxonomy: str
    code: str
    title: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A role whose link would be another."""

    role_id: UUID
    title: str
    effect: Effect
    now: Code | None
    then: Code | None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """At most a thousand changes, as many as one push takes; `more` says that there are others. `price` is
    that of pushing these roles with the stage `map_draup_role` and what depends on it."""

    roles: int
    changes: list[Change]
    more: bool
    price: Price


def changes(mapped: Sequence[Mapped], shelved: Shelved) -> list[Change]:
    """The roles whose link would change. Those that a person decided stay as they are, and so do those linked
    to a standard role of the graph, which only the graph knows. Where a taxonomy was imported, the bundled
    one merely suggests."""
    exact = _by_title(shelved.roles or starter_roles())
    ours = {role.taxonomy for role in (*shelved.roles, *starter_roles())}
    found = (_change(row, exact, shelved, ours) for row in mapped)
    return [change for change in found if change is not None]


async def priced(
    tx: Tx, company_id: UUID, roles: int, changed: Sequence[Change], *, asks_model: bool
) -> Plan:
    """The changes with what it costs to make them."""
    few = list(changed[:MOST])
    price = await pricing.price(tx, company_id, STAGE, len(few), asks_model=asks_model)
    return Plan(roles=roles, changes=few, more=len(changed) > MOST, price=price)


def _change(
    row: Mapped, exact: Mapping[str, list[TaxonomyRole]], shelved: Shelved, ours: set[str]
) -> Change | None:
    now = Code(row.taxonomy, row.code, row.standard_title or "") if row.taxonomy and row.code else None
    confirmed = shelved.confirmed.get(normalise_title(row.title))
    if row.decided or (now is not None and now.taxonomy not in ours and confirmed is None):
        return None
    if confirmed is not None:
        then: Code | None = Code(confirmed.taxonomy, confirmed.code, confirmed.standard_title)
    else:
        found = exact.get(normalise_title(row.title), [])
        then = Code(found[0].taxonomy, found[0].code, found[0].title) if len(found) == 1 else None
    if _same(now, then):
        return None
    effect: Effect = "new" if now is None else "lost" if then is None else "changed"
    return Change(role_id=row.role_id, title=row.title, effect=effect, now=now, then=then)


def _same(now: Code | None, then: Code | None) -> bool:
    if now is None or then is None:
        return now is then
    return (now.taxonomy, now.code) == (then.taxonomy, then.code)


def _by_title(roles: Iterable[TaxonomyRole]) -> dict[str, list[TaxonomyRole]]:
    found: dict[str, list[TaxonomyRole]] = {}
    for role in roles:
        for title in {normalise_title(title) for title in (role.title, *role.alternates)}:
            found.setdefault(title, []).append(role)
    return found

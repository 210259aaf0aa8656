"""The standard roles a company maps to, and what its people confirmed, in memory until either changes."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from kit.db import Db
from pipeline.assessor.model import TaxonomyRole
from pipeline.taxonomies import store
from pipeline.taxonomies.skills import Usual
from pipeline.taxonomies.store import Confirmed

_FRESH = 2.0
_MOST_KEPT = 32


class Shelved(msgspec.Struct, frozen=True, kw_only=True):
    """`confirmed` by the title's key; `roles` of the imported taxonomies; `stamp` changes with either."""

    confirmed: Mapping[str, Confirmed] = {}
    roles: tuple[TaxonomyRole, ...] = ()
    stamp: str = ""


class Shelf:
    """What this process last read. `fresh` is how long a look at the stamp holds, in seconds."""

    def __init__(self, db: Db, *, fresh: float = _FRESH) -> None:
        self._db, self._fresh = db, fresh
        self._kept: dict[UUID, tuple[float, Shelved]] = {}

    async def of(self, company_id: UUID) -> Shelved:
        """The company's shelf as it stands now, or stood a moment ago."""
        kept = self._kept.get(company_id)
        if kept is not None and kept[0] > time.monotonic():
            return kept[1]
        async with self._db.company(company_id) as tx:
            stamp = await store.stamp(tx, company_id)
            if kept is not None and kept[1].stamp == stamp:
                shelved = kept[1]
            else:
                confirmed = await store.confirmed(tx, company_id)
                shelved = Shelved(
                    confirmed={one.title_key: one for one in confirmed},
                    roles=await store.standard_roles(tx, company_id),
                    stamp=stamp,
                )
        if len(self._kept) >= _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[company_id] = (time.monotonic() + self._fresh, shelved)
        return shelved

    async def skills(self, company_id: UUID, taxonomy: str, code: str) -> tuple[Usual, ...]:
        """What a standard role of an imported taxonomy usually needs, most telling first."""
        async with self._db.company(company_id) as tx:
            return await store.usual_skills(tx, company_id, taxonomy, code)


def taught(own: Sequence[TaxonomyRole], shelved: Shelved) -> tuple[TaxonomyRole, ...]:
    """The company's roles, those of the graph first, with the titles its people confirmed among them. What
    they confirmed of the bundled list comes as `learned`: it says nothing about having roles of one's own."""
    titles: dict[tuple[str, str], list[str]] = {}
    for one in shelved.confirmed.values():
        titles.setdefault((one.taxonomy, one.code), []).append(one.title)
    known = {(role.taxonomy, role.code) for role in own}
    roles = (*own, *(role for role in shelved.roles if (role.taxonomy, role.code) not in known))
    if not titles:
        return roles
    extended = tuple(_with(role, titles.pop((role.taxonomy, role.code), [])) for role in roles)
    standard = {(one.taxonomy, one.code): one.standard_title for one in shelved.confirmed.values()}
    learned = (
        TaxonomyRole(
            code=code, title=standard[taxonomy, code], taxonomy=taxonomy, alternates=tuple(more), learned=True
        )
        for (taxonomy, code), more in titles.items()
    )
    return (*extended, *learned)


def _with(role: TaxonomyRole, titles: list[str]) -> TaxonomyRole:
    if not titles:
        return role
    return msgspec.structs.replace(role, alternates=(*role.alternates, *titles))

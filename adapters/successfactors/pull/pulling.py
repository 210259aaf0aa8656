"""One pull: the index first, then bodies in which everything about a job code stands together.

A body is `{"FOJobCode": [..], "JobProfile": [..]}`, the shape the reader joins; its records are the bytes
that SuccessFactors sent.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import msgspec

from adapters.calls import mend, resumed
from adapters.line import Line
from adapters.pull import Checked, Fetched, PullFault, Wanted
from adapters.successfactors.pull.access import SuccessFactorsAccess
from adapters.successfactors.pull.answers import SYSTEM, NoSuchSet, rows
from adapters.successfactors.pull.collection import Collections
from adapters.successfactors.pull.columns import Plan, plan
from adapters.successfactors.pull.index import PAGE, groups
from adapters.successfactors.pull.links import Group, batches
from adapters.successfactors.pull.metadata import Entity, entities
from adapters.successfactors.pull.query import EVER, among, metadata, question

CONTENT_TYPE = "application/json"
_EMPTY = b'{"d":{"results":[]}}'
_WITHOUT = {"permission", "bad_request", "switched_off"}


class Place(msgspec.Struct, frozen=True):
    """How far a pull is: the key of the last group that was brought, and the number of its page."""

    after: str
    number: int


class Pulling:
    """Pulls over one connection."""

    def __init__(self, settings: SuccessFactorsAccess, line: Line) -> None:
        self._settings = settings
        self._line = line

    async def pages(self, wanted: Wanted, cursor: str | None) -> AsyncIterator[Fetched]:
        """The bodies of `wanted`, in the order of their groups' keys."""
        place = resumed(cursor, Place) if cursor else Place("", 0)
        collections = Collections(self._line, wanted.lacking)
        plans = await self._plans(collections, wanted.lacking)
        found = await groups(collections, tuple(plans), wanted)
        left = batches([group for group in found if group.key > place.after], self._settings.page_size)
        for number, batch in enumerate(left or [[]], place.number + 1):
            body = await _body(collections, plans, batch) if batch else _EMPTY
            last = number == place.number + max(len(left), 1)
            warnings, lacking = collections.taken()
            yield Fetched(
                body=body,
                content_type=CONTENT_TYPE,
                number=number,
                pages=place.number + max(len(left), 1),
                total=sum(len(group.codes) or len(group.records) for group in found),
                cursor=None if last else msgspec.json.encode(Place(batch[-1].key, number)).decode(),
                warnings=warnings,
                lacking=lacking,
            )

    async def check(self) -> Checked:
        """One record, and how many there are. Raises PullFault."""
        entity = self._settings.sets[0]
        where = question(entity, top=1, select=("externalCode",), inlinecount="allpages")
        page, _ = await self._line.ask("GET", where, rows)
        count = page.count if page.count is not None else len(page.records)
        if not count:
            return Checked(
                False,
                f"{SYSTEM} answered, but this user sees no {entity}; the company's {SYSTEM} administrator "
                "has to let the API user read it.",
                "permission",
                0,
            )
        return Checked(True, f"{SYSTEM} answered; this user sees {count:,} records of {entity}.", None, count)

    async def _plans(self, collections: Collections, lacking: Sequence[str]) -> dict[str, Plan]:
        """What to ask of each kind of record that the tenant has. Raises PullFault when it has none."""
        plans: dict[str, Plan] = {}
        none: PullFault | None = None
        for entity in self._settings.sets:
            if entity in lacking:
                continue
            try:
                plans[entity] = await self._plan(collections, entity)
            except NoSuchSet as fault:
                none = fault
                collections.note((entity,))
        if not plans:
            raise none or PullFault(
                f"{SYSTEM} has no kind of record that this connection asks for.",
                reason="switched_off",
                action=mend("switched_off", SYSTEM),
            )
        return plans

    async def _plan(self, collections: Collections, entity: str) -> Plan:
        types: dict[str, Entity] = {}
        headers = {"Accept": "application/xml"}
        try:
            types, _ = await self._line.ask("GET", metadata(entity), entities, headers=headers)
        except NoSuchSet:
            raise
        except PullFault as fault:
            if fault.reason not in _WITHOUT:
                raise
            collections.warnings.append(f"The metadata of {entity} cannot be read: {fault.message}")
        made, names = plan(entity, types)
        collections.note(names)
        return made


async def _body(collections: Collections, plans: dict[str, Plan], batch: list[Group]) -> bytes:
    """Everything about the groups of a batch."""
    wished = {
        "FOJobCode": [code for group in batch for code in group.codes],
        "JobProfile": [one.code for group in batch for one in group.records if one.entity == "JobProfile"],
        "RoleEntity": [one.code for group in batch for one in group.records if one.entity == "RoleEntity"],
    }
    parts = []
    for entity, names in wished.items():
        if entity not in plans:
            continue
        # All slices of a code, so that which of them holds today can be told from the body alone.
        dated = {"fromDate": EVER} if entity == "FOJobCode" else {}
        records = [
            bytes(record)
            for condition in among("externalCode", names)
            for record in await collections.records(
                entity, plans[entity], filter=condition, customPageSize=PAGE, **dated
            )
        ]
        if records:
            parts.append(b'"%s":[%s]' % (entity.encode(), b",".join(records)))
    return b"{%s}" % b",".join(parts) if parts else _EMPTY

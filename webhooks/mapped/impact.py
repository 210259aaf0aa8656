"""What publishing a mapping would change, told before it happens: the last stored payloads, read both ways.

Nothing is written. Each job profile counts once, as it came last. The look is bounded in payloads, job
profiles and time, and says so when it ended early.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import Any, Literal
from uuid import UUID

import msgspec

from adapters.model import Page, Problem, Unreadable
from kit.db import Db
from mappings.model import Mapping, RoleRecord
from mappings.revision import regrouped
from pipeline.records.model import Bad, Incoming
from pipeline.records.moves import ONCE_RUN
from webhooks.intake import Ways
from webhooks.mapped import reading, store
from webhooks.mapped.reading import Payload
from webhooks.mapped.stale_stages import stale_stages
from webhooks.mapped.store import Kept, Price, RoleThere
from webhooks.understand import mapped

EVENTS = 500
MOST_EVENTS = 2_000
_MOST_PROFILES = 5_000
_MOST_SECONDS = 20.0
_MOST_SHOWN = 500  # roles
_PAGE = 8  # payloads, each of 20 MB at most
_LONGEST = 2_000  # characters of a document's text
_NOTHING: tuple[Any, ...] = (None, "", [], {})
_NO_PRICE = "no run of this company has used a model yet: the offline assessor takes no tokens"


class FieldChange(msgspec.Struct, frozen=True):
    """A field of the role that comes out otherwise. `attributes.<name>` are fields of their own."""

    field: str
    before: Any
    after: Any


class DocumentChange(msgspec.Struct, frozen=True):
    """A document that is added, removed or changed; texts are cut at 2,000 characters."""

    kind: str
    what: Literal["added", "removed", "changed"]
    before: str | None
    after: str | None


class RoleImpact(msgspec.Struct, frozen=True, kw_only=True):
    """One role that comes out otherwise. `role_id` and `state` are None while there is no role of the job
    profile; `goes_stale` when it was run before. `stages` have changed inputs, `following` build on them."""

    source_id: str | None
    role_id: UUID | None
    title: str
    state: str | None
    goes_stale: bool
    fields: list[FieldChange]
    documents: list[DocumentChange]
    appeared: list[Problem]
    vanished: list[Problem]
    stages: list[str]
    following: list[str]


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What it comes to: `tokens` and `cost_micros` (None: no price is known) are those of running the roles
    that go stale again, by what such stages took lately (`basis`)."""

    payloads: int
    unreadable: int
    profiles: int
    changed: int
    go_stale: int
    errors_appear: int
    errors_vanish: int
    fields: dict[str, int]
    stages: dict[str, int]
    tokens: int
    cost_micros: int | None
    basis: str


class Impact(msgspec.Struct, frozen=True):
    """The roles that change (500 at most are shown) and the totals of all of them. `complete` is False with
    the reason in `stopped` when a bound was met before the last payload."""

    roles: list[RoleImpact]
    totals: Totals
    complete: bool
    stopped: str | None
    seconds: float


class _Pair(msgspec.Struct, frozen=True):
    """One job profile, read both ways."""

    before: Incoming | Bad
    after: Incoming | Bad


async def impact(
    db: Db, company_id: UUID, source: str, ways: Ways, draft: Mapping, *, events: int = EVENTS
) -> Impact:
    """What `draft` would change against the mapping in `ways`, over the last `events` stored payloads."""
    look = _Look(source, ways, draft)
    await look.through(db, company_id, min(events, MOST_EVENTS))
    ids = [pair.after.source_id for pair in look.different if pair.after.source_id]
    async with db.company(company_id) as tx:
        there = await store.roles_of_profiles(tx, company_id, source, ids)
        prices = await store.price_of_stages(tx, company_id)
    return await asyncio.to_thread(look.told, there, prices)


class _Look:
    """One look through the stored payloads."""

    def __init__(self, source: str, ways: Ways, draft: Mapping) -> None:
        self._source = source
        self._ways = ways
        self._draft = draft
        self._began = time.monotonic()
        self._seen: set[str] = set()
        self._payloads = self._unreadable = self._profiles = 0
        self._stopped: str | None = None
        self.different: list[_Pair] = []

    async def through(self, db: Db, company_id: UUID, events: int) -> None:
        """Read the payloads, newest first, until they end or a bound is met."""
        after = None
        while self._payloads < events:
            limit = min(_PAGE, events - self._payloads)
            async with db.company(company_id) as tx:
                page = await store.recent_events(tx, company_id, self._source, after=after, limit=limit)
            goes_on = await asyncio.to_thread(self._look_at, page)
            if not goes_on or len(page) < limit:
                return
            after = page[-1].received_at, page[-1].id

    def _look_at(self, payloads: list[Kept]) -> bool:
        """False when a bound is met."""
        return all(self._goes_on(Payload(kept.body, kept.content_type)) for kept in payloads)

    def _goes_on(self, payload: Payload) -> bool:
        self._payloads += 1
        try:
            page = reading.read_now(self._source, payload, self._ways)
        except Unreadable:
            self._unreadable += 1
            return True
        self.different += self._compared(page)
        if self._profiles >= _MOST_PROFILES:
            self._stopped = f"The look ended at {self._profiles} job profiles."
        elif time.monotonic() - self._began > _MOST_SECONDS:
            self._stopped = f"The look ended after {_MOST_SECONDS:.0f} seconds."
        return self._stopped is None

    def _compared(self, page: Page) -> list[_Pair]:
        fresh = [item for item in reversed(page.items) if self._first(item.source_id or _id_of(item.profile))]
        self._profiles += len(fresh)
        page = msgspec.structs.replace(page, items=fresh)
        before = mapped(self._source, page, self._ways.mapping, self._ways.preferences).items
        after = mapped(self._source, page, self._draft, self._ways.preferences).items
        return [_Pair(was, now) for was, now in zip(before, after, strict=True) if _differ(was, now)]

    def _first(self, source_id: str | None) -> bool:
        """Whether this job profile did not come in a later payload."""
        if source_id is None:
            return True
        new = source_id not in self._seen
        self._seen.add(source_id)
        return new

    def told(self, there: dict[str, RoleThere], prices: dict[str, Price]) -> Impact:
        """What was found, in words and sums."""
        roles = [_role(pair, there.get(pair.after.source_id or "")) for pair in self.different]
        stale = [role for role in roles if role.goes_stale]
        again = Counter(stage for role in stale for stage in (*role.stages, *role.following))
        totals = Totals(
            payloads=self._payloads,
            unreadable=self._unreadable,
            profiles=self._profiles,
            changed=len(roles),
            go_stale=len(stale),
            errors_appear=sum(len(role.appeared) for role in roles),
            errors_vanish=sum(len(role.vanished) for role in roles),
            fields=dict(Counter(name for role in roles for name in _names(role)).most_common()),
            stages=dict(again),
            tokens=round(sum(prices[key].tokens * n for key, n in again.items() if key in prices)),
            cost_micros=_cost(again, prices),
            basis="the mean of each stage in this company's runs of 90 days" if prices else _NO_PRICE,
        )
        seconds = round(time.monotonic() - self._began, 3)
        return Impact(roles[:_MOST_SHOWN], totals, self._stopped is None, self._stopped, seconds)


def _id_of(profile: Any) -> str | None:
    return profile.source_id if profile else None


def _differ(before: Incoming | Bad, after: Incoming | Bad) -> bool:
    if isinstance(before, Incoming) and isinstance(after, Incoming):
        moved = before.revision_hash != after.revision_hash or regrouped(before.role, after.role)
        return moved or before.warnings != after.warnings
    return type(before) is not type(after)


def _role(pair: _Pair, there: RoleThere | None) -> RoleImpact:
    was = pair.before if isinstance(pair.before, Incoming) else None
    now = pair.after if isinstance(pair.after, Incoming) else None
    direct, following = stale_stages(was, now) if was and now else ([], [])
    known = now or was
    moved = bool(was and now and was.revision_hash != now.revision_hash)
    return RoleImpact(
        source_id=pair.after.source_id,
        role_id=there.id if there else None,
        title=(known.role.title if known else None) or "",
        state=there.state if there else None,
        goes_stale=moved and there is not None and (there.visible or there.state in ONCE_RUN),
        fields=_fields(was, now),
        documents=_documents(was, now),
        appeared=[one for one in _problems(pair.after) if one not in _problems(pair.before)],
        vanished=[one for one in _problems(pair.before) if one not in _problems(pair.after)],
        stages=direct,
        following=following,
    )


def _problems(item: Incoming | Bad) -> tuple[Problem, ...]:
    return (item.problem,) if isinstance(item, Bad) else item.warnings


def _fields(was: Incoming | None, now: Incoming | None) -> list[FieldChange]:
    before, after = _flat(was.role if was else RoleRecord()), _flat(now.role if now else RoleRecord())
    return [
        FieldChange(name, before.get(name), after.get(name))
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name)
    ]


def _flat(role: RoleRecord) -> dict[str, Any]:
    said = {name: getattr(role, name) for name in RoleRecord.__struct_fields__ if name != "attributes"}
    said |= {f"attributes.{name}": value for name, value in role.attributes.items()}
    return {name: value for name, value in said.items() if value not in _NOTHING}


def _documents(was: Incoming | None, now: Incoming | None) -> list[DocumentChange]:
    before = {one.kind: one.text for one in was.documents} if was else {}
    after = {one.kind: one.text for one in now.documents} if now else {}
    changes = []
    for kind in dict.fromkeys([*before, *after]):
        old, new = before.get(kind), after.get(kind)
        if old != new:
            what: Literal["added", "removed", "changed"] = (
                "added" if old is None else "removed" if new is None else "changed"
            )
            changes.append(DocumentChange(kind, what, old and old[:_LONGEST], new and new[:_LONGEST]))
    return changes


def _names(role: RoleImpact) -> list[str]:
    return [one.field for one in role.fields] + [f"documents.{one.kind}" for one in role.documents]


def _cost(again: Counter[str], prices: dict[str, Price]) -> int | None:
    priced = [(prices[key].cost_micros, n) for key, n in again.items() if key in prices]
    if not priced or any(cost is None for cost, _ in priced):
        return None
    return round(sum((cost or 0) * n for cost, n in priced))

"""Taxonomies: the standard roles a company maps to, and what mapping anew would change."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency

from connector.api.http import Call, Reply
from connector.api.operation import Answer, operation
from connector.api.units import ROLE
from kit import ids
from pipeline.assessor.configured import uses_model
from pipeline.assessor.offline.taxonomy import starter, starter_roles
from pipeline.runs.pricing import Price
from pipeline.taxonomies import remapping, store
from pipeline.taxonomies.importing import EVERYBODY
from pipeline.taxonomies.remapping import Change, Code, Effect
from pipeline.taxonomies.shelf import Shelved
from pipeline.taxonomies.store import TaxonomyRow


class TaxonomyOut(msgspec.Struct, frozen=True, kw_only=True):
    """A list of standard roles. `scope` says whose: `company`, `everybody` (imported by the operator) or
    `bundled`; `status` is `current` or `replaced`. Show `notice` wherever its titles are shown."""

    name: str
    version: str
    kind: str
    scope: str
    status: str
    roles: int
    titles: int
    skipped_rows: int
    notice: str
    imported_by: str | None
    imported_at: datetime | None


class TaxonomyList(msgspec.Struct, frozen=True, kw_only=True):
    """Every taxonomy the company may be mapped to, newest first, the bundled one last."""

    results: list[TaxonomyOut]
    confirmed_mappings: int
    next_cursor: str | None
    has_more: bool


class ChangeOut(msgspec.Struct, frozen=True, kw_only=True):
    """A role whose link would be another."""

    role_id: str
    role_title: str
    effect: Effect
    now: Code | None
    then: Code | None


class RemappingOut(msgspec.Struct, frozen=True, kw_only=True):
    """What would change, and what it costs. Push `role_ids` with the stage `map_draup_role` to do it."""

    roles: int
    changes: list[ChangeOut]
    more: bool
    role_ids: list[str]
    price: Price


EXAMPLE: dict[str, Any] = {
    "name": "onet",
    "version": "27.0",
    "kind": "onet",
    "scope": "everybody",
    "status": "current",
    "roles": 1016,
    "titles": 54_000,
    "skipped_rows": 0,
    "notice": "This product includes information from the O*NET Database ...",
    "imported_by": "operator",
    "imported_at": "2026-11-22T09:30:00Z",
}
_PLAN: dict[str, Any] = {
    "roles": 120,
    "changes": [
        {
            "role_id": ROLE,
            "role_title": "Registered Nurse",
            "effect": "new",
            "now": None,
            "then": {"taxonomy": "onet", "code": "29-1141.00", "title": "Registered Nurses"},
        }
    ],
    "more": False,
    "role_ids": [ROLE],
    "price": {
        "roles": 1,
        "stages": ["map_draup_role", "ai_assessment"],
        "asks_model": True,
        "calls": 2,
        "tokens": 2_100,
        "cost_micros": 840,
        "unpriced": False,
        "runs_seen": 120,
    },
}


class Taxonomies(Controller):
    """Those of the company, and those that the operator imported for everybody."""

    path = "/v1/taxonomies"
    tags = ["Taxonomies"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "listTaxonomies",
            "Standard roles that roles are mapped to",
            scope="assessments:read",
            answers={
                200: Answer(
                    kind=TaxonomyList,
                    example={
                        "results": [EXAMPLE],
                        "confirmed_mappings": 14,
                        "next_cursor": None,
                        "has_more": False,
                    },
                )
            },
            notes="DraupRoles that are in the graph come before all of these.",
        ),
    )
    async def list(self, call: NamedDependency[Call]) -> Reply:
        """In use and replaced."""
        async with call.tx() as tx:
            rows = await store.listing(tx, call.caller.company_id)
            confirmed = await store.confirmed(tx, call.caller.company_id)
        shown = [*(taxonomy(row) for row in rows), _bundled()]
        return Reply(
            TaxonomyList(results=shown, confirmed_mappings=len(confirmed), next_cursor=None, has_more=False)
        )

    @get(
        "/plan",
        **operation(
            "planRemapping",
            "What mapping the roles anew would change, and its price",
            scope="assessments:read",
            answers={200: Answer(kind=RemappingOut, example=_PLAN)},
            notes="Nothing is changed. Roles that a person decided, and those linked to a DraupRole of the "
            "graph, stay as they are.",
        ),
    )
    async def plan(self, call: NamedDependency[Call]) -> Reply:
        """For the roles that were mapped before."""
        company_id = call.caller.company_id
        async with call.tx() as tx:
            confirmed = await store.confirmed(tx, company_id)
            roles = await store.standard_roles(tx, company_id)
            mapped = await store.mapped_roles(tx, company_id)
        shelved = Shelved(confirmed={one.title_key: one for one in confirmed}, roles=roles)
        changes = await asyncio.to_thread(remapping.changes, mapped, shelved)
        async with call.tx() as tx:
            model = uses_model(call.services.settings)
            plan = await remapping.priced(tx, company_id, len(mapped), changes, asks_model=model)
        shown = [_change(one) for one in plan.changes]
        answer = RemappingOut(
            roles=plan.roles,
            changes=shown,
            more=plan.more,
            role_ids=[one.role_id for one in shown],
            price=plan.price,
        )
        return Reply(answer)


def taxonomy(row: TaxonomyRow) -> TaxonomyOut:
    """A taxonomy as it is shown."""
    return TaxonomyOut(
        name=row.name,
        version=row.version,
        kind=row.kind,
        scope="everybody" if row.company_id == EVERYBODY else "company",
        status=row.status,
        roles=row.roles,
        titles=row.titles,
        skipped_rows=row.skipped,
        notice=row.notice,
        imported_by=row.imported_by,
        imported_at=row.created_at,
    )


def _bundled() -> TaxonomyOut:
    roles = starter_roles()
    return TaxonomyOut(
        name=starter().taxonomy,
        version=starter().version,
        kind="bundled",
        scope="bundled",
        status="current",
        roles=len(roles),
        titles=sum(1 + len(role.alternates) for role in roles),
        skipped_rows=0,
        notice="",
        imported_by=None,
        imported_at=None,
    )


def _change(change: Change) -> ChangeOut:
    return ChangeOut(
        role_id=ids.show("role", change.role_id),
        role_title=change.title,
        effect=change.effect,
        now=change.now,
        then=change.then,
    )

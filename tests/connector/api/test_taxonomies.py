"""Taxonomies over HTTP: what there is, and what mapping anew would change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from connector.services import Services
from pipeline.assessor.offline.taxonomy import starter_roles
from pipeline.stages.base import Outcome
from tests.parts.front import Tenant
from tests.pipeline.runs.world import ended, pushed
from tests.pipeline.taxonomies.test_importing import load


def linked_to(linked: dict[str, str] | None, decided: bool = False) -> Any:
    outputs: dict[str, Any] = {"linked": linked, "decided": {"outcome": "approved"} if decided else None}
    return lambda _given, _work: Outcome(outputs=outputs)


async def test_bundled_and_imported_taxonomies_are_listed(
    services: Services, tenant: Tenant, tmp_path: Path
) -> None:
    await load(services.db, tmp_path, "D-1,One,Uno|Eins\n")
    await load(services.db, tmp_path, "D-2,Two,\n", tenant.company.id, "own")
    found = (await tenant.http.get("/v1/taxonomies")).json()["results"]
    assert [(one["name"], one["scope"], one["titles"]) for one in found[:2]] == [
        ("own", "company", 1),
        ("Draup", "everybody", 3),
    ]
    assert (found[2]["scope"], found[2]["roles"]) == ("bundled", len(starter_roles()))


async def test_the_plan_names_roles_whose_link_would_change_and_costs_nothing_without_a_model(
    services: Services, tenant: Tenant, tmp_path: Path
) -> None:
    starter = {"taxonomy": "starter", "code": "x", "title": "X"}
    cases = [
        linked_to(None),
        linked_to(starter),
        linked_to({**starter, "taxonomy": "graph"}),
        linked_to(None, True),
    ]
    for n, outcome in enumerate(cases):
        await ended(services.db, await pushed(services.db, tenant.company.id, n), map_draup_role=outcome)
    await load(services.db, tmp_path, "D-0,Analyst 0,\nD-1,Analyst 1,\nD-2,Analyst 2,\nD-3,Analyst 3,\n")
    plan = (await tenant.http.get("/v1/taxonomies/plan")).json()
    assert [(one["role_title"], one["effect"], one["then"]["code"]) for one in plan["changes"]] == [
        ("Analyst 0", "new", "D-0"),
        ("Analyst 1", "changed", "D-1"),
    ]
    assert plan["role_ids"] == [one["role_id"] for one in plan["changes"]]
    assert (plan["price"]["asks_model"], plan["price"]["cost_micros"]) == (False, 0)

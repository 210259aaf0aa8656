"""Taxonomies over HTTP: what there is, and what mapping anew would change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from connector.services import Services
from pipeline.assessor.offline.taxonomy import starter_roles
from pipeline.stages.base import Outcome
from tests.parts.front import Tenant
from tests.pipeline.runs.world import ended, execute, pushed
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


async def test_a_company_brings_in_a_taxonomy_of_its_own_and_no_other_sees_it(
    make_tenant: Callable[..., Awaitable[Tenant]],
) -> None:
    mine, theirs = await make_tenant("Mine"), await make_tenant("Theirs")
    path = "/v1/taxonomies/import?kind=draup-csv&name=Ours&version=7"
    sheet = b"code,title,alternates\nD-1,Night Nurse,Nurse at night|RN\n,none,\n"
    made = (await mine.http.post(path, content=sheet, headers={"content-type": "text/csv"})).json()
    assert (made["name"], made["version"], made["scope"], made["status"]) == (
        "Ours",
        "7",
        "company",
        "current",
    )
    assert (made["roles"], made["titles"], made["skipped_rows"]) == (1, 3, 1)
    assert made["imported_by"].startswith("client_")
    again = (await mine.http.post(path, content=sheet, headers={"content-type": "text/csv"})).json()
    assert again["imported_at"] == made["imported_at"]
    names = [one["name"] for one in (await theirs.http.get("/v1/taxonomies")).json()["results"]]
    assert names == ["starter"]


@pytest.mark.parametrize(
    ("kind", "content", "says"),
    [
        ("draup-csv", b"a,b\n1,2\n", "has to name a column"),
        ("draup-csv", b"code,title\n", "holds no role"),
        ("draup-csv", b"\xff\xfe\x00", "cannot be read as a table"),
        ("onet", b"PK\x05\x06" + bytes(18), "no `Occupation Data.txt`"),
        ("onet", b"PK\x03\x04 not a zip", "lacks the columns"),
        ("esco", b"", "lacks the columns"),
    ],
)
async def test_a_file_that_is_no_taxonomy_changes_nothing(
    services: Services, tenant: Tenant, kind: str, content: bytes, says: str
) -> None:
    answer = await tenant.http.post(
        f"/v1/taxonomies/import?kind={kind}", content=content, headers={"content-type": "text/csv"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "not_a_taxonomy")
    assert says in answer.json()["detail"]
    assert await execute(services.db, "SELECT id FROM taxonomy") == []


async def test_a_taxonomy_is_brought_in_by_those_who_may(
    make_tenant: Callable[..., Awaitable[Tenant]],
) -> None:
    reader = await make_tenant("Reader", ["assessments:read"])
    path = "/v1/taxonomies/import?kind=esco"
    answer = await reader.http.post(path, content=b"x", headers={"content-type": "text/csv"})
    assert answer.status_code == 403
    tenant = await make_tenant()
    wrong = await tenant.http.post(path + "o", content=b"x", headers={"content-type": "text/csv"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "kind")

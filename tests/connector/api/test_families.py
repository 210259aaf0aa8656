"""Families as a tree, and roles narrowed down by it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from connector.services import Services
from mappings.model import RoleRecord
from tests import make
from tests.parts.front import Tenant

Tenants = Callable[..., Awaitable[Tenant]]


def role(title: str, family: str | None, group: str | None) -> RoleRecord:
    attributes: dict[str, Any] = {"family_group": group} if group else {}
    return RoleRecord(title=title, code=title, family=family, status="active", attributes=attributes)


@pytest.fixture
async def filled(services: Services, tenant: Tenant) -> Tenant:
    """Four roles in two groups and one outside."""
    roles = [
        role("Nurse", "Nursing", "Healthcare"),
        role("Matron", "Nursing", "Healthcare"),
        role("Pharmacist", "Pharmacy", "Healthcare"),
        role("Tutor", "Nursing", "Teaching"),
        role("Cook", "Kitchen", None),
    ]
    items = [make.incoming(n, role=one) for n, one in enumerate(roles)]
    await make.take(services.db, tenant.company.id, *items)
    return tenant


async def test_families_stand_in_their_groups_with_how_many_roles_there_are(filled: Tenant) -> None:
    found = (await filled.http.get("/v1/roles/families")).json()["results"]
    assert [(one["group"], one["roles"]) for one in found] == [("Healthcare", 3), ("Teaching", 1), (None, 1)]
    assert found[0]["families"] == [{"family": "Nursing", "roles": 2}, {"family": "Pharmacy", "roles": 1}]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("family_group=healthcare", {"Nurse", "Matron", "Pharmacist"}),
        ("family_group=Healthcare&family=Nursing", {"Nurse", "Matron"}),
        ("family=Nursing", {"Nurse", "Matron", "Tutor"}),
        ("family_group=Nowhere", set()),
    ],
)
@pytest.mark.parametrize("order", ["oldest", "newest"])
async def test_roles_are_narrowed_by_group_and_family(
    filled: Tenant, query: str, titles: set[str], order: str
) -> None:
    found = (await filled.http.get(f"/v1/roles?{query}&order={order}")).json()["results"]
    assert {one["title"] for one in found} == titles


async def test_a_push_and_a_selection_mean_the_group_too(filled: Tenant) -> None:
    plan = (await filled.http.post("/v1/plans", json={"filter": {"family_group": "Teaching"}})).json()
    named = [*plan["roles"], *plan["left_out"]]
    assert [one["title"] for one in named] == ["Tutor"]
    wanted = {"name": "Wards", "filter": {"family_group": "Healthcare"}}
    kept = (await filled.http.post("/v1/selections", json=wanted)).json()
    assert kept["filter"] == {"family_group": "Healthcare"}


async def test_another_companys_families_are_not_there_and_a_scope_is_needed(
    filled: Tenant, make_tenant: Tenants
) -> None:
    other = await make_tenant("Other")
    assert (await other.http.get("/v1/roles/families")).json()["results"] == []
    mute = await make_tenant("Mute", ["runs:read"])
    assert (await mute.http.get("/v1/roles/families")).status_code == 403

"""Companies by API: made by those who may, seen by those who look after them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from connector.services import Services
from control.access import FOR_CLIENTS
from tests.parts.front import Tenant
from tests.pipeline.runs.world import execute


async def test_a_company_is_made_with_its_first_admin_who_gets_a_link(
    services: Services, tenant: Tenant
) -> None:
    given = {"name": "  North   Star ", "admin_email": "grace@example.com"}
    answer = await tenant.http.post("/v1/companies", json=given)
    made = answer.json()
    assert (answer.status_code, made["name"]) == (201, "North Star")
    assert made["invitation"].startswith("https://connector.example.com/admin/invitation/")
    rows = await execute(
        services.db,
        "SELECT c.name, m.role, p.email, a.action, a.actor_kind FROM company c "
        "JOIN membership m ON m.company_id = c.id JOIN person p ON p.id = m.person_id "
        "JOIN audit a ON a.company_id = c.id",
    )
    assert rows == [
        {
            "name": "North Star",
            "role": "admin",
            "email": "grace@example.com",
            "action": "company.created",
            "actor_kind": "client",
        }
    ]
    again = await tenant.http.post("/v1/companies", json={**given, "name": "Other"})
    assert again.json()["invitation"] is None, "an account that another company knows is not handed out"


async def test_a_company_needs_a_name_and_an_admin(tenant: Tenant) -> None:
    for given, field in (
        ({"name": " ", "admin_email": "a@example.com"}, "name"),
        ({"name": "X"}, "admin_email"),
    ):
        answer = await tenant.http.post("/v1/companies", json=given)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == field
    wrong = await tenant.http.post("/v1/companies", json={"name": "X", "admin_email": "nobody"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "email")


async def test_a_client_makes_a_company_only_with_a_scope_that_was_named(
    services: Services, make_tenant: Callable[..., Awaitable[Tenant]]
) -> None:
    plain = await make_tenant("Plain", FOR_CLIENTS)
    answer = await plain.http.post("/v1/companies", json={"name": "X", "admin_email": "a@example.com"})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert await execute(services.db, "SELECT name FROM company") == [{"name": "Plain"}]


async def test_a_client_sees_its_own_company_and_no_other(
    make_tenant: Callable[..., Awaitable[Tenant]],
) -> None:
    mine, _ = await make_tenant("Mine"), await make_tenant("Theirs")
    found = (await mine.http.get("/v1/companies")).json()["results"]
    assert [(one["name"], one["role"]) for one in found] == [("Mine", None)]

"""Links to the dashboard by API: who may make them, and how many."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.parts.front import Tenant

Tenants = Callable[..., Awaitable[Tenant]]


async def test_a_link_is_made_listed_and_taken_back(tenant: Tenant) -> None:
    made = (await tenant.http.post("/v1/dashboard-links", json={"name": "Board", "days": 7})).json()
    assert made["url"].startswith("https://connector.example.com/admin/shared/")
    listed = (await tenant.http.get("/v1/dashboard-links")).json()["results"]
    assert [(one["name"], one["status"], "url" in one) for one in listed] == [("Board", "active", False)]
    assert (await tenant.http.delete(f"/v1/dashboard-links/{made['id']}")).status_code == 204
    listed = (await tenant.http.get("/v1/dashboard-links")).json()["results"]
    assert [one["status"] for one in listed] == ["ended"]


async def test_who_may_not_read_assessments_shows_them_to_nobody(make_tenant: Tenants) -> None:
    settler = await make_tenant("Settler", ["settings:read", "settings:write"])
    answer = await settler.http.post("/v1/dashboard-links", json={"name": "Mine"})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    reader = await make_tenant("Reader", ["assessments:read", "settings:read"])
    assert (await reader.http.post("/v1/dashboard-links", json={"name": "Mine"})).status_code == 403


async def test_another_companys_link_is_not_there(make_tenant: Tenants) -> None:
    mine, theirs = await make_tenant("Mine"), await make_tenant("Theirs")
    made = (await theirs.http.post("/v1/dashboard-links", json={"name": "Board"})).json()
    assert (await mine.http.get("/v1/dashboard-links")).json()["results"] == []
    assert (await mine.http.delete(f"/v1/dashboard-links/{made['id']}")).status_code == 404


async def test_there_are_so_many_links_and_no_more(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("control.dashboard_links.MOST", 1)
    assert (await tenant.http.post("/v1/dashboard-links", json={"name": "One"})).status_code == 201
    answer = await tenant.http.post("/v1/dashboard-links", json={"name": "Two"})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_links")

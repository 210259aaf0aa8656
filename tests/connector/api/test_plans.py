"""Plans that wait: made by publishing a mapping, priced when looked at, pushed once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from connector.services import Services
from kit import ids
from kit.sql import Query
from pipeline.runs import kept_plans
from tests import make
from tests.parts.front import Tenant


async def stale(services: Services, company_id: Any, count: int = 2) -> list[Any]:
    """Roles that ran and became stale; their ids."""
    taken = await make.take(services.db, company_id, *[make.incoming(n) for n in range(count)])
    steps = ("queued", "processing", "assessment_failed", "stale")
    async with services.db.engine() as tx:
        await tx.run(Query("over", "", "UPDATE run SET status = 'failed', finished_at = now()"))
        for state in steps:
            await tx.run(
                Query("step", "", "UPDATE role SET state = %(state)s WHERE state <> %(state)s"),
                {"state": state},
            )
    return [one.role_id for one in taken.verdicts]


async def planned(services: Services, company_id: Any, roles: list[Any] | None) -> str:
    """A plan of these roles, or one that waits for its roles still; its shown id."""
    async with services.db.company(company_id) as tx:
        await kept_plans.overtake(tx, company_id, "workday")
        id_ = await kept_plans.begin(tx, company_id, "workday", "workday@1", "Mia")
        if roles is not None:
            await kept_plans.fill(tx, company_id, "workday", id_, roles)
    return ids.show("plan", id_)


@pytest.fixture
async def drafts(tenant: Tenant) -> Tenant:
    """A tenant whose roles are not pushed by themselves."""
    await tenant.http.put("/v1/settings/push/workday", json={"mode": "off"})
    return tenant


async def test_a_plan_says_who_would_run_and_what_it_takes(drafts: Tenant, services: Services) -> None:
    roles = await stale(services, drafts.company.id)
    shown = (await drafts.http.get(f"/v1/plans/{await planned(services, drafts.company.id, roles)}")).json()
    assert (shown["state"], shown["mapping_version"], shown["made_by"]) == ("ready", "workday@1", "Mia")
    assert [one["role_id"] for one in shown["roles"]] == [ids.show("role", one) for one in roles]
    assert (shown["tokens"], shown["cost_micros"], shown["left_out"]) == (0, 0, [])
    assert [one["id"] for one in (await drafts.http.get("/v1/plans")).json()["results"]] == [shown["id"]]


async def test_a_plan_is_pushed_once_as_a_batch_whose_runs_say_why(
    drafts: Tenant, services: Services
) -> None:
    plan = await planned(services, drafts.company.id, await stale(services, drafts.company.id))
    pushed = await drafts.http.post(f"/v1/plans/{plan}/push", json={"priority": "P2"})
    assert pushed.status_code == 202
    (batch,) = pushed.json()["batch_ids"]
    runs = (await drafts.http.get(f"/v1/runs?batch_id={batch}")).json()["results"]
    assert [(one["inputs"]["reason"], one["inputs"]["priority"]) for one in runs] == [("mapping", "P2")] * 2
    again = await drafts.http.post(f"/v1/plans/{plan}/push")
    assert (again.status_code, again.json()["code"]) == (409, "plan_pushed")
    assert (await drafts.http.get("/v1/plans")).json()["results"] == []
    assert (await drafts.http.get(f"/v1/plans/{plan}")).json()["state"] == "pushed"


async def test_a_large_plan_becomes_several_batches(
    drafts: Tenant, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_plans, "_OF_A_BATCH", 1)
    plan = await planned(services, drafts.company.id, await stale(services, drafts.company.id))
    batches = (await drafts.http.post(f"/v1/plans/{plan}/push")).json()["batch_ids"]
    sizes = [(await drafts.http.get(f"/v1/batches/{one}")).json()["outputs"]["runs"] for one in batches]
    assert sizes == [1, 1]


async def test_a_plan_that_holds_as_many_roles_as_it_can_says_so(
    drafts: Tenant, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await planned(services, drafts.company.id, await stale(services, drafts.company.id))
    assert (await drafts.http.get(f"/v1/plans/{plan}")).json()["complete"] is True
    monkeypatch.setattr(kept_plans, "MOST_ROLES", 2)
    assert (await drafts.http.get(f"/v1/plans/{plan}")).json()["complete"] is False


async def test_a_role_that_ran_meanwhile_is_left_out(drafts: Tenant, services: Services) -> None:
    roles = await stale(services, drafts.company.id)
    plan = await planned(services, drafts.company.id, roles)
    await drafts.http.post(f"/v1/roles/{ids.show('role', roles[0])}/push")
    shown = (await drafts.http.get(f"/v1/plans/{plan}")).json()
    assert [one["role_id"] for one in shown["roles"]] == [ids.show("role", roles[1])]
    assert [one["code"] for one in shown["left_out"]] == ["not_stale"]
    await drafts.http.post(f"/v1/roles/{ids.show('role', roles[1])}/push")
    nothing = await drafts.http.post(f"/v1/plans/{plan}/push")
    assert (nothing.status_code, nothing.json()["code"]) == (422, "nothing_to_push")


async def test_a_plan_that_is_not_ready_says_what_to_do(drafts: Tenant, services: Services) -> None:
    plan = await planned(services, drafts.company.id, None)
    early = await drafts.http.post(f"/v1/plans/{plan}/push")
    assert (early.json()["code"], early.headers["retry-after"]) == ("plan_preparing", "2")
    await planned(services, drafts.company.id, [])
    late = await drafts.http.post(f"/v1/plans/{plan}/push")
    assert (late.status_code, late.json()["code"]) == (409, "plan_overtaken")


async def test_a_plan_of_another_company_is_not_there_and_reading_is_not_pushing(
    drafts: Tenant, services: Services, make_tenant: Callable[..., Awaitable[Tenant]]
) -> None:
    plan = await planned(services, drafts.company.id, [])
    other = await make_tenant("Other")
    for answer in (
        await other.http.get(f"/v1/plans/{plan}"),
        await other.http.post(f"/v1/plans/{plan}/push"),
    ):
        assert answer.status_code == 404
    assert (await other.http.get("/v1/plans")).json()["results"] == []
    reader = await make_tenant("Reader", scopes=["roles:read"])
    assert (await reader.http.post(f"/v1/plans/{plan}/push")).json()["code"] == "scope_missing"
    assert (await drafts.http.get("/v1/plans/role_01990a6b4c7d7e2fb1a0c3d4e5f60719")).status_code == 404

"""The model is asked about roles to compare both assessors: price first, once each, within the budget."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from connector.services import Services
from kit import ids
from kit.settings import Settings
from pipeline.assessments.comparer import Comparer
from pipeline.assessor.asking.memory import Kept
from pipeline.assessor.choose import assessor_from
from pipeline.assessor.policy import ModelPolicy
from pipeline.engine.budgets import Budgets
from pipeline.runs import spending
from tests import make
from tests.fakes.judging_model import JudgingReceiver, judging_model
from tests.fakes.model_server import ModelServer, failure
from tests.parts.front import Tenant, settings_for
from tests.pipeline.runs.world import execute

PRICES = '{"currency": "USD", "models": {"test-model": {"input": 1000000, "output": 2000000}}}'
Endpoint = tuple[ModelServer, JudgingReceiver]


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    async with judging_model() as both:
        yield both


@pytest.fixture
def settings(db_url: str, endpoint: Endpoint, tmp_path: Path) -> Settings:
    (tmp_path / "prices.json").write_text(PRICES)
    return settings_for(
        db_url,
        model_base_url=endpoint[0].base_url,
        model_name="test-model",
        model_prices_path=str(tmp_path / "prices.json"),
    )


@asynccontextmanager
async def comparing(services: Services) -> AsyncIterator[Comparer]:
    """The comparer of a worker, at work."""
    db, stop = services.db, asyncio.Event()
    assessor = assessor_from(services.settings, Kept(db))
    comparer = Comparer(db, assessor, Budgets(db, fresh=0), look=0.05, pause=0.01)
    task = asyncio.create_task(comparer.run(stop))
    yield comparer
    stop.set()
    await task
    await assessor.aclose()


async def drafts(services: Services, tenant: Tenant, n: int = 2) -> list[str]:
    """Roles that nobody pushed."""
    items = [make.incoming(i) for i in range(n)]
    await make.take(services.db, tenant.company.id, *items, drafts_only=True)
    rows = await execute(services.db, "SELECT id FROM role ORDER BY title")
    return [ids.show("role", row["id"]) for row in rows]


async def until(services: Services, query: str) -> None:
    """Returns once the query finds something."""
    async with asyncio.timeout(20):
        found: list[Any] = []
        while not found:
            found = await execute(services.db, query)
            await asyncio.sleep(0.02)


async def settled(tenant: Tenant) -> dict[str, Any]:
    """The comparison once nothing waits any more."""
    async with asyncio.timeout(20):
        while True:
            seen: dict[str, Any] = (await tenant.http.get("/v1/comparison")).json()
            if all(one["status"] != "waiting" for one in seen["outstanding"]):
                return seen
            await asyncio.sleep(0.02)


async def test_the_price_is_said_first_and_nothing_is_asked_for_it(
    services: Services, tenant: Tenant, endpoint: Endpoint
) -> None:
    await drafts(services, tenant)
    said = await tenant.http.post("/v1/comparison", json={"dry_run": True})
    assert said.status_code == 200
    plan = said.json()
    assert (plan["roles"], plan["asked"], plan["recorded"], plan["calls"]) == (2, 2, 0, 4)
    assert plan["tokens"] <= plan["cost_micros"] <= 2 * plan["tokens"]
    assert await execute(services.db, "SELECT 1 FROM compared_role") == []
    assert endpoint[1].got == []


async def test_roles_are_judged_by_both_and_the_ledger_stays_below_the_price(
    services: Services, tenant: Tenant, endpoint: Endpoint
) -> None:
    named = await drafts(services, tenant, 3)
    asked = await tenant.http.post("/v1/comparison", json={"ids": named[:2]})
    assert asked.status_code == 202
    waiting = (await tenant.http.get("/v1/comparison")).json()
    assert {one["role_id"] for one in waiting["outstanding"]} == set(named[:2])
    async with comparing(services):
        seen = await settled(tenant)
    assert (seen["agreement"]["roles"], seen["outstanding"]) == (2, [])
    assert {one["role_id"] for one in seen["results"]} == set(named[:2])
    assert all(one["model_tasks"] == 3 for one in seen["results"])
    (paid,) = await execute(services.db, "SELECT sum(cost_micros) AS micros FROM usage")
    assert 0 < paid["micros"] <= asked.json()["cost_micros"]
    again = (await tenant.http.post("/v1/comparison", json={"ids": named[:2]})).json()
    assert (again["recorded"], again["asked"], again["cost_micros"]) == (2, 0, 0)
    states = await execute(services.db, "SELECT DISTINCT state, visible FROM role")
    assert states == [{"state": "draft", "visible": False}]


async def test_what_was_asked_to_compare_is_not_paid_again_by_a_run(
    services: Services, tenant: Tenant, endpoint: Endpoint
) -> None:
    (role,) = await drafts(services, tenant, 1)
    await tenant.http.post("/v1/comparison", json={"ids": [role]})
    async with comparing(services):
        await settled(tenant)
        calls = len(endpoint[1].got)
        await execute(services.db, "UPDATE compared_role SET status = 'failed', assessment = NULL")
        await tenant.http.post("/v1/comparison", json={"ids": [role]})
        await settled(tenant)
    assert len(endpoint[1].got) == calls > 0


async def test_a_company_over_its_budget_waits_and_goes_on_with_a_higher_one(
    services: Services, tenant: Tenant, endpoint: Endpoint
) -> None:
    async with services.db.company(tenant.company.id) as tx:
        await spending.choose(tx, tenant.company.id, ModelPolicy(hard_budget_micros=0))
    await drafts(services, tenant, 1)
    await tenant.http.post("/v1/comparison", json={})
    async with comparing(services) as comparer:
        await until(services, "SELECT 1 FROM compared_role WHERE due_at > now() AND attempts = 0")
        assert endpoint[1].got == []
        async with services.db.company(tenant.company.id) as tx:
            await spending.choose(tx, tenant.company.id, ModelPolicy(hard_budget_micros=10**9))
        await execute(services.db, "UPDATE compared_role SET due_at = now()")
        comparer.nudge()
        assert (await settled(tenant))["agreement"]["roles"] == 1


@pytest.mark.parametrize(
    ("bad", "code", "tries"),
    [(failure(401), "model_not_allowed", 1), (failure(500), "model_unavailable", 4)],
)
async def test_what_the_model_cannot_judge_says_why_and_can_be_asked_again(
    services: Services, tenant: Tenant, endpoint: Endpoint, bad: Any, code: str, tries: int
) -> None:
    endpoint[1].first = [bad] * tries
    (role,) = await drafts(services, tenant, 1)
    await tenant.http.post("/v1/comparison", json={"ids": [role]})
    async with comparing(services):
        seen = await settled(tenant)
        (left,) = seen["outstanding"]
        assert (left["status"], left["error"]["code"]) == ("failed", code)
        assert len(endpoint[1].got) == tries
        await tenant.http.post("/v1/comparison", json={"ids": [role]})
        assert (await settled(tenant))["outstanding"] == []


async def test_a_role_whose_taker_died_is_taken_by_another_when_the_lease_ends(
    services: Services, tenant: Tenant, endpoint: Endpoint
) -> None:
    (role,) = await drafts(services, tenant, 1)
    await tenant.http.post("/v1/comparison", json={"ids": [role]})
    await execute(services.db, "UPDATE compared_role SET due_at = now() + interval '1 hour', attempts = 1")
    async with comparing(services) as comparer:
        await execute(services.db, "UPDATE compared_role SET due_at = now()")
        comparer.nudge()
        assert (await settled(tenant))["agreement"]["roles"] == 1


async def test_another_companys_roles_are_neither_asked_about_nor_seen(
    services: Services, make_tenant: Callable[..., Awaitable[Tenant]], endpoint: Endpoint
) -> None:
    mine, other = await make_tenant(), await make_tenant("Other")
    named = await drafts(services, mine, 1)
    plan = (await other.http.post("/v1/comparison", json={"ids": named})).json()
    assert (plan["roles"], plan["asked"]) == (0, 0)
    await mine.http.post("/v1/comparison", json={"ids": named})
    assert (await other.http.get("/v1/comparison")).json()["outstanding"] == []


async def test_asking_costs_money_and_needs_the_right_to_push(
    make_tenant: Callable[..., Awaitable[Tenant]],
) -> None:
    reader = await make_tenant(scopes=["assessments:read"])
    assert (await reader.http.post("/v1/comparison", json={})).status_code == 403


@pytest.mark.parametrize("body", [{"limit": 0}, {"limit": 201}, {"ids": ["run_1"]}, {"ids": "all"}])
async def test_what_is_asked_wrongly_is_refused(tenant: Tenant, body: dict[str, Any]) -> None:
    assert 400 <= (await tenant.http.post("/v1/comparison", json=body)).status_code < 500


async def test_a_sandbox_is_never_judged_by_a_model(services: Services, tenant: Tenant) -> None:
    await drafts(services, tenant, 1)
    await execute(services.db, "UPDATE company SET policy = '{\"sandbox\": true}'")
    refused = await tenant.http.post("/v1/comparison", json={"dry_run": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "no_model")

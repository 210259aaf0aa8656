"""What model calls cost, and the company's choice about them, over HTTP."""

from __future__ import annotations

from typing import Any

from connector.services import Services
from kit.db import Db
from kit.sql import Query
from tests.parts.front import Tenant


async def spend(db: Db, company_id: object, n: int, cost: int | None) -> None:
    insert = Query(
        "spend",
        "",
        "INSERT INTO usage (call_id, company_id, model, purpose, input_tokens, output_tokens, cost_micros) "
        "VALUES (%(n)s::text, %(c)s, 'm', 'assess', 10, 5, %(cost)s)",
    )
    async with db.engine() as tx:
        await tx.run(insert, {"n": n, "c": company_id, "cost": cost})


async def test_what_was_spent_is_shown_with_calls_that_have_no_price(
    services: Services, tenant: Tenant
) -> None:
    for n, cost in enumerate((700, 300, None)):
        await spend(services.db, tenant.company.id, n, cost)
    seen = (await tenant.http.get("/v1/usage")).json()
    assert seen["totals"] == {
        "calls": 3,
        "input_tokens": 30,
        "cached_tokens": 0,
        "output_tokens": 15,
        "cost_micros": 1000,
        "unpriced_calls": 1,
    }
    (row,) = seen["results"]
    assert (row["model"], row["purpose"], row["calls"]) == ("m", "assess", 3)
    assert seen["budget"]["spent_micros"] == 1000
    assert seen["budget"]["used_up"] is False


async def test_another_company_sees_nothing_of_it(services: Services, make_tenant: Any) -> None:
    mine, other = await make_tenant("A"), await make_tenant("B")
    await spend(services.db, mine.company.id, 1, 5)
    seen = (await other.http.get("/v1/usage")).json()
    assert (seen["results"], seen["budget"]["spent_micros"]) == ([], 0)


async def test_a_budget_is_set_and_shown_and_taken_away(services: Services, tenant: Tenant) -> None:
    await spend(services.db, tenant.company.id, 1, 500)
    choice = {"hard_budget_micros": 400, "period": "day", "when_away": "offline"}
    answer = await tenant.http.put("/v1/settings/model", json=choice)
    assert answer.status_code == 200
    seen = (await tenant.http.get("/v1/settings/model")).json()
    assert seen["when_away"] == "offline"
    assert seen["budget"]["used_up"] is True
    assert seen["budget"]["hard_budget_micros"] == 400
    await tenant.http.put("/v1/settings/model", json={})
    seen = (await tenant.http.get("/v1/settings/model")).json()
    assert (seen["hard_budget_micros"], seen["when_away"], seen["period"]) == (None, "wait", "month")


async def test_setting_a_budget_leaves_the_rest_of_the_policy(services: Services, tenant: Tenant) -> None:
    change = Query("policy", "", 'UPDATE company SET policy = \'{"stages_off": ["reskilling"]}\'')
    async with services.db.engine() as tx:
        await tx.run(change)
    await tenant.http.put("/v1/settings/model", json={"soft_budget_micros": 1})
    async with services.db.engine() as tx:
        policy = await tx.value(Query("read", "", "SELECT policy FROM company"))
    assert policy["stages_off"] == ["reskilling"]
    assert policy["model"]["soft_budget_micros"] == 1


async def test_a_wrong_choice_is_refused(tenant: Tenant) -> None:
    for wrong in ({"hard_budget_micros": -1}, {"period": "week"}, {"when_away": "guess"}):
        assert (await tenant.http.put("/v1/settings/model", json=wrong)).status_code == 422


async def test_days_that_make_no_span_are_refused(tenant: Tenant) -> None:
    bad = await tenant.http.get("/v1/usage?since=2026-11-22&until=2026-11-01")
    assert (bad.status_code, bad.json()["code"]) == (422, "bad_span")


async def test_reading_and_setting_need_their_scopes(make_tenant: Any) -> None:
    reader = await make_tenant("R", scopes=["usage:read"])
    assert (await reader.http.get("/v1/usage")).status_code == 200
    assert (await reader.http.put("/v1/settings/model", json={})).status_code == 403

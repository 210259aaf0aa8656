from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from standardwebhooks.webhooks import Webhook

from connector.services import Services
from kit.http import AddressRules, CompanyHttp
from kit.settings import Settings
from tests.fakes.receiver import Reply, receiving
from tests.parts.front import Tenant, settings_for
from tests.webhooks.callbacks.world import FAST, World, eventually
from webhooks.callbacks.sending import Means
from webhooks.callbacks.worker import Deliverer

URL = "https://webhooks.workato.com/webhooks/rest/abc/role"


@pytest.fixture
def settings(db_url: str) -> Settings:
    return settings_for(db_url, allow_loopback_callbacks=True)


async def test_a_recipe_subscribes_with_an_address_alone_and_gets_its_secret_once(tenant: Tenant) -> None:
    made = await tenant.http.post("/v1/subscriptions", json={"url": URL, "recipe_id": "recipe-7", "x": 1})
    body = made.json()
    assert made.status_code == 201
    assert (body["events"], body["recipe_id"], body["ignored"]) == (["*"], "recipe-7", ["x"])
    assert body["secret"].startswith("whsec_")
    found = (await tenant.http.get(made.headers["location"])).json()
    assert found == {key: value for key, value in body.items() if key not in ("secret", "ignored")}
    listed = (await tenant.http.get("/v1/subscriptions")).json()
    assert listed == {"results": [found], "next_cursor": None, "has_more": False}


async def test_a_repeated_request_gets_the_same_subscription_and_secret(
    tenant: Tenant, services: Services
) -> None:
    headers = {"Idempotency-Key": "job-1"}
    answers = [
        await tenant.http.post("/v1/subscriptions", json={"url": URL}, headers=headers) for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotent-replayed"] == "true"
    async with services.db.engine() as tx:
        cursor = await tx.conn.execute("SELECT answer::text FROM idempotency")
        kept = str(await cursor.fetchall())
    assert "sub_" in kept
    assert answers[0].json()["secret"][6:] not in kept


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": "http://10.0.0.1/x"}, "url"),
        ({"url": URL, "events": ["role.redy"]}, "events"),
        ({"url": URL, "expires_at": "2020-01-01 00:00:00 UTC"}, "expires_at"),
    ],
)
async def test_a_recipe_builder_reads_which_field_is_wrong(
    tenant: Tenant, body: dict[str, object], field: str
) -> None:
    answer = await tenant.http.post("/v1/subscriptions", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert field in answer.json()["detail"]
    assert len(answer.json()["detail"]) < 200


async def test_blank_fields_of_a_renewal_change_nothing(tenant: Tenant) -> None:
    made = (await tenant.http.post("/v1/subscriptions", json={"url": URL, "events": ["run.*"]})).json()
    blank = {"url": "", "expires_at": "", "status": ""}
    answer = await tenant.http.patch(f"/v1/subscriptions/{made['id']}", json=blank)
    assert answer.status_code == 200
    assert (answer.json()["url"], answer.json()["events"], answer.json()["expires_at"]) == (
        URL,
        ["run.*"],
        None,
    )


async def test_ending_a_subscription_twice_is_fine_and_an_id_of_another_kind_is_not(tenant: Tenant) -> None:
    made = (await tenant.http.post("/v1/subscriptions", json={"url": URL})).json()
    headers = {"content-type": "application/json"}
    for _ in range(2):
        gone = await tenant.http.delete(f"/v1/subscriptions/{made['id']}", headers=headers)
        assert gone.status_code == 204
    assert (await tenant.http.get(f"/v1/subscriptions/{made['id']}")).status_code == 404
    assert (await tenant.http.delete("/v1/subscriptions/run_" + "0" * 32)).status_code == 404


async def test_a_rotated_secret_is_shown_once_and_differs(tenant: Tenant) -> None:
    made = (await tenant.http.post("/v1/subscriptions", json={"url": URL})).json()
    rotated = await tenant.http.post(f"/v1/subscriptions/{made['id']}/rotate-secret")
    assert rotated.status_code == 200
    assert rotated.json()["secret"] != made["secret"]
    assert rotated.json()["previous_secret_until"] is not None


async def test_another_company_finds_nothing(
    tenant: Tenant, make_tenant: Callable[..., Awaitable[Tenant]]
) -> None:
    made = (await tenant.http.post("/v1/subscriptions", json={"url": URL})).json()
    other = await make_tenant("Other")
    path = f"/v1/subscriptions/{made['id']}"
    assert (await other.http.get(path)).status_code == 404
    assert (await other.http.patch(path, json={"description": "mine"})).status_code == 404
    assert (await other.http.post(f"{path}/rotate-secret")).status_code == 404
    assert (await other.http.delete(path)).status_code == 204
    assert (await tenant.http.get(path)).json()["status"] == "active"


async def test_a_token_without_the_scope_is_refused(make_tenant: Callable[..., Awaitable[Tenant]]) -> None:
    reader = await make_tenant("Reader", scopes=["subscriptions:read"])
    assert (await reader.http.get("/v1/subscriptions")).status_code == 200
    assert (await reader.http.post("/v1/subscriptions", json={"url": URL})).status_code == 403
    assert (await reader.http.post("/v1/deliveries/dlv_" + "0" * 32 + "/retry")).status_code == 403


async def test_the_log_shows_each_try_and_a_dead_delivery_can_be_sent_again(
    tenant: Tenant, services: Services
) -> None:
    rules = AddressRules((), loopback=True)
    async with receiving(Reply(400, b"what?"), Reply(200)) as receiver, CompanyHttp(rules) as http:
        made = (await tenant.http.post("/v1/subscriptions", json={"url": receiver.url})).json()
        world = await World.of(tenant.company, services.db, services.vault, http, rules)
        for _ in range(2):
            await world.happen()
        stop = asyncio.Event()
        deliverer = Deliverer(services.db, Means(http, services.vault, services.settings.public_url, FAST))
        running = asyncio.create_task(deliverer.run(stop))

        async def dead() -> list[dict[str, str]]:
            page = (await tenant.http.get("/v1/deliveries", params={"status": "dead"})).json()
            return list(page["results"])

        (one,) = await eventually(dead)
        detail = (await tenant.http.get(f"/v1/deliveries/{one['id']}")).json()
        assert [(shown["status"], shown["answer"]) for shown in detail["tries"]] == [(400, "what?")]
        assert detail["body"]["id"] == detail["event_id"]

        again = await tenant.http.post(f"/v1/deliveries/{one['id']}/retry")
        assert (again.status_code, again.json()["status"]) == (202, "pending")
        await world.until("delivered", 2)
        stop.set()
        await running
        for got in receiver.got:
            Webhook(made["secret"]).verify(got.body, got.headers)


async def test_the_log_is_read_page_by_page_without_repeats(tenant: Tenant, services: Services) -> None:
    rules = AddressRules(("*.workato.com",))
    async with CompanyHttp(rules) as http:
        world = await World.of(tenant.company, services.db, services.vault, http, rules)
    made = (await tenant.http.post("/v1/subscriptions", json={"url": URL})).json()
    for _ in range(5):
        await world.happen()
    seen: list[str] = []
    params: dict[str, str] = {"limit": "2", "subscription_id": made["id"]}
    while True:
        page = (await tenant.http.get("/v1/deliveries", params=params)).json()
        seen += [one["event_id"] for one in page["results"]]
        if not page["has_more"]:
            break
        params["cursor"] = page["next_cursor"]
    assert len(seen) == 5
    assert seen == sorted(seen, reverse=True)
    wrong = await tenant.http.get("/v1/deliveries", params={"run_id": made["id"]})
    assert (wrong.status_code, wrong.json()["code"]) == (404, "wrong_kind")

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from control.access import Caller
from kit import ids
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from tests.webhooks.callbacks.world import World, sql
from webhooks.callbacks import subscriptions

URL = "https://webhooks.workato.com/webhooks/rest/abc/role?token=t0ken"


async def test_the_secret_is_shown_once_and_is_sealed_in_the_database(world: World) -> None:
    made, secret = await world.subscribe(URL)
    async with world.db.engine() as tx:
        (row,) = await sql(tx, "SELECT secrets FROM subscription")
    assert secret.startswith("whsec_")
    assert secret[6:] not in row["secrets"]
    assert secret not in repr(await world.subscription(made.id))


async def test_without_events_a_recipe_hears_of_everything(world: World) -> None:
    made, _ = await world.subscribe(URL)
    assert made.events == ["*"]


@pytest.mark.parametrize(
    ("events", "hears"),
    [
        (["role.ready"], ["role.ready"]),
        (["run.*"], ["run.failed", "run.queued"]),
        (["*"], ["role.ready", "run.failed", "run.queued"]),
        (["role.*", "role.ready"], ["role.ready"]),
    ],
)
async def test_a_subscription_gets_the_events_it_named(
    world: World, events: list[str], hears: list[str]
) -> None:
    await world.subscribe(URL, *events)
    for kind in ("role.ready", "run.failed", "run.queued"):
        await world.happen(kind)
    assert sorted(delivery.event_type for delivery in await world.log_book()) == hears


async def test_events_announced_twice_are_planned_once(world: World) -> None:
    await world.subscribe(URL)
    await world.subscribe(URL)
    number = await world.happen()
    assert await world.plan(number, number) == 0
    assert len(await world.log_book()) == 2


async def test_what_happened_before_a_subscription_or_after_its_end_is_not_sent(world: World) -> None:
    before = await world.log("role.ready")
    made, _ = await world.subscribe(URL, expires_at=datetime.now(UTC) + timedelta(hours=1))
    assert await world.plan(before) == 0
    async with world.db.engine() as tx:
        await sql(tx, "UPDATE subscription SET expires_at = now()")
    await world.happen()
    assert await world.log_book() == []
    renewed = await world.change(made.id, expires_at=datetime.now(UTC) + timedelta(days=1))
    assert renewed.expires_at is not None
    await world.happen()
    assert len(await world.log_book()) == 1


@pytest.mark.parametrize(
    ("wrong", "field", "says"),
    [
        ({"url": "http://www.workato.com/x"}, "url", "https://"),
        ({"url": "https://10.0.0.1/x"}, "url", "IP address"),
        ({"url": "https://hooks.example.com/x"}, "url", "hooks.example.com"),
        ({"events": ["role.redy"]}, "events", "role.redy"),
        ({"description": "x" * 501}, "description", "500"),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, "expires_at", "past"),
        ({"expires_at": datetime(2020, 1, 1)}, "expires_at", "past"),  # noqa: DTZ001
    ],
)
async def test_what_is_wrong_is_named_with_its_field(
    world: World, wrong: dict[str, Any], field: str, says: str
) -> None:
    new = subscriptions.New(**({"url": URL} | wrong))
    async with world.db.company(world.company.id) as tx:
        with pytest.raises(Invalid) as refused:
            await subscriptions.create(tx, world.caller, world.vault, world.rules, new)
    assert [error.field for error in refused.value.errors] == [field]
    assert says in refused.value.detail


async def test_several_faults_are_named_at_once(world: World) -> None:
    new = subscriptions.New(url="ftp://x", events=["nothing"])
    async with world.db.company(world.company.id) as tx:
        with pytest.raises(Invalid) as refused:
            await subscriptions.create(tx, world.caller, world.vault, world.rules, new)
    assert [error.field for error in refused.value.errors] == ["url", "events"]


async def test_a_change_touches_only_what_it_names(world: World) -> None:
    made, _ = await world.subscribe(URL, "run.*", description="Nightly")
    changed = await world.change(made.id, events=["role.ready"])
    assert (changed.url, changed.events, changed.description) == (URL, ["role.ready"], "Nightly")
    with pytest.raises(Invalid):
        await world.change(made.id, url="https://10.0.0.7/")
    assert (await world.subscription(made.id)).url == URL


async def test_a_disabled_subscription_can_be_switched_on_again(world: World) -> None:
    made, _ = await world.subscribe(URL)
    await world.happen()
    off = await world.change(made.id, status="disabled")
    assert (off.status, off.disabled_reason) == ("disabled", "by_request")
    assert [delivery.status for delivery in await world.log_book()] == ["dead"]
    on = await world.change(made.id, status="active")
    assert (on.status, on.disabled_reason, on.failures) == ("active", None, 0)


async def test_deleting_twice_is_no_error_and_ends_what_was_on_its_way(world: World) -> None:
    made, _ = await world.subscribe(URL)
    await world.happen()
    for _ in range(2):
        async with world.db.company(world.company.id) as tx:
            await subscriptions.delete(tx, world.caller, made.id)
    with pytest.raises(NotFound):
        await world.subscription(made.id)
    async with world.db.engine() as tx:
        (row,) = await sql(tx, "SELECT secrets FROM subscription")
    assert row["secrets"] == ""
    assert [delivery.status for delivery in await world.log_book()] == ["dead"]


async def test_a_company_neither_sees_nor_changes_anothers_subscriptions(world: World) -> None:
    made, _ = await world.subscribe(URL)
    other = await world.neighbour()
    async with world.db.company(other.company.id) as tx:
        assert await subscriptions.listing(tx, other.caller) == []
        await subscriptions.delete(tx, other.caller, made.id)
        with pytest.raises(NotFound):
            await subscriptions.rotate_secret(tx, other.caller, world.vault, made.id)
    with pytest.raises(NotFound):
        await other.change(made.id, description="mine now")
    assert (await world.subscription(made.id)).status == "active"


async def test_a_companys_events_go_to_its_own_subscriptions_only(world: World) -> None:
    other = await world.neighbour()
    await world.subscribe(URL)
    await other.subscribe(URL)
    number = await world.happen()
    assert await other.plan(number) == 0
    assert (len(await world.log_book()), len(await other.log_book())) == (1, 0)


async def test_reading_needs_one_scope_and_changing_another(world: World) -> None:
    reader = Caller("client", world.company.id, ids.new(), "r", frozenset({"subscriptions:read"}))
    async with world.db.company(world.company.id) as tx:
        assert await subscriptions.listing(tx, reader) == []
        with pytest.raises(Forbidden, match="subscriptions:write"):
            await subscriptions.create(tx, reader, world.vault, world.rules, subscriptions.New(url=URL))


async def test_there_is_a_limit_per_company_that_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "LIMIT", 2)
    for _ in range(2):
        await world.subscribe(URL)
    with pytest.raises(Conflict, match="2 subscriptions"):
        await world.subscribe(URL)


async def test_each_change_leaves_an_audit_row_without_a_secret(world: World) -> None:
    made, secret = await world.subscribe(URL)
    await world.change(made.id, description="x")
    async with world.db.engine() as tx:
        rows = await sql(tx, "SELECT action, target, detail FROM audit ORDER BY at, id")
    assert [row["action"] for row in rows] == ["subscription.created", "subscription.changed"]
    assert secret[6:] not in repr(rows)
    assert "t0ken" not in repr(rows)

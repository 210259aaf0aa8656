"""Events that name an object without its content: it is fetched, once, and the event says how far that is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from pipeline.records import source_events
from pipeline.records.reading import FetchRow
from tests.fakes.workday import authentication_fault
from tests.webhooks.sync.world import World
from webhooks.intake import Hook
from webhooks.sync import schedule


async def hint(world: World, code: str = "R-00005", **more: Any) -> UUID:
    """An event that only names a profile; its source event."""
    event = f'{{"eventType": "Job Profile Changed", "jobProfileId": "{code}"'
    event += "".join(f', "{name}": "{value}"' for name, value in more.items()) + "}"
    hook = Hook(
        company_id=world.company_id,
        client_id=None,
        actor_kind="hris",
        actor_id="recipe",
        source="workday",
        body=event.encode(),
        content_type="application/json",
    )
    return (await world.intake().receive(hook)).id


async def fetches(world: World, event: UUID) -> list[FetchRow]:
    async with world.db.company(world.company_id) as tx:
        return (await source_events.get(tx, world.company_id, event)).fetches


async def fetched(world: World) -> None:
    """The clock has looked, and what it started is over."""
    await schedule.start_fetches(world.db)
    async with world.syncing():
        for row in await world.rows("SELECT id FROM sync WHERE finished_at IS NULL"):
            await world.over(row["id"])


async def test_a_named_profile_is_fetched_over_the_companys_connection(world: World) -> None:
    await world.connect()
    event = await hint(world)
    assert [one.status for one in await fetches(world, event)] == ["waiting"]
    assert await schedule.start_fetches(world.db) == 1
    assert [one.status for one in await fetches(world, event)] == ["fetching"]
    await fetched(world)
    (one,) = await fetches(world, event)
    assert (one.object, one.status) == ("R-00005", "fetched")
    (role,) = await world.rows("SELECT code, state FROM role")
    assert role["code"] == "R-00005"
    (page,) = await world.rows("SELECT sync_id FROM source_event WHERE origin = 'sync'")
    assert page["sync_id"] == one.sync_id


async def test_what_is_fetched_for_an_event_is_pushed_as_an_event_would_be(world: World) -> None:
    await world.connect()
    await hint(world)
    await fetched(world)
    (run,) = await world.rows("SELECT actor_kind, reason FROM run")
    assert run == {"actor_kind": "hris", "reason": "first"}


async def test_repeated_hints_are_one_fetch(world: World) -> None:
    await world.connect()
    events = [await hint(world) for _ in range(5)] + [await hint(world, "R-00007")]
    (syncs,) = [await schedule.start_fetches(world.db)]
    assert syncs == 1
    await fetched(world)
    assert len(world.tenant.got) == 1
    assert len(await world.rows("SELECT id FROM object_fetch")) == 2
    assert {one.status for event in events for one in await fetches(world, event)} == {"fetched"}


async def test_a_hint_that_comes_while_the_object_is_fetched_is_fetched_again(world: World) -> None:
    await world.connect()
    await hint(world)
    await schedule.start_fetches(world.db)
    late = await hint(world)
    assert await schedule.start_fetches(world.db) == 0
    assert [one.status for one in await fetches(world, late)] == ["waiting"]
    await fetched(world)
    await fetched(world)
    assert [one.status for one in await fetches(world, late)] == ["fetched"]
    assert len(world.tenant.got) == 2


async def test_without_a_connection_the_event_says_so(world: World) -> None:
    event = await hint(world)
    assert await schedule.start_fetches(world.db) == 0
    (one,) = await fetches(world, event)
    assert (one.status, one.sync_id) == ("no_connection", None)
    assert one.detail is not None
    assert "when one is made" in one.detail


async def test_what_was_named_without_a_connection_is_fetched_once_there_is_one(world: World) -> None:
    first = await hint(world)
    await schedule.start_fetches(world.db)
    second = await hint(world)
    await schedule.start_fetches(world.db)
    assert [one.status for event in (first, second) for one in await fetches(world, event)] == [
        "no_connection",
        "no_connection",
    ]
    third = await hint(world)
    await world.connect()
    await fetched(world)
    assert [one.status for event in (first, second, third) for one in await fetches(world, event)] == [
        "fetched",
        "fetched",
        "fetched",
    ]
    assert len(world.tenant.got) == 1


async def test_what_was_named_while_the_connection_was_off_is_fetched_when_it_is_active(world: World) -> None:
    made = await world.connect()
    await world.change(made.id, status="off")
    event = await hint(world)
    await schedule.start_fetches(world.db)
    assert [one.status for one in await fetches(world, event)] == ["no_connection"]
    await world.change(made.id, status="active")
    await fetched(world)
    assert [one.status for one in await fetches(world, event)] == ["fetched"]


async def test_another_companys_connection_is_not_used(world: World) -> None:
    await (await world.neighbour()).connect()
    event = await hint(world)
    await schedule.start_fetches(world.db)
    assert [one.status for one in await fetches(world, event)] == ["no_connection"]
    assert world.tenant.got == []


async def test_a_name_that_the_source_does_not_know_is_told(world: World) -> None:
    await world.connect()
    event = await hint(world, "nobody")
    await fetched(world)
    (one,) = await fetches(world, event)
    assert one.status == "failed"
    assert one.detail is not None
    assert one.detail.startswith("Nothing came for it")


async def test_a_fetch_whose_sync_fails_says_why(world: World) -> None:
    await world.connect()
    event = await hint(world)
    world.tenant.first = [authentication_fault()]
    await fetched(world)
    (one,) = await fetches(world, event)
    assert one.status == "failed"
    assert (await world.connection()).status == "stopped"


async def test_what_takes_effect_later_is_fetched_on_that_day_too(world: World) -> None:
    await world.connect()
    day = (datetime.now(UTC) + timedelta(days=30)).date()
    event = await hint(world, effectiveDate=day.isoformat())
    now, later = sorted(await fetches(world, event), key=lambda one: one.due_at)
    assert later.due_at.date() == day
    assert now.due_at <= datetime.now(UTC)
    await fetched(world)
    assert [one.status for one in sorted(await fetches(world, event), key=lambda one: one.due_at)] == [
        "fetched",
        "waiting",
    ]
    await world.rows("UPDATE object_fetch SET due_at = now() WHERE status = 'waiting' RETURNING 1")
    await fetched(world)
    assert {one.status for one in await fetches(world, event)} == {"fetched"}

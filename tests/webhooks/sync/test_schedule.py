"""What the clock does: syncs that are due, credentials that end, syncs that are old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.webhooks.sync.world import World
from webhooks.sync import schedule


async def due(world: World, column: str) -> None:
    """The moment of a connection's schedule has come."""
    await world.rows(f"UPDATE connection SET {column} = now() - interval '1 second' RETURNING 1")


async def test_nothing_is_started_before_its_time(world: World) -> None:
    await world.connect(every_minutes=60, full_every_hours=24)
    assert await schedule.start_due(world.db) == 0


async def test_what_changed_is_fetched_when_it_is_due_and_planned_again(world: World) -> None:
    await world.connect(every_minutes=60)
    await world.run()
    await due(world, "next_sync_at")
    assert [await schedule.start_due(world.db), await schedule.start_due(world.db)] == [1, 0]
    (sync,) = await world.rows("SELECT what, push, actor_kind FROM sync WHERE finished_at IS NULL")
    assert sync == {"what": "changed", "push": True, "actor_kind": "clock"}
    next_at = (await world.connection()).next_sync_at
    assert next_at is not None
    assert timedelta(minutes=59) < next_at - datetime.now(UTC) <= timedelta(minutes=60)


async def test_everything_is_fetched_as_drafts_when_it_is_due(world: World) -> None:
    await world.connect(every_minutes=60, full_every_hours=24)
    await due(world, "next_full_at")
    assert await schedule.start_due(world.db) == 1
    (sync,) = await world.rows("SELECT what, push FROM sync")
    assert sync == {"what": "everything", "push": False}


async def test_the_first_scheduled_sync_is_one_of_everything(world: World) -> None:
    await world.connect(every_minutes=60)
    await due(world, "next_sync_at")
    await schedule.start_due(world.db)
    (sync,) = await world.rows("SELECT what, push FROM sync")
    assert sync == {"what": "everything", "push": False}


async def test_a_sync_that_is_going_on_is_not_doubled(world: World) -> None:
    await world.connect(every_minutes=60)
    await world.start()
    await due(world, "next_sync_at")
    assert await schedule.start_due(world.db) == 0
    assert len(await world.rows("SELECT id FROM sync")) == 1


async def test_a_stopped_connection_is_left_alone(world: World) -> None:
    connection = await world.connect(every_minutes=60)
    await world.change(connection.id, status="off")
    await due(world, "next_sync_at")
    assert await schedule.start_due(world.db) == 0


async def test_what_a_scheduled_sync_changes_is_pushed_by_the_policy_as_the_hris_itself(world: World) -> None:
    await world.connect(every_minutes=60)
    first = await world.run()
    assert first.pinned_at is not None
    new = world.tenant.held[0]
    new.entered = first.pinned_at + timedelta(milliseconds=1)
    for one in new.element.iter("{*}ID"):
        one.text = f"{one.text}0"
    await due(world, "next_sync_at")
    await schedule.start_due(world.db)
    (started,) = await world.rows("SELECT id FROM sync WHERE finished_at IS NULL")
    async with world.syncing():
        sync = await world.over(started["id"])
    assert (sync.counts.new, sync.counts.pushed) == (1, 1)
    assert [run["actor_kind"] for run in await world.rows("SELECT actor_kind FROM run")] == ["hris"]


async def test_the_end_of_a_credential_is_announced_once(world: World) -> None:
    await world.connect(expires_at=datetime.now(UTC) + timedelta(days=10))
    assert [await schedule.announce_expiring(world.db) for _ in range(2)] == [1, 0]
    (event,) = await world.events()
    assert event["type"] == "connection.expiring"
    connection = await world.connection()
    await world.change(connection.id, expires_at=datetime.now(UTC) + timedelta(days=12))
    assert await schedule.announce_expiring(world.db) == 1


async def test_a_credential_that_holds_for_long_is_not_announced(world: World) -> None:
    await world.connect(expires_at=datetime.now(UTC) + timedelta(days=30))
    assert await schedule.announce_expiring(world.db) == 0


async def test_old_syncs_are_forgotten_with_what_they_left_out(world: World) -> None:
    await world.connect(scope={"families": ["no such family"]})
    sync = await world.run()
    assert sync.counts.out_of_scope == 100
    assert await schedule.forget(world.db, 60) == 0
    await world.rows("UPDATE sync SET finished_at = now() - interval '61 days' RETURNING 1")
    assert await schedule.forget(world.db, 60) == 1
    assert await world.rows("SELECT * FROM sync_seen") == []

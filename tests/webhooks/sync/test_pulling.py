"""A sync from its beginning to its end, against a Workday tenant on this machine."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from kit import ids
from kit.errors import Conflict, Invalid, NotFound
from tests.fakes.receiver import Reply
from tests.fakes.workday import WD, permission_fault
from tests.webhooks.callbacks.world import eventually
from tests.webhooks.sync.world import World, hold_page
from webhooks.connections import connections


async def test_a_full_sync_takes_every_profile_in_as_a_draft(world: World) -> None:
    await world.connect()
    sync = await world.run()
    assert (sync.status, sync.error) == ("success", None)
    assert (sync.page, sync.pages, sync.total) == (4, 4, 100)
    assert (sync.counts.found, sync.counts.new, sync.counts.pushed) == (100, 100, 0)
    assert await world.states() == {"draft": 100}
    assert await world.rows("SELECT id FROM run") == []
    assert sync.outputs["reconciliation"] == "Workday 100, here 100."


async def test_a_page_is_a_source_event_that_names_its_sync(world: World) -> None:
    await world.connect()
    sync = await world.run()
    pages = await world.rows("SELECT origin, sync_id, accepted, body FROM source_event ORDER BY received_at")
    assert [(page["origin"], page["sync_id"], page["accepted"]) for page in pages] == [
        ("sync", sync.id, 30),
        ("sync", sync.id, 30),
        ("sync", sync.id, 30),
        ("sync", sync.id, 10),
    ]
    assert all(b"Get_Job_Profiles_Response" in page["body"] for page in pages)


async def test_progress_can_be_read_while_it_runs(world: World) -> None:
    await world.connect()
    sync = await world.start()
    assert (sync.status, sync.waiting, sync.page) == ("pending", "queue", 0)
    door = hold_page(world.tenant, 3)
    async with world.syncing():
        await door.reached.wait()
        now = await world.look(sync.id)
        assert (now.status, now.page, now.pages, now.counts.found) == ("running", 2, 4, 60)
        door.open.set()
        await world.over(sync.id)


async def test_the_same_pull_again_changes_nothing(world: World) -> None:
    await world.connect()
    await world.run()
    again = await world.run()
    assert (again.counts.found, again.counts.unchanged, again.counts.new) == (100, 100, 0)
    assert await world.states() == {"draft": 100}


async def test_a_dry_run_says_what_would_be_and_writes_nothing(world: World) -> None:
    await world.connect()
    sync = await world.run(dry_run=True)
    assert sync.outputs["summary"] == (
        "100 found, 100 in scope, 0 written: 100 would be new, 0 changed, 0 are the same."
    )
    assert sync.outputs["estimate"]["roles"] == 100
    assert sync.outputs["estimate"]["tokens"] > 0
    assert await world.states() == {}
    assert await world.rows("SELECT id FROM source_event") == []
    assert (await world.connection()).watermark is None


async def test_pushing_everything_needs_a_dry_run_first(world: World) -> None:
    await world.connect(scope={"only_active": True})
    with pytest.raises(Conflict) as refused:
        await world.start(push=True)
    assert refused.value.code == "count_first"
    await world.run(dry_run=True)
    sync = await world.run(push=True)
    assert sync.counts.pushed > 0
    assert len(await world.rows("SELECT id FROM run")) == sync.counts.pushed


async def test_changes_begin_where_the_last_sync_began(world: World) -> None:
    await world.connect()
    first = await world.run("changed")
    assert (first.what, first.counts.found) == ("everything", 100)
    assert first.pinned_at is not None
    assert (await world.connection()).watermark == first.pinned_at
    changed = world.tenant.held[4]
    changed.entered = first.pinned_at + timedelta(milliseconds=1)
    changed.element.find(f".//{WD}Job_Title").text = "Another title"
    second = await world.run("changed")
    assert (second.what, second.since, second.counts.found) == ("changed", first.pinned_at, 1)
    assert second.counts.changed == 1


async def test_single_profiles_are_fetched_by_their_ids(world: World) -> None:
    await world.connect()
    sync = await world.run("ids", ids=["R-00005"])
    assert (sync.counts.found, sync.counts.new) == (1, 1)
    assert (await world.connection()).watermark is None


async def test_one_pull_goes_on_over_a_connection_at_a_time(world: World) -> None:
    await world.connect()
    first = await world.start()
    with pytest.raises(Conflict) as refused:
        await world.start()
    assert refused.value.extra == {"sync_id": ids.show("sync", first.id)}


async def test_a_sync_that_nobody_drives_is_cancelled_at_once(world: World) -> None:
    await world.connect()
    sync = await world.cancel((await world.start()).id)
    assert (sync.status, sync.error and sync.error["code"]) == ("failed", "cancelled")
    assert (await world.cancel(sync.id)).finished_at == sync.finished_at
    assert [event["type"] for event in await world.events()] == ["sync.failed"]


async def test_a_sync_that_runs_is_cancelled_after_its_page(world: World) -> None:
    await world.connect()
    sync = await world.start()
    door = hold_page(world.tenant, 2)
    async with world.syncing():
        await door.reached.wait()
        assert (await world.cancel(sync.id)).status == "running"
        ended = await world.over(sync.id)
        door.open.set()
    assert (ended.status, ended.error and ended.error["code"], ended.page) == ("failed", "cancelled", 1)
    assert await world.states() == {"draft": 30}


@pytest.mark.parametrize("over", ["switched off", "deleted"])
async def test_a_connection_that_ends_takes_its_syncs_with_it(world: World, over: str) -> None:
    connection = await world.connect()
    sync = await world.start()
    door = hold_page(world.tenant, 2)
    async with world.syncing():
        await door.reached.wait()
        if over == "deleted":
            async with world.db.company(world.company_id) as tx:
                await connections.delete(tx, world.caller, connection.id)
        else:
            await world.change(connection.id, status="off")
        ended = await world.over(sync.id)
        door.open.set()
    assert (ended.error and ended.error["code"], ended.page) == ("cancelled", 1)


async def test_what_changes_between_pages_is_counted_once(world: World) -> None:
    await world.connect()
    moved = world.tenant.held

    def edit(page: int) -> None:
        if page == 2:  # five of the first page are met again on the third
            moved[60:60] = moved[:5]

    world.tenant.on_page = edit
    sync = await world.run()
    assert (sync.counts.found, sync.counts.repeated) == (100, 5)
    assert await world.states() == {"draft": 100}


async def test_a_wrong_credential_stops_the_connection_and_tells_the_company(world: World) -> None:
    await world.connect(password="wrong")
    sync = await world.run()
    assert (sync.status, sync.error and sync.error["code"]) == ("failed", "pull_credential")
    connection = await world.connection()
    assert connection.status == "stopped"
    assert connection.stopped is not None
    assert connection.stopped.reason == "credential"
    assert [event["type"] for event in await world.events()] == ["sync.failed", "connection.stopped"]
    asked = len(world.tenant.got)
    with pytest.raises(Conflict):
        await world.start()
    assert len(world.tenant.got) == asked
    await world.change(connection.id, access={"auth": {"password": "pa55word"}})
    assert (await world.run()).status == "success"


async def test_a_missing_permission_stops_it_too(world: World) -> None:
    await world.connect()
    world.tenant.first = [permission_fault()]
    sync = await world.run()
    assert sync.error is not None
    assert sync.error["code"] == "pull_permission"
    assert (await world.connection()).status == "stopped"


async def test_throttling_is_waited_for_without_holding_a_place(world: World) -> None:
    await world.connect()
    world.tenant.first = [Reply(429, headers={"retry-after": "300"})]
    sync = await world.start()
    async with world.syncing(parallel=1):

        async def parked() -> bool:
            return (await world.look(sync.id)).waiting == "throttled"

        await eventually(parked)
        now = await world.look(sync.id)
        assert now.due_at is not None
        assert 290 < (now.due_at - now.updated_at).total_seconds() < 310
        assert now.error is not None
        other = await world.neighbour()
        await other.connect()
        theirs = await other.start()
        assert (await other.over(theirs.id)).status == "success"
    assert (await world.look(sync.id)).status == "pending"


async def test_an_outage_is_outlived(world: World) -> None:
    await world.connect()
    world.tenant.first = [Reply(503)] * 9
    sync = await world.run()
    assert (sync.status, sync.counts.found) == ("success", 100)
    assert len(world.tenant.got) == 9 + 4


async def test_an_outage_without_end_ends_the_sync(world: World) -> None:
    await world.connect()
    world.tenant.first = [Reply(503)] * 10_000
    sync = await world.start()
    async with world.syncing(give_up=0.5):
        ended = await world.over(sync.id)
    assert (ended.status, ended.error and ended.error["code"]) == ("failed", "pull_unavailable")
    assert (await world.connection()).status == "active"


async def test_two_syncers_never_pull_the_same_sync(world: World) -> None:
    await world.connect(size=10)
    async with world.syncing(), world.syncing(), world.syncing():
        for _ in range(3):
            sync = await world.start()
            assert (await world.over(sync.id)).counts.found == 100
    assert len(world.tenant.got) == 30
    assert len(await world.rows("SELECT id FROM source_event")) == 30


async def test_a_stopping_syncer_hands_its_sync_on_at_once(world: World) -> None:
    await world.connect()
    sync = await world.start()
    door = hold_page(world.tenant, 3)
    async with world.syncing(lease=600):
        await door.reached.wait()
    left = await world.look(sync.id)
    assert (left.status, left.waiting, left.page) == ("running", "queue", 2)
    door.open.set()
    async with world.syncing(lease=600):
        ended = await world.over(sync.id)
    assert (ended.counts.found, ended.counts.new, ended.page) == (100, 100, 4)


async def test_what_a_process_has_that_lost_its_sync_is_dropped(world: World) -> None:
    await world.connect()
    sync = await world.start()
    door = hold_page(world.tenant, 2)
    async with world.syncing(lease=600), AsyncExitStack() as others:
        await door.reached.wait()
        await world.rows("UPDATE sync SET due_at = now() RETURNING 1")  # as if its lease had ended
        await others.enter_async_context(world.syncing(lease=600))

        async def taken_over() -> bool:
            (row,) = await world.rows("SELECT epoch FROM sync")
            return bool(row["epoch"] == 2)

        await eventually(taken_over)
        door.open.set()
        ended = await world.over(sync.id)
    assert (ended.status, ended.page, ended.counts.found, ended.counts.repeated) == ("success", 4, 100, 0)
    assert len(await world.rows("SELECT id FROM source_event")) == 4


async def test_a_company_sees_no_sync_of_another(world: World) -> None:
    await world.connect()
    sync = await world.start()
    other = await world.neighbour()
    with pytest.raises(NotFound):
        await other.look(sync.id)
    with pytest.raises(NotFound):
        await other.cancel(sync.id)
    with pytest.raises(NotFound):
        await other.start()


async def test_what_is_asked_for_has_to_make_sense(world: World) -> None:
    await world.connect()
    with pytest.raises(Invalid):
        await world.start("ids")
    with pytest.raises(Invalid):
        await world.start("everything", ids=["R-1"])

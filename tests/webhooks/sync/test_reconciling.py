"""What is no longer at the source, what was left out, and what nobody may conclude."""

from __future__ import annotations

from tests.fakes.receiver import Reply
from tests.fakes.workday import WD
from tests.webhooks.sync.world import World, hold_page


async def archived(world: World) -> int:
    return (await world.states()).get("archived", 0)


async def test_what_vanished_is_archived_after_the_confirmations_its_company_wants(world: World) -> None:
    await world.connect(vanish_after=3)
    await world.run()
    gone = world.tenant.held[:5]
    del world.tenant.held[:5]
    for confirmed in (1, 2):
        sync = await world.run()
        assert (confirmed, await archived(world)) == (confirmed, 0)
        assert sync.outputs["missing"] == {"now": 5, "archived": 0, "not_checked": None}
    sync = await world.run()
    assert await archived(world) == 5
    assert sync.outputs["reconciliation"] == (
        "Workday 95, here 95. 5 roles here were not met there (5 archived for it now)."
    )
    (event, *_) = await world.rows("SELECT data FROM event WHERE type = 'role.archived'")
    assert event["data"]["reason"] == "no longer at its source: missing in 3 complete syncs in a row"
    world.tenant.held += gone
    await world.run()
    assert await archived(world) == 0


async def test_a_profile_that_is_met_again_is_missing_no_more(world: World) -> None:
    await world.connect(vanish_after=2)
    await world.run()
    gone = world.tenant.held.pop()
    await world.run()
    world.tenant.held.append(gone)
    await world.run()
    world.tenant.held.pop()
    sync = await world.run()
    assert sync.outputs["missing"]["now"] == 1
    assert await archived(world) == 0


async def test_a_pull_that_was_aborted_marks_nothing(world: World) -> None:
    await world.connect(vanish_after=1)
    await world.run()
    del world.tenant.held[50:]
    door = hold_page(world.tenant, 2)
    sync = await world.start()
    async with world.syncing():
        await door.reached.wait()
        await world.cancel(sync.id)
        await world.over(sync.id)
        door.open.set()
    assert await archived(world) == 0
    assert await world.rows("SELECT * FROM role_absence") == []


async def test_a_pull_that_failed_marks_nothing(world: World) -> None:
    await world.connect(vanish_after=1)
    await world.run()
    del world.tenant.held[50:]
    world.tenant.on_page = lambda page: world.tenant.users.clear()
    sync = await world.run()
    assert (sync.status, sync.page) == ("failed", 1)
    assert await archived(world) == 0
    assert await world.rows("SELECT * FROM role_absence") == []


async def test_an_empty_answer_inactivates_nothing(world: World) -> None:
    await world.connect(vanish_after=1)
    await world.run()
    world.tenant.held = []
    sync = await world.run()
    assert sync.status == "success"
    assert (
        sync.outputs["missing"]["not_checked"] == "The source sent nothing, so nothing was marked as missing."
    )
    assert await archived(world) == 0


async def test_less_than_was_announced_marks_nothing(world: World) -> None:
    await world.connect(vanish_after=1)
    await world.run()
    held = world.tenant.held

    def edit(page: int) -> None:
        if page == 2:  # what was on the third page moves to the second, which was sent already
            held[:] = held[60:] + held[:60]

    world.tenant.on_page = edit
    sync = await world.run()
    assert sync.counts.found < 100
    assert sync.outputs["missing"]["not_checked"].startswith("The source announced 100 job profiles")
    assert await archived(world) == 0


async def test_a_pull_that_met_less_than_half_of_what_is_here_marks_nothing(world: World) -> None:
    await world.connect(vanish_after=1)
    await world.run()
    del world.tenant.held[49:]
    sync = await world.run()
    assert sync.status == "success"
    assert sync.outputs["missing"]["not_checked"].startswith("51 of the 100 roles here were not met there")
    assert "more than half" in sync.outputs["reconciliation"]
    assert await archived(world) == 0


async def test_half_may_end_at_once(world: World) -> None:
    await world.connect(vanish_after=1)
    await world.run()
    del world.tenant.held[50:]
    await world.run()
    assert await archived(world) == 50


async def test_changes_and_single_profiles_mark_nothing(world: World) -> None:
    await world.connect(vanish_after=1)
    await world.run()
    del world.tenant.held[50:]
    await world.run("changed")
    await world.run("ids", ids=["R-00001"])
    assert await archived(world) == 0


async def test_only_roles_of_this_source_and_company_can_be_missing(world: World) -> None:
    await world.connect(vanish_after=1)
    await world.run()
    other = await world.neighbour()
    await other.connect()
    await other.run()
    by_hand = "UPDATE role SET source = 'api' WHERE code = 'R-00001' AND company_id = %(c)s RETURNING code"
    assert len(await world.rows(by_hand, c=world.company_id)) == 1
    del world.tenant.held[:3]
    sync = await world.run()
    assert sync.outputs["missing"] == {"now": 2, "archived": 2, "not_checked": None}
    assert await archived(world) == 2
    assert await archived(other) == 0


async def test_the_reconciliation_says_why_the_numbers_differ(world: World) -> None:
    await world.connect(scope={"only_active": True})
    for held in world.tenant.held:
        held.element.find(f".//{WD}Inactive").text = "0"
    for held in world.tenant.held[:3]:
        held.element.find(f".//{WD}Inactive").text = "1"
    for held in world.tenant.held[3:5]:
        held.element.remove(held.element.find(f"{WD}Job_Profile_Reference"))
        held.element.find(f".//{WD}Job_Code").text = ""
    sync = await world.run()
    assert sync.outputs["reconciliation"] == (
        "Workday 100, here 95, these 5 because: 3 inactive, and the connection takes active ones only; "
        "2 without an identifier."
    )
    counts = sync.counts
    assert (counts.found, counts.in_scope, counts.out_of_scope, counts.rejected) == (100, 95, 3, 2)
    assert [one["count"] for one in sync.outputs["left_out"]] == [3, 2]
    assert len(sync.outputs["left_out"][0]["examples"]) == 3


async def test_what_is_no_job_profile_ends_the_sync_and_not_the_connection(world: World) -> None:
    await world.connect()
    world.tenant.first = [Reply(200, b'{"greeting": "hello"}', {"content-type": "application/json"})]
    sync = await world.run()
    assert (sync.status, sync.error and sync.error["code"]) == ("failed", "pull_bad_answer")
    assert (await world.connection()).status == "active"


async def test_a_profile_that_cannot_be_used_any_more_is_not_missing(world: World) -> None:
    await world.connect(vanish_after=1)
    await world.run()
    world.tenant.held[0].element.find(f".//{WD}Job_Title").text = "x" * 2_000
    sync = await world.run()
    assert sync.counts.rejected == 1
    assert sync.outputs["missing"] == {"now": 0, "archived": 0, "not_checked": None}
    assert await archived(world) == 0

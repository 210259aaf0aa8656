"""A sync with the clients that the service has, over more than one door."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from adapters.workday import generate
from adapters.workday.invent import profiles
from connector.sources import vendors
from pipeline.records.model import Answer
from tests.fakes.successfactors import successfactors
from tests.webhooks.sync.world import World
from webhooks.connections import connections
from webhooks.intake import Hook
from webhooks.sync import syncs


async def connected(world: World, source: str, access: dict[str, Any]) -> None:
    new = connections.New(source=source, access=access)
    async with world.db.company(world.company_id) as tx:
        await connections.create(tx, world.caller, world.means, new)


async def pulled(world: World, source: str, **more: Any) -> Any:
    async with world.db.company(world.company_id) as tx:
        sync = await syncs.start(tx, world.caller, syncs.New(source=source, what="everything", **more))
    async with world.syncing():
        return await world.over(sync.id)


@pytest.fixture
def world(world: World) -> World:
    """With the clients that the service has."""
    world.vendors = vendors()
    return world


async def test_everything_of_successfactors_is_taken_in_and_what_vanishes_noticed(world: World) -> None:
    async with successfactors() as tenant:
        auth = {
            "kind": "oidc",
            "issuer": tenant.url,
            "client_id": "app",
            "client_secret": "s",
            "dependency": "x",
        }
        access = {"address": tenant.url, "company_id": "acme", "auth": auth, "page_size": 20}
        await connected(world, "successfactors", access)
        first = await pulled(world, "successfactors")
        assert (first.status, first.error) == ("success", None)
        codes = {one["externalCode"] for one in tenant.sets["FOJobCode"]}
        roles = await world.rows("SELECT source_id, state FROM role")
        assert codes - {role["source_id"] for role in roles} == {"BARE"}
        assert first.counts.new == len(roles)
        assert first.outputs["reconciliation"] == (
            "SuccessFactors 45, here 43, these 2 because: 1 still a draft at the source; 1 without a title."
        )
        kept = [one for one in tenant.sets["FOJobCode"] if one["externalCode"] != "FUTCHG"]
        tenant.sets["FOJobCode"] = kept
        second = await pulled(world, "successfactors")
        assert second.outputs["missing"] == {"now": 1, "archived": 0, "not_checked": None}
        assert second.counts.changed == 0


def by(world: World, door: str) -> dict[str, Any]:
    """What lets us in by one of Workday's poorer doors."""
    auth = {"kind": "username_token", "username": "isu@acme", "password": "pa55word"}
    report = {"report": "isu/Job_Profiles"} if door == "raas" else {}
    return {"address": world.tenant.url, "tenant": "acme", "auth": auth, "api": door} | report


async def sent(world: World, body: bytes) -> Answer:
    """The payload by webhook."""
    hook = Hook(
        company_id=world.company_id,
        client_id=None,
        actor_kind="hris",
        actor_id="workday",
        source="workday",
        body=body,
        content_type=None,
    )
    return await world.intake().receive(hook)


@pytest.mark.parametrize("door", ["rest", "raas"])
async def test_a_pull_by_a_poorer_door_changes_nothing_of_what_soap_said(world: World, door: str) -> None:
    given = list(profiles(6, 7))
    world.tenant.hold(given)
    soap = generate.render("soap_xml", given)
    await connected(world, "workday", by(world, door))
    assert {one.verdict for one in (await sent(world, soap)).verdicts} == {"new"}
    counted = await pulled(world, "workday", dry_run=True)
    assert (counted.counts.unchanged, counted.counts.changed) == (6, 0)
    sync = await pulled(world, "workday")
    assert (sync.counts.unchanged, sync.counts.changed) == (6, 0)
    assert {one.verdict for one in (await sent(world, soap)).verdicts} == {"no_material_change"}


async def test_what_changed_at_the_source_is_taken_from_a_poorer_door_and_nothing_else(world: World) -> None:
    given = list(profiles(3, 7))
    await connected(world, "workday", by(world, "rest"))
    await sent(world, generate.render("soap_xml", given))
    before = await world.rows("SELECT code, family, level FROM role ORDER BY source_id")
    given[1] = replace(given[1], title="Head Nurse")
    world.tenant.hold(given)
    assert (await pulled(world, "workday")).counts.changed == 1
    sync = await pulled(world, "workday")
    assert sync.counts.unchanged == 3
    assert await world.rows("SELECT code, family, level FROM role ORDER BY source_id") == before
    assert len(await world.rows("SELECT id FROM role WHERE title = 'Head Nurse' AND revision = 2")) == 1
    again = await sent(world, generate.render("soap_xml", given))
    assert {one.verdict for one in again.verdicts} == {"no_material_change"}


async def test_everything_over_rest_is_taken_in(world: World) -> None:
    await connected(world, "workday", by(world, "rest"))
    sync = await pulled(world, "workday")
    assert (sync.status, sync.counts.found) == ("success", 100)
    assert sync.outputs["reconciliation"] == "Workday 100, here 100."

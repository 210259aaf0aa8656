"""A sync with the clients that the service has, over more than one door."""

from __future__ import annotations

from typing import Any

import pytest

from connector.sources import vendors
from tests.fakes.successfactors import successfactors
from tests.webhooks.sync.world import World
from webhooks.connections import connections
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


async def test_everything_over_rest_is_taken_in(world: World) -> None:
    auth = {"kind": "username_token", "username": "isu@acme", "password": "pa55word"}
    access = {"address": world.tenant.url, "tenant": "acme", "auth": auth, "api": "rest"}
    await connected(world, "workday", access)
    sync = await pulled(world, "workday")
    assert (sync.status, sync.counts.found) == ("success", 100)
    assert sync.outputs["reconciliation"] == "Workday 100, here 100."

"""Secrets that the other side replaces while we use them."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from adapters.workday.pull.access import WorkdayAccess
from kit.vault import Vault
from tests.webhooks.sync.world import World
from webhooks.connections import access, connections, store, testing
from webhooks.connections.store import Connection

AUTH = {
    "kind": "refresh_token",
    "client_id": "app",
    "client_secret": "app-secret",
    "refresh_token": "refresh-1",
}


async def connected(world: World) -> Connection:
    given: dict[str, Any] = {"address": world.tenant.url, "tenant": "acme", "auth": AUTH, "page_size": 30}
    new = connections.New(source="workday", access=given)
    async with world.db.company(world.company_id) as tx:
        return await connections.create(tx, world.caller, world.means, new)


async def test_a_refresh_token_that_was_replaced_is_the_one_used_next(world: World) -> None:
    world.tenant.rotates = True
    connection = await connected(world)
    for _ in range(2):
        assert (await world.run()).error is None
    tested = await testing.check(world.db, world.caller, world.means, connection.id)
    assert tested.ok
    assert [form["refresh_token"] for form in world.tenant.forms] == ["refresh-1", "refresh-2", "refresh-3"]


async def read(world: World, connection: Connection) -> Any:
    async with world.db.company(world.company_id) as tx:
        sealed = await store.read_access(tx, connection.id)
    return access.unseal(Vault(world.key), WorkdayAccess, sealed or "")


@pytest.mark.parametrize(
    ("change", "page_size", "token"),
    [
        ({"page_size": 50}, 50, "refresh-2"),
        ({"auth": {"refresh_token": "mine"}}, 30, "mine"),
    ],
)
async def test_what_a_person_changes_meanwhile_is_not_undone(
    world: World, change: dict[str, Any], page_size: int, token: str
) -> None:
    connection = await connected(world)
    loaded = await read(world, connection)
    keep = access.keeper(world.db, Vault(world.key), world.company_id, connection.id, loaded)
    await world.change(connection.id, access=change)
    await keep(replace(loaded, auth=replace(loaded.auth, refresh_token="refresh-2")))
    kept = await read(world, connection)
    assert (kept.page_size, kept.auth.refresh_token) == (page_size, token)

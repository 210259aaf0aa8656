"""The whole road on real parts, with either graph: a job profile comes in over HTTP, becomes a role in the
dashboard, and the recipe hears of it; then it changes, runs again in part, gets a document, is archived."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from connector import clock, worker
from connector.embedded.redis import Redis
from kit.db import Db
from kit.settings import Settings
from pipeline.stages.registry import STAGES
from tests.fakes.receiver import Receiver, receiving
from tests.flows.real import graph_at
from tests.parts.front import Tenant, settings_for
from tests.parts.servers import GraphServer
from tests.pipeline.engine.rig import Rig

SAMPLES = Path("adapters")
WORKDAY = (SAMPLES / "workday/samples/one_profile.xml").read_bytes()
SUCCESSFACTORS = (SAMPLES / "successfactors/samples/fojobcode_everything_present_expanded.json").read_bytes()
XML, JSON = {"Content-Type": "text/xml"}, {"Content-Type": "application/json"}
KEYS = {stage.key for stage in STAGES}


@pytest.fixture
def settings(db_url: str, redis_server: Redis, graph_server: GraphServer) -> Settings:
    """Every part is there."""
    return settings_for(
        db_url,
        redis_url=redis_server.url,
        neo4j_uri=graph_server.uri,
        neo4j_user=graph_server.user or "",
        neo4j_password=graph_server.password,
        neo4j_database=graph_server.database,
        allow_loopback_callbacks=True,
    )


@pytest.fixture
async def working(settings: Settings) -> AsyncIterator[None]:
    """A worker and a clock, as their processes run them."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(part.serve(settings, stop)) for part in (worker, clock)]
    yield
    stop.set()
    await asyncio.gather(*tasks)


class Road:
    """What a recipe does, and what it sees."""

    def __init__(self, db: Db, tenant: Tenant, receiver: Receiver) -> None:
        self.rig = Rig(db, [])
        self.http = tenant.http
        self.receiver = receiver
        self.secret = ""

    async def subscribe(self) -> None:
        """Hear of everything."""
        made = await self.http.post("/v1/subscriptions", json={"url": self.receiver.url, "events": ["*"]})
        assert made.status_code == 201, made.text
        self.secret = made.json()["secret"]

    async def send(self, body: bytes, source: str = "workday") -> dict[str, Any]:
        """The verdict on the only job profile of a body."""
        headers = XML if source == "workday" else JSON
        answer = await self.http.post(f"/v1/webhooks/{source}", content=body, headers=headers)
        assert answer.status_code == 202, answer.text
        (item,) = answer.json()["results"]
        found: dict[str, Any] = item
        return found

    async def ended(self, run_id: str) -> dict[str, Any]:
        """The run, once it is over, with its stages."""
        await self.rig.until(
            "SELECT id FROM run WHERE id = %(id)s AND status IN ('success', 'failed')",
            id=run_id.removeprefix("run_"),
            seconds=60,
        )
        found: dict[str, Any] = (await self.http.get(f"/v1/runs/{run_id}?detail=stages")).json()
        return found

    async def role(self, role_id: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.http.get(f"/v1/roles/{role_id}")).json()
        return found

    async def heard(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        """The callbacks of one kind, each with a signature that holds, once there are `count` of them."""
        async with asyncio.timeout(60):
            while True:
                told = [got for got in self.receiver.got if got.json()["type"] == kind]
                if len(told) >= count:
                    break
                await asyncio.sleep(0.02)
        for got in told:
            Webhook(self.secret).verify(got.body, dict(got.headers))
        return [got.json() for got in told]


@pytest.fixture
async def road(db: Db, working: None, tenant: Tenant) -> AsyncIterator[Road]:
    """A recipe that is subscribed, and a product that runs."""
    async with receiving() as receiver:
        road = Road(db, tenant, receiver)
        await road.subscribe()
        yield road


def reused(run: dict[str, Any]) -> set[str]:
    return {one["inputs"]["stage"] for one in run["stages"] if one["outputs"].get("reused_from")}


async def test_profiles_of_both_systems_become_roles_and_the_recipe_hears_of_each(
    road: Road, tenant: Tenant, graph_server: GraphServer
) -> None:
    items = [await road.send(WORKDAY), await road.send(SUCCESSFACTORS, "successfactors")]
    for item in items:
        assert (item["verdict"], item["pushed"]) == ("new", True)
        run = await road.ended(item["run_id"])
        assert run["status"] == "success", run["error"]
        assert (await road.role(item["role_id"]))["visible"] is True
    told = await road.heard("role.ready", 2)
    assert {one["role_id"] for one in told} == {item["role_id"] for item in items}
    graph = graph_at(graph_server)
    shown = await graph.dashboard(tenant.company.id)
    await graph.close()
    assert len(shown) == 2


async def test_a_role_lives_on_changed_rerun_in_part_and_archived(road: Road) -> None:
    first = await road.send(WORKDAY)
    await road.ended(first["run_id"])
    again = await road.send(WORKDAY)
    assert (again["verdict"], again["pushed"]) == ("no_material_change", False)

    changed = WORKDAY.replace(b"Associate Data Analyst", b"Senior Data Analyst")
    item = await road.send(changed)
    assert (item["verdict"], item["pushed"], item["role_id"]) == ("changed", False, first["role_id"])
    assert (await road.role(first["role_id"]))["state"] == "stale"
    await road.heard("role.stale")

    pushed = await road.http.post(f"/v1/roles/{first['role_id']}/push", json={})
    run = await road.ended(pushed.json()["id"])
    assert run["status"] == "success"
    assert (await road.role(first["role_id"]))["state"] == "ready"

    pushed = await road.http.post(
        f"/v1/roles/{first['role_id']}/push", json={"stages": ["skills_architecture"]}
    )
    run = await road.ended(pushed.json()["id"])
    assert run["status"] == "success"
    assert reused(run) == KEYS - {"skills_architecture"}

    added = await road.http.post(
        "/v1/documents",
        json={
            "role_id": first["role_id"],
            "kind": "process_map",
            "title": "Month end",
            "text": "Close the books. Reconcile accounts. Report the figures to the controller.",
        },
    )
    assert added.status_code == 201, added.text
    assert (await road.role(first["role_id"]))["state"] == "stale"

    gone = await road.send(changed.replace(b"<wd:Inactive>0<", b"<wd:Inactive>1<"))
    assert gone["pushed"] is False
    role = await road.role(first["role_id"])
    assert (role["state"], role["visible"]) == ("archived", False)
    await road.heard("role.archived")

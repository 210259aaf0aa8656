"""The graph stays what the store says: flags follow the roles, and damage is found and mended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from connector.cli import main
from connector.work import handlers
from kit import ids
from kit.db import Db
from kit.http import AddressRules, CompanyHttp
from kit.jobs import Jobs
from kit.vault import Vault, make_key
from pipeline.graph.marks import mark_roles
from pipeline.graph.writer import Graph
from pipeline.records import roles
from tests import make
from tests.flows.real import RealRig, graph_at, profile
from tests.parts.front import settings_for
from tests.parts.servers import EMBEDDED, GraphServer
from webhooks.callbacks.schedule import Policy
from webhooks.callbacks.sending import Means
from webhooks.callbacks.worker import Deliverer


class House(NamedTuple):
    """A company whose role went through all stages, and everything it stands on."""

    db: Db
    graph: Graph
    rig: RealRig
    jobs: Jobs
    deliverer: Deliverer
    company: UUID
    role: UUID

    async def work_once(self) -> None:
        """Do every job that is due, as a worker would."""
        while rows := await self.rig.rows("SELECT id FROM job WHERE due_at <= now() ORDER BY id"):
            await self.jobs.perform([row["id"] for row in rows])

    async def work_off(self) -> None:
        """Do every job there is; what has to be tried again is due at once."""
        async with asyncio.timeout(60):
            while await self.rig.rows("UPDATE job SET due_at = now() RETURNING id"):
                await self.work_once()

    async def shown(self) -> Any:
        """The role as the dashboard has it."""
        (row,) = await self.graph.dashboard(self.company)
        return row

    async def push(self, title: str) -> dict[str, Any]:
        """Its next revision, pushed and run to its end."""
        item = make.changed(profile(), role=profile(title=title).role)
        (verdict,) = (await make.take(self.db, self.company, item)).verdicts
        assert verdict.run_id is not None
        return await self.rig.settled(verdict.run_id, seconds=60)


@pytest.fixture
async def house(db: Db, db_url: str, graph_server: GraphServer) -> AsyncIterator[House]:
    graph = graph_at(graph_server)
    await graph.driver.execute("MATCH (n) DETACH DELETE n")
    rig = RealRig(db, graph)
    rig.engine()
    company = await make.company(db)
    (verdict,) = (await make.take(db, company, profile())).verdicts
    assert verdict.run_id is not None
    assert verdict.role_id is not None
    run = await rig.settled(verdict.run_id, seconds=60)
    assert (run["status"], run["state"]) == ("success", "ready")
    http = CompanyHttp(AddressRules((), False))
    means = Means(http, Vault(make_key()), "https://x.test", Policy.from_settings(settings_for(db_url)))
    deliverer = Deliverer(db, means)
    jobs = Jobs(db, handlers(db, deliverer, graph))
    whole = House(db, graph, rig, jobs, deliverer, company, verdict.role_id)
    await whole.work_off()
    yield whole
    await rig.stop()
    await http.close()
    await graph.close()


async def test_a_role_that_is_archived_and_restored_says_so_in_the_graph(house: House) -> None:
    async with house.db.company(house.company) as tx:
        await roles.archive(tx, house.company, house.role)
    await house.work_off()
    row = await house.shown()
    assert (row["archived"], row["stale"]) == (True, False)
    found = await house.graph.driver.read("MATCH (r:CompanyRole) RETURN r.visible AS visible")
    assert found == [{"visible": False}]
    async with house.db.company(house.company) as tx:
        await roles.restore(tx, house.company, house.role)
    await house.work_off()
    assert await house.graph.dashboard(house.company) == []
    found = await house.graph.driver.read("MATCH (r:CompanyRole) RETURN r.archived AS a, r.stale AS s")
    assert found == [{"a": False, "s": True}]


async def test_a_role_whose_profile_changed_is_stale_until_it_is_published_again(house: House) -> None:
    item = make.changed(profile(), role=profile(title="Accounts Payable Lead").role)
    (verdict,) = (await make.take(house.db, house.company, item)).verdicts
    assert not verdict.pushed
    await house.work_off()
    assert (await house.shown())["stale"] is True


async def test_an_enhancement_that_fails_after_publishing_is_named_until_it_succeeds(house: House) -> None:
    await allow_changes(house)
    broken = RealRig(house.db, house.graph, {"mine_skills": "false"})
    await house.rig.stop()
    broken.engine()
    run = await house._replace(rig=broken).push("Accounts Payable Lead")
    await broken.stop()
    assert run["state"] == "workflow_failed"
    await house.work_off()
    assert "mine_skills" in (await house.shown())["degraded"]


async def allow_changes(house: House) -> None:
    await house.rig.rows(
        "INSERT INTO push_policy (company_id, source, mode) VALUES (%(c)s, 'workday', 'new_and_changed') "
        "RETURNING source",
        c=house.company,
    )


async def test_events_heard_in_any_order_leave_the_present_state(house: House) -> None:
    async def flip() -> None:
        async with house.db.company(house.company) as tx:
            await roles.archive(tx, house.company, house.role)
        async with house.db.company(house.company) as tx:
            await roles.restore(tx, house.company, house.role)

    marking = (mark_roles(house.db, house.graph, house.company, [house.role]) for _ in range(4))
    await asyncio.gather(flip(), *marking)
    await house.work_off()
    found = await house.graph.driver.read("MATCH (r:CompanyRole) RETURN r.archived AS a, r.stale AS s")
    assert found == [{"a": False, "s": True}]


@pytest.mark.parametrize("graph_server", EMBEDDED, indirect=True)  # the other takes long to come back
async def test_marks_wait_for_a_graph_that_is_away(house: House, graph_server: GraphServer) -> None:
    async with house.db.company(house.company) as tx:
        await roles.archive(tx, house.company, house.role)
    graph_server.kill()
    try:
        await house.work_once()
    finally:
        await asyncio.to_thread(graph_server.start)
    left = await house.rig.rows("SELECT kind, last_error FROM job")
    assert [job["kind"] for job in left] == ["pipeline.mark_roles"], left
    assert "graph" in left[0]["last_error"]
    graph = graph_at(graph_server)  # it has another port now
    again = house._replace(graph=graph, jobs=Jobs(house.db, handlers(house.db, house.deliverer, graph)))
    await again.work_off()
    row = await again.shown()
    await graph.close()
    assert row["archived"] is True


def command(url: str, server: GraphServer, *words: str) -> Result:
    env = {
        "CONNECTOR_DATABASE_URL": url,
        "CONNECTOR_SECRET_KEY": make_key(),
        "CONNECTOR_NEO4J_URI": server.uri,
        "CONNECTOR_NEO4J_USER": server.user or "",
        "CONNECTOR_NEO4J_PASSWORD": server.password,
        "CONNECTOR_NEO4J_DATABASE": server.database,
    }
    return CliRunner().invoke(main, ["graph", *words], env=env)


async def test_damage_is_named_mended_and_gone(house: House, db_url: str, graph_server: GraphServer) -> None:
    async def run(*words: str) -> Result:
        return await asyncio.to_thread(command, db_url, graph_server, *words)

    clean = await run("verify")
    assert (clean.exit_code, clean.output) == (0, "Liberty: no differences.\n")
    await house.graph.driver.execute("MATCH (r:CompanyRole) SET r.ai_exposure = -1.0, r.stale = true")
    await house.graph.driver.execute("MATCH (:CompanyRole)-[e:HAS_DOCUMENT]->() DELETE e")
    company = ids.show("company", house.company)
    found = await run("verify", "--company", company)
    assert found.exit_code == 1
    for says in ("ai_exposure is -1.0", "stale is True and should be False", "has no edge HAS_DOCUMENT"):
        assert says in found.output
    mended = await run("rebuild", "--company", company)
    assert (mended.exit_code, "3 differences mended" in mended.output) == (0, True)
    assert (await run("verify")).exit_code == 0


async def test_an_empty_graph_is_made_again_from_the_store(
    house: House, db_url: str, graph_server: GraphServer
) -> None:
    before = await house.shown()
    await house.graph.driver.execute("MATCH (n) DETACH DELETE n")
    assert (await asyncio.to_thread(command, db_url, graph_server, "rebuild")).exit_code == 0
    after = await house.shown()
    for row in (before, after):
        row["skills"].sort(key=lambda skill: skill["name"])
    assert after == before


async def test_what_a_stage_wrote_earlier_is_compared_with_what_it_was_given_then(
    house: House, db_url: str, graph_server: GraphServer
) -> None:
    await allow_changes(house)
    broken = RealRig(house.db, house.graph, {"ai_assessment": "false"})
    await house.rig.stop()
    broken.engine()
    run = await house._replace(rig=broken).push("Accounts Payable Lead")
    await broken.stop()
    assert run["status"] == "failed"
    await house.work_off()
    clean = await asyncio.to_thread(command, db_url, graph_server, "verify")
    assert clean.output == "Liberty: no differences.\n"
    row = await house.shown()
    assert (row["title"], row["stale"]) == ("Accounts Payable Lead", True)

"""What breaks when a stage fails for good, for each of the thirteen (the dependency chain of the product's
original plan): the role's state, whether clients see it, what is missing, and which stages still ran."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import NamedTuple
from uuid import UUID

import pytest

from kit.db import Db
from pipeline.graph.writer import Graph
from pipeline.stages.registry import STAGES
from tests import make
from tests.flows.real import RealRig, graph_at, profile
from tests.parts.servers import EMBEDDED, GraphServer

KEYS = [stage.key for stage in STAGES]
CRITICAL = ["create_company_role", "link_documents", "ai_assessment", "publish_dashboard"]
AFTER_SKILLS = ["skills_architecture", "reskilling", "skills_catalog"]


class Radius(NamedTuple):
    """`fails`: stages that fail with the broken one. `skips`: stages left out. The rest still runs, with
    `marks` for what it had to do without."""

    state: str
    fails: list[str]
    skips: list[str]
    marks: tuple[str, ...] = ()


INVISIBLE = "assessment_failed"
DEGRADED = "workflow_failed"
RADIUS = {
    "create_company_role": Radius(
        INVISIBLE,
        ["link_documents", "ai_assessment", "publish_dashboard"],
        [key for key in KEYS if key not in CRITICAL],
    ),
    "link_documents": Radius(
        INVISIBLE,
        ["ai_assessment", "publish_dashboard"],
        [key for key in KEYS if key not in (*CRITICAL, "map_draup_role")],
    ),
    "map_draup_role": Radius(DEGRADED, [], []),
    "ai_assessment": Radius(
        INVISIBLE,
        ["publish_dashboard"],
        [key for key in KEYS if key not in (*CRITICAL, "map_draup_role")],
    ),
    "publish_dashboard": Radius(INVISIBLE, [], []),
    "top_tasks": Radius(DEGRADED, [], ["standardise_tasks", "task_feasibility"]),
    "standardise_tasks": Radius(DEGRADED, [], []),
    "task_feasibility": Radius(DEGRADED, [], []),
    "mine_skills": Radius(DEGRADED, [], AFTER_SKILLS, ("skills",)),
    "skills_architecture": Radius(DEGRADED, [], ["reskilling"]),
    "reskilling": Radius(DEGRADED, [], []),
    "skills_catalog": Radius(DEGRADED, [], [], ("skills",)),
    "role_catalog": Radius(DEGRADED, [], []),
}


@pytest.fixture
async def graph(graph_server: GraphServer) -> AsyncIterator[Graph]:
    graph = graph_at(graph_server)
    yield graph
    await graph.close()


async def push(db: Db, company_id: UUID) -> UUID:
    (verdict,) = (await make.take(db, company_id, profile())).verdicts
    assert verdict.run_id is not None
    return verdict.run_id


async def standing(rig: RealRig) -> dict[str, str]:
    """How each stage stands: ran, failed, skipped or never."""
    rows = await rig.rows("SELECT stage, status, skipped FROM stage_run WHERE status <> 'running'")
    words = {"success": "ran", "failed": "failed"}
    found = {row["stage"]: "skipped" if row["skipped"] else words[row["status"]] for row in rows}
    return {key: found.get(key, "never") for key in KEYS}


def expected(broken: str) -> dict[str, str]:
    radius = RADIUS[broken]
    failed = {broken, *radius.fails}
    return {key: "failed" if key in failed else "skipped" if key in radius.skips else "ran" for key in KEYS}


def test_every_stage_has_its_radius() -> None:
    assert sorted(RADIUS) == sorted(KEYS)


@pytest.mark.parametrize("graph_server", EMBEDDED, indirect=True)
@pytest.mark.parametrize("broken", KEYS)
async def test_a_stage_that_fails_for_good_takes_down_only_what_rests_on_it(
    db: Db, graph: Graph, broken: str
) -> None:
    rig = RealRig(db, graph, {broken: "false"})
    rig.engine()
    company_id = await make.company(db)
    run = await rig.settled(await push(db, company_id), seconds=60)
    await rig.stop()
    radius = RADIUS[broken]
    assert await standing(rig) == expected(broken)
    assert run["state"] == radius.state
    visible = radius.state == DEGRADED
    assert run["visible"] is visible
    shown = await graph.dashboard(company_id)
    assert len(shown) == visible
    if visible:
        assert (run["status"], run["error"]) == ("success", None)
        assert run["outputs"]["degraded"] == [broken, *radius.marks]
    else:
        first = next(key for key in KEYS if key in {broken, *radius.fails} and key in CRITICAL)
        assert (run["status"], run["error"]["code"], run["error"]["stage"]) == (
            "failed",
            "stage_command",
            first,
        )
    assert run["done"] == len(KEYS)


async def test_when_nothing_fails_all_thirteen_run_and_the_role_is_ready(db: Db, graph: Graph) -> None:
    rig = RealRig(db, graph)
    rig.engine()
    company_id = await make.company(db)
    run = await rig.settled(await push(db, company_id), seconds=60)
    await rig.stop()
    assert await standing(rig) == dict.fromkeys(KEYS, "ran")
    assert (run["status"], run["state"], run["visible"]) == ("success", "ready", True)
    (row,) = await graph.dashboard(company_id)
    assert (row["title"], row["stale"], row["archived"]) == ("Accounts Payable Specialist", False, False)


async def test_a_failed_rerun_never_hides_what_was_published(db: Db, graph: Graph) -> None:
    company_id = await make.company(db)
    rig = RealRig(db, graph)
    rig.engine()
    await rig.settled(await push(db, company_id), seconds=60)
    await rig.stop()
    await rig.rows(
        "INSERT INTO push_policy (company_id, source, mode) VALUES (%(c)s, 'workday', 'new_and_changed') "
        "RETURNING source",
        c=company_id,
    )
    worse = RealRig(db, graph, {"ai_assessment": "false"})
    worse.engine()
    item = make.changed(profile(), role=profile(title="Accounts Payable Lead").role)
    (verdict,) = (await make.take(db, company_id, item)).verdicts
    assert verdict.run_id is not None
    run = await worse.settled(verdict.run_id, seconds=60)
    await worse.stop()
    assert (run["status"], run["state"], run["visible"]) == ("failed", "assessment_failed", True)
    assert len(await graph.dashboard(company_id)) == 1

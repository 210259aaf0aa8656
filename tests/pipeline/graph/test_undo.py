"""Each stage's rollback leaves the graph as it was; what others use stays."""

from __future__ import annotations

import uuid

import msgspec
import pytest

from pipeline.graph.draup import draup_picture
from pipeline.graph.writer import Graph
from pipeline.stages.base import Given
from pipeline.stages.graph_stage import GraphStage
from tests.pipeline.graph.builders import (
    ALL,
    CATALOG,
    CREATE,
    LINK,
    PUBLISH,
    SKILLS,
    document,
    given,
    role,
    rows,
    snapshot,
    work,
)

DRAUP = {"code": "15-2051.00", "title": "Data Scientists", "taxonomy": "onet"}


async def _undo(graph: Graph, stage: GraphStage, facts: Given, run: uuid.UUID) -> None:
    await stage.rollback(stage.intent(facts) or {}, work(graph, run=run))


@pytest.mark.parametrize("stage", ALL, ids=lambda stage: str(stage.key))
async def test_rollback_of_a_first_run_leaves_the_graph_as_before(graph: Graph, stage: GraphStage) -> None:
    neighbour = given(role(company := uuid.uuid4(), code="N", title="Neighbour"))
    facts, run = given(role(company)), uuid.uuid4()
    for one in ALL:
        await one.execute(neighbour, work(graph))
    for one in ALL[: ALL.index(stage)]:
        await one.execute(facts, work(graph, run=run))
    before = await snapshot(graph)
    await stage.execute(facts, work(graph, run=run))
    assert await snapshot(graph) != before
    await _undo(graph, stage, facts, run)
    assert await snapshot(graph) == before


@pytest.mark.parametrize("stage", ALL, ids=lambda stage: str(stage.key))
async def test_rollback_of_a_later_run_brings_the_earlier_one_back(graph: Graph, stage: GraphStage) -> None:
    facts = role()
    for one in ALL:
        await one.execute(given(facts), work(graph))
    before = await snapshot(graph)
    newer = given(
        msgspec.structs.replace(facts, title="Chief Analyst", family="Executive", revision=2),
        documents=[document(title="New")],
        ai_assessment={"summary": "Changed", "scores": None, "tasks": []},
        mine_skills={"found": [{"name": "Excel", "group": "Software"}], "inferred": []},
        skills_catalog=None,
    )
    run = uuid.uuid4()
    await stage.execute(newer, work(graph, rev=2, run=run))
    assert await snapshot(graph) != before
    await _undo(graph, stage, newer, run)
    assert await snapshot(graph) == before


async def test_undoing_everything_leaves_nothing(graph: Graph) -> None:
    facts, run = given(role()), uuid.uuid4()
    for stage in ALL:
        await stage.execute(facts, work(graph, run=run))
    for stage in reversed(ALL):
        await _undo(graph, stage, facts, run)
    assert await snapshot(graph) == []


async def test_three_runs_are_undone_one_after_the_other(graph: Graph) -> None:
    facts, runs, seen = role(), [uuid.uuid4() for _ in range(3)], []
    for number, run in enumerate(runs, 1):
        seen.append(await snapshot(graph))
        await CREATE.execute(
            given(facts := msgspec.structs.replace(facts, title=f"T{number}")),
            work(graph, rev=number, run=run),
        )
    for run, before in zip(reversed(runs), reversed(seen), strict=True):
        await _undo(graph, CREATE, given(facts), run)
        assert await snapshot(graph) == before


async def test_a_skill_of_another_role_is_kept(graph: Graph) -> None:
    company, run = uuid.uuid4(), uuid.uuid4()
    one, other = given(role(company)), given(role(company, code="O", title="Other"))
    for facts in (one, other):
        await CREATE.execute(facts, work(graph, run=run))
        await SKILLS.execute(facts, work(graph, run=run))
    await _undo(graph, SKILLS, one, run)
    left = await rows(graph, "MATCH (r:CompanyRole)-[:REQUIRES_SKILL]->(s:Skill) RETURN r.key AS key")
    assert {row["key"] for row in left} == {str(other.role.id)}
    assert await rows(graph, "MATCH (s:Skill) RETURN count(s) AS n") == [{"n": 2}]
    await _undo(graph, SKILLS, other, run)
    assert await rows(graph, "MATCH (s:Skill) RETURN count(s) AS n") == [{"n": 0}]


async def test_undo_of_an_old_run_keeps_what_a_later_run_wrote(graph: Graph) -> None:
    facts, first = given(role()), uuid.uuid4()
    await CREATE.execute(facts, work(graph, run=first))
    await CREATE.execute(facts, work(graph, rev=2))
    before = await snapshot(graph)
    await _undo(graph, CREATE, facts, first)
    assert await snapshot(graph) == before


async def test_a_second_try_of_a_run_does_not_forget_what_its_first_replaced(graph: Graph) -> None:
    facts, run = given(role()), uuid.uuid4()
    await CREATE.execute(facts, work(graph))
    before = await snapshot(graph)
    changed = given(msgspec.structs.replace(facts.role, title="Changed"))
    for rev in (2, 3):
        await CREATE.execute(changed, work(graph, rev=rev, run=run))
    await _undo(graph, CREATE, changed, run)
    assert await snapshot(graph) == before


async def test_undo_twice_is_undo_once(graph: Graph) -> None:
    facts, run = given(role()), uuid.uuid4()
    for stage in (CREATE, LINK):
        await stage.execute(facts, work(graph, run=run))
    await _undo(graph, LINK, facts, run)
    before = await snapshot(graph)
    await _undo(graph, LINK, facts, run)
    assert await snapshot(graph) == before


async def test_a_standard_role_already_in_the_graph_is_used_and_survives_undo(graph: Graph) -> None:
    await graph.driver.execute("CREATE (d:DraupRole) SET d = $props", props=DRAUP)
    facts, attempt = given(role()), work(graph)
    await CREATE.execute(facts, attempt)
    before = await snapshot(graph)
    picture = draup_picture(facts, DRAUP)
    await graph.write(picture, run_id=attempt.run_id, rev=1, deadline=attempt.deadline)
    assert await rows(graph, "MATCH (d:DraupRole) RETURN count(d) AS n") == [{"n": 1}]
    linked = await rows(graph, "MATCH (:CompanyRole)-[:MAPS_TO]->(d:DraupRole) RETURN d.code AS code")
    assert linked == [{"code": DRAUP["code"]}]
    await graph.undo(picture.intent(), run_id=attempt.run_id, deadline=attempt.deadline)
    assert await snapshot(graph) == before


async def test_a_new_standard_role_is_the_companys_own_and_makes_no_taxonomy_of_it(graph: Graph) -> None:
    facts, attempt = given(role()), work(graph)
    await CREATE.execute(facts, attempt)
    before = await snapshot(graph)
    picture = draup_picture(facts, DRAUP)
    await graph.write(picture, run_id=attempt.run_id, rev=1, deadline=attempt.deadline)
    (held,) = await rows(graph, "MATCH (d:DraupRole) RETURN d.company_id AS company, d.code AS code")
    assert held == {"company": str(facts.role.company_id), "code": DRAUP["code"]}
    assert await graph.draup_roles(facts.role.company_id) == []
    await graph.undo(picture.intent(), run_id=attempt.run_id, deadline=attempt.deadline)
    assert await snapshot(graph) == before


async def test_rollback_of_stages_in_another_order_leaves_no_orphans(graph: Graph) -> None:
    facts, run = given(role()), uuid.uuid4()
    for stage in ALL:
        await stage.execute(facts, work(graph, run=run))
    for stage in (CREATE, CATALOG, LINK, SKILLS, PUBLISH):
        await _undo(graph, stage, facts, run)
    assert await snapshot(graph) == []

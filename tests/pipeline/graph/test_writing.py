"""What the writer promises: nothing doubled, nothing older wins, companies apart."""

from __future__ import annotations

import asyncio
import uuid

import msgspec
import pytest

from pipeline.graph.writer import Graph
from pipeline.stages.base import StageFault
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


async def test_a_stage_done_twice_leaves_the_graph_as_after_once(graph: Graph) -> None:
    facts, attempt = given(role()), work(graph)
    for stage in ALL:
        if stage is not PUBLISH:
            await stage.execute(facts, attempt)
    once = await snapshot(graph)
    for stage in ALL:
        if stage is not PUBLISH:
            await stage.execute(facts, attempt)
    assert await snapshot(graph) == once


async def test_a_new_role_has_a_node_with_company_and_family(graph: Graph) -> None:
    done = await CREATE.execute(given(facts := role()), work(graph))
    assert done.outputs["outcome"] == "created"
    found = await rows(
        graph,
        "MATCH (f:JobFamily)<-[:IN_FAMILY]-(r:CompanyRole)-[:BELONGS_TO]->(c:Company) "
        "RETURN r.key AS key, r.company_id AS company_id, r.title AS title, c.name AS c, f.name AS f",
    )
    assert found == [
        {
            "key": str(facts.id),
            "company_id": str(facts.company_id),
            "title": "Data Analyst",
            "c": "Acme",
            "f": "Data and Analytics",
        }
    ]


async def test_an_older_rev_changes_nothing(graph: Graph) -> None:
    facts = role()
    await CREATE.execute(given(facts), work(graph, rev=5))
    before = [line for line in await snapshot(graph) if "EtterWrite" not in line]
    older = msgspec.structs.replace(facts, title="Old title")
    with pytest.raises(StageFault) as fault:
        await CREATE.execute(given(older), work(graph, rev=4))
    assert fault.value.code == "graph_superseded"
    assert [line for line in await snapshot(graph) if "EtterWrite" not in line] == before


async def test_a_later_run_wins_even_with_a_smaller_rev(graph: Graph) -> None:
    earlier, later = (uuid.UUID(f"0190000{made}-0000-7000-8000-000000000000") for made in (1, 2))
    facts, paper = role(), document()
    for stage in (CREATE, LINK):
        await stage.execute(given(facts, documents=[paper]), work(graph, rev=4, run=earlier))
    again = given(
        msgspec.structs.replace(facts, title="New title"),
        documents=[msgspec.structs.replace(paper, title="New JD")],
    )
    for stage in (CREATE, LINK):
        await stage.execute(again, work(graph, rev=2, run=later))
    found = await rows(graph, "MATCH (r:CompanyRole)--(d:Document) RETURN r.title AS r, d.title AS d")
    assert found == [{"r": "New title", "d": "New JD"}]
    with pytest.raises(StageFault) as fault:
        await CREATE.execute(given(facts), work(graph, rev=9, run=earlier))
    assert fault.value.code == "graph_superseded"


async def test_a_newer_revision_replaces_documents_and_family(graph: Graph) -> None:
    facts, kept, gone, new = role(), document(), document(), document(kind="process_map")
    await CREATE.execute(given(facts), work(graph))
    await LINK.execute(given(facts, documents=[kept, gone]), work(graph))
    later = msgspec.structs.replace(facts, family="Finance")
    await CREATE.execute(given(later), work(graph, rev=2))
    done = await LINK.execute(given(later, documents=[kept, new]), work(graph, rev=2))
    assert done.outputs["process_maps"] == {"linked": 1}
    linked = await rows(graph, "MATCH (:CompanyRole)-[:HAS_DOCUMENT]->(d:Document) RETURN d.key AS key")
    assert {row["key"] for row in linked} == {str(kept.id), str(new.id)}
    assert await rows(graph, "MATCH (d:Document) RETURN count(d) AS n") == [{"n": 2}]
    families = await rows(graph, "MATCH (:CompanyRole)-[:IN_FAMILY]->(f) RETURN f.name AS name")
    assert families == [{"name": "Finance"}]
    assert await rows(graph, "MATCH (f:JobFamily) RETURN count(f) AS n") == [{"n": 1}]


async def test_writers_of_many_roles_at_once_double_nothing(graph: Graph) -> None:
    other, company = Graph(graph.driver, graph.names), uuid.uuid4()
    facts = [given(role(company, code=f"C{number}", title=f"Role {number}")) for number in range(20)]
    for stage in (CREATE, SKILLS, CATALOG):
        await asyncio.gather(
            *(stage.execute(one, work(writer, rev=3)) for one in facts for writer in (graph, other))
        )
    counted = await rows(
        graph,
        "MATCH (n) WHERE n:CompanyRole OR n:Company OR n:JobFamily OR n:Skill OR n:RoleCatalogEntry "
        "RETURN labels(n)[0] AS label, count(n) AS n ORDER BY label",
    )
    assert {row["label"]: row["n"] for row in counted} == {
        "Company": 1,
        "CompanyRole": 20,
        "JobFamily": 1,
        "RoleCatalogEntry": 20,
        "Skill": 2,
    }
    edges = await rows(graph, "MATCH (:CompanyRole)-[e:REQUIRES_SKILL]->(:Skill) RETURN count(e) AS n")
    assert edges == [{"n": 40}]


async def test_two_companies_share_no_node(graph: Graph) -> None:
    one, other = role(), role()
    for facts in (one, other):
        for stage in (CREATE, SKILLS, PUBLISH):
            await stage.execute(given(facts), work(graph))
    assert await rows(graph, "MATCH (s:Skill) RETURN count(s) AS n") == [{"n": 4}]
    crossing = await rows(
        graph, "MATCH (r:CompanyRole)--(n) WHERE r.company_id <> n.company_id RETURN count(n) AS n"
    )
    assert crossing == [{"n": 0}]
    seen = await graph.dashboard(one.company_id)
    assert [row["role_id"] for row in seen] == [str(one.id)]


async def test_a_stage_whose_role_is_not_in_the_graph_says_so(graph: Graph) -> None:
    with pytest.raises(StageFault) as fault:
        await LINK.execute(given(role()), work(graph))
    assert fault.value.code == "role_not_in_graph"
    assert not fault.value.retry
    assert await snapshot(graph) == []


async def test_one_refused_write_does_not_fail_the_others_of_its_batch(graph: Graph) -> None:
    company = uuid.uuid4()
    good = [role(company, code=f"G{number}", title=f"Good {number}") for number in range(5)]
    bad = role(company, code="B", title="Bad", countries=[{"a": "map"}])
    answers = await asyncio.gather(
        *(CREATE.execute(given(facts), work(graph)) for facts in [*good, bad]), return_exceptions=True
    )
    assert [type(answer).__name__ for answer in answers] == ["Outcome"] * 5 + ["StageFault"]
    assert await rows(graph, "MATCH (r:CompanyRole) RETURN count(r) AS n") == [{"n": 5}]


async def test_a_skill_removed_by_another_writer_is_made_again(graph: Graph) -> None:
    company = uuid.uuid4()
    first, second = role(company), role(company, code="X", title="Other")
    for facts in (first, second):
        await CREATE.execute(given(facts), work(graph))
    await SKILLS.execute(given(first), work(graph))
    await graph.driver.execute("MATCH (s:Skill) DETACH DELETE s")
    await SKILLS.execute(given(second), work(graph))
    found = await rows(graph, "MATCH (:CompanyRole)-[:REQUIRES_SKILL]->(s:Skill) RETURN count(s) AS n")
    assert found == [{"n": 2}]


async def test_a_mark_changes_the_flags_named_and_no_other(graph: Graph) -> None:
    facts = role()
    await CREATE.execute(given(facts), work(graph))
    await PUBLISH.execute(given(facts), work(graph))
    assert await graph.mark(facts.company_id, facts.id, stale=True, degraded=["top_tasks"])
    (row,) = await graph.dashboard(facts.company_id)
    assert (row["stale"], row["archived"], row["degraded"]) == (True, False, ["top_tasks"])
    assert not await graph.mark(uuid.uuid4(), facts.id, stale=True)


async def test_the_first_write_makes_the_constraints_before_it(graph: Graph) -> None:
    await graph.prepare()
    for row in await rows(graph, "SHOW CONSTRAINTS YIELD name RETURN name"):
        await graph.driver.execute(f"DROP CONSTRAINT {row['name']} IF EXISTS")
    other = Graph(graph.driver, graph.names)
    await CREATE.execute(given(role()), work(other))
    made = await rows(graph, "SHOW CONSTRAINTS YIELD name RETURN name")
    assert len([row for row in made if row["name"].startswith("etter_")]) == 8

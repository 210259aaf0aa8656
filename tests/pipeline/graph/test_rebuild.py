"""The graph can be compared with the store and made anew from it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

from pipeline.graph.draup import draup_picture
from pipeline.graph.model import RolePicture
from pipeline.graph.rebuild import rebuild
from pipeline.graph.verify import verify
from pipeline.graph.writer import Graph
from pipeline.stages.base import RoleFacts
from tests.pipeline.graph.builders import (
    ALL,
    ASSESSMENT,
    CREATE,
    MINED,
    document,
    given,
    role,
    rows,
    snapshot,
    work,
)

HARM = (
    (
        "MATCH (r:CompanyRole {title: 'Role 1'}) SET r.ai_exposure = 1.0",
        "ai_exposure is 1.0 and should be 41.5.",
    ),
    (
        "MATCH (r:CompanyRole {title: 'Role 1'})-[e:HAS_DOCUMENT]->() DELETE e",
        "has no edge HAS_DOCUMENT to",
    ),
    (
        "MATCH (r:CompanyRole {title: 'Role 1'})-[e:MAPS_TO]->() DELETE e",
        "has no edge MAPS_TO to DraupRole",
    ),
    (
        "MATCH (d:Document)--(:CompanyRole {title: 'Role 1'}) SET d.title = 'x'",
        "title is 'x' and should be 'JD'.",
    ),
    ("MATCH (:CompanyRole {title: 'Role 1'})-[e:REQUIRES_SKILL]->() SET e.origin = 'x'", "origin is 'x'"),
    ("MATCH (r:CompanyRole {title: 'Role 1'}) DETACH DELETE r", "is not in the graph."),
    (
        "MATCH (r:CompanyRole {title: 'Role 1'}) CREATE (r)-[:REQUIRES_SKILL]->"
        "(:Skill {company_id: r.company_id, key: 'cobol', made_by: 'etter'})",
        "has an edge REQUIRES_SKILL to Skill 'cobol' too many.",
    ),
)
DRAUP = {"code": "15-2051.00", "title": "Data Scientists", "taxonomy": "onet"}


async def _stream(roles: list[RolePicture]) -> AsyncIterator[RolePicture]:
    for one in roles:
        yield one


async def _company(graph: Graph, roles: int = 3) -> list[RolePicture]:
    """Roles of one company that went through all graph stages."""
    company = uuid.uuid4()
    facts = [role(company, code=f"C{number}", title=f"Role {number}") for number in range(roles)]
    return list(await asyncio.gather(*(_done(graph, one) for one in facts)))


async def _done(graph: Graph, facts: RoleFacts) -> RolePicture:
    documents, attempt = [document()], work(graph)
    outputs: dict[str, Any] = {
        "ai_assessment": ASSESSMENT,
        "mine_skills": MINED,
        "map_draup_role": {"linked": DRAUP, "review": False, "status": "exact_single"},
    }
    for stage in ALL:
        done = await stage.execute(given(facts, documents=documents, **outputs), attempt)
        outputs[stage.key] = done.outputs
    stored = RolePicture(role=facts, documents=documents, outputs=outputs, rev=1, run_id=attempt.run_id)
    await _link_draup(graph, stored)
    return stored


async def _link_draup(graph: Graph, stored: RolePicture) -> None:
    picture = draup_picture(given(stored.role), DRAUP)
    attempt = work(graph)
    await graph.write(picture, run_id=stored.run_id, rev=1, deadline=attempt.deadline)


async def test_a_graph_as_the_store_says_has_no_difference(graph: Graph) -> None:
    stored = await _company(graph)
    assert await verify(graph, stored[0].role.company_id, _stream(stored)) == []


async def test_an_empty_graph_is_rebuilt_to_the_same_graph(graph: Graph) -> None:
    stored = await _company(graph)
    company, before = stored[0].role.company_id, await snapshot(graph)
    await graph.driver.execute("MATCH (n) DETACH DELETE n")
    assert await verify(graph, company, _stream(stored)) == [
        f"Role {one.role.id} ({one.role.title}) is not in the graph." for one in stored
    ]
    assert len(await rebuild(graph, company, _stream(stored))) == 3
    assert await snapshot(graph) == before
    assert await verify(graph, company, _stream(stored)) == []


async def test_harm_is_named_and_repaired(graph: Graph) -> None:
    stored = await _company(graph)
    company, before = stored[0].role.company_id, await snapshot(graph)
    for harm, says in HARM:
        await graph.driver.execute(harm)
        found = await verify(graph, company, _stream(stored))
        assert all(str(stored[1].role.id) in sentence for sentence in found)
        assert any(says in sentence for sentence in found), (harm, found)
        assert await rebuild(graph, company, _stream(stored)) == found
        assert await snapshot(graph) == before


async def test_a_role_that_the_store_does_not_know_is_taken_out(graph: Graph) -> None:
    stored = await _company(graph)
    company = stored[0].role.company_id
    found = await rebuild(graph, company, _stream(stored[:2]))
    assert found == [f"Role {stored[2].role.id} (Role 2) is in the graph and not in the store."]
    assert await rows(graph, "MATCH (r:CompanyRole) RETURN count(r) AS n") == [{"n": 2}]
    assert await verify(graph, company, _stream(stored[:2])) == []


async def test_marks_count_as_what_should_be_there(graph: Graph) -> None:
    (stored,) = await _company(graph, 1)
    company = stored.role.company_id
    await graph.mark(company, stored.role.id, stale=True)
    assert await verify(graph, company, _stream([stored])) == [
        f"Role {stored.role.id} (Role 0): stale is True and should be False."
    ]
    marked = RolePicture(
        role=stored.role,
        documents=stored.documents,
        outputs=stored.outputs,
        rev=1,
        run_id=stored.run_id,
        marks={"stale": True},
    )
    assert await verify(graph, company, _stream([marked])) == []
    await graph.driver.execute("MATCH (n) DETACH DELETE n")
    await rebuild(graph, company, _stream([marked]))
    assert await verify(graph, company, _stream([marked])) == []


async def test_another_companys_roles_are_not_looked_at(graph: Graph) -> None:
    stored = await _company(graph, 1)
    await CREATE.execute(given(role()), work(graph))
    assert await verify(graph, stored[0].role.company_id, _stream(stored)) == []

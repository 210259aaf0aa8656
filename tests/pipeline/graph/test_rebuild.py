"""The graph can be compared with the store and made anew from it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from pipeline.graph.draup import draup_picture
from pipeline.graph.expected import WRITERS
from pipeline.graph.model import RolePicture, Wrote
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
    seen = given(facts, documents=documents, **outputs)
    wrote = {
        stage: Wrote(given=seen, outputs=done, rev=1, run_id=attempt.run_id)
        for stage, done in outputs.items()
        if stage in WRITERS
    }
    stored = RolePicture(id=facts.id, title=facts.title, wrote=wrote)
    await _link_draup(graph, stored)
    return stored


async def _link_draup(graph: Graph, stored: RolePicture) -> None:
    wrote = stored.wrote["map_draup_role"]
    picture = draup_picture(wrote.given, DRAUP)
    await graph.write(picture, run_id=wrote.run_id, rev=1, deadline=work(graph).deadline)


def _owner(stored: RolePicture) -> uuid.UUID:
    """The role's company."""
    return stored.wrote["create_company_role"].given.role.company_id


async def test_a_graph_as_the_store_says_has_no_difference(graph: Graph) -> None:
    stored = await _company(graph)
    assert await verify(graph, _owner(stored[0]), _stream(stored)) == []


async def test_an_empty_graph_is_rebuilt_to_the_same_graph(graph: Graph) -> None:
    stored = await _company(graph)
    company, before = _owner(stored[0]), await snapshot(graph)
    await graph.driver.execute("MATCH (n) DETACH DELETE n")
    assert await verify(graph, company, _stream(stored)) == [
        f"Role {one.id} ({one.title}) is not in the graph." for one in stored
    ]
    assert len(await rebuild(graph, company, _stream(stored))) == 3
    assert await snapshot(graph) == before
    assert await verify(graph, company, _stream(stored)) == []


async def test_harm_is_named_and_repaired(graph: Graph) -> None:
    stored = await _company(graph)
    company, before = _owner(stored[0]), await snapshot(graph)
    for harm, says in HARM:
        await graph.driver.execute(harm)
        found = await verify(graph, company, _stream(stored))
        assert all(str(stored[1].id) in sentence for sentence in found)
        assert any(says in sentence for sentence in found), (harm, found)
        assert await rebuild(graph, company, _stream(stored)) == found
        assert await snapshot(graph) == before


async def test_a_role_that_the_store_does_not_know_is_taken_out(graph: Graph) -> None:
    stored = await _company(graph)
    company = _owner(stored[0])
    found = await rebuild(graph, company, _stream(stored[:2]))
    assert found == [f"Role {stored[2].id} (Role 2) is in the graph and not in the store."]
    assert await rows(graph, "MATCH (r:CompanyRole) RETURN count(r) AS n") == [{"n": 2}]
    assert await verify(graph, company, _stream(stored[:2])) == []


async def test_marks_count_as_what_should_be_there(graph: Graph) -> None:
    (stored,) = await _company(graph, 1)
    company = _owner(stored)
    await graph.mark(company, stored.id, stale=True)
    assert await verify(graph, company, _stream([stored])) == [
        f"Role {stored.id} (Role 0): stale is True and should be False."
    ]
    marked = msgspec.structs.replace(stored, marks={"stale": True})
    assert await verify(graph, company, _stream([marked])) == []
    await graph.driver.execute("MATCH (n) DETACH DELETE n")
    await rebuild(graph, company, _stream([marked]))
    assert await verify(graph, company, _stream([marked])) == []


async def test_another_companys_roles_are_not_looked_at(graph: Graph) -> None:
    stored = await _company(graph, 1)
    await CREATE.execute(given(role()), work(graph))
    assert await verify(graph, _owner(stored[0]), _stream(stored)) == []


async def test_a_role_that_is_being_written_is_left_alone(graph: Graph) -> None:
    (stored,) = await _company(graph, 1)
    busy = msgspec.structs.replace(stored, wrote={}, busy=True)
    company = _owner(stored)
    assert await verify(graph, company, _stream([busy])) == []
    assert await rebuild(graph, company, _stream([busy])) == []
    assert await verify(graph, company, _stream([stored])) == []

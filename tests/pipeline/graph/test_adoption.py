"""A role that was in the graph before us is adopted, never doubled, and given back as it was."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.graph.writer import Graph
from pipeline.stages.base import StageFault
from tests.pipeline.graph.builders import CREATE, PUBLISH, given, role, rows, snapshot, work


async def _put(graph: Graph, **props: Any) -> None:
    await graph.driver.execute("CREATE (r:CompanyRole) SET r = $props", props=props)


async def _roles(graph: Graph) -> int:
    return int((await rows(graph, "MATCH (r:CompanyRole) RETURN count(r) AS n"))[0]["n"])


async def test_a_role_with_the_same_company_and_code_is_adopted(graph: Graph) -> None:
    await _put(graph, company="ACME", code="DA-1", title="Analyst (data)", owner="somebody")
    facts = role()
    done = await CREATE.execute(given(facts), work(graph))
    assert done.outputs["outcome"] == "adopted"
    assert done.outputs["adopted"] == {"code": "DA-1", "title": "Analyst (data)"}
    (row,) = await rows(graph, "MATCH (r:CompanyRole) RETURN r.key AS key, r.title AS t, r.owner AS owner")
    assert row == {"key": str(facts.id), "t": "Data Analyst", "owner": "somebody"}


async def test_a_role_with_the_same_company_and_name_is_adopted(graph: Graph) -> None:
    facts = role(code=None)
    await _put(graph, company_id=str(facts.company_id), name=" data analyst ")
    done = await CREATE.execute(given(facts), work(graph))
    assert done.outputs["outcome"] == "adopted"
    assert await _roles(graph) == 1


@pytest.mark.parametrize(
    "props",
    [
        {"company": "Other", "code": "DA-1"},
        {"company": "Acme", "code": "DA-2", "title": "Data Analyst"},
        {"company": "Acme", "title": "Data Engineer"},
    ],
    ids=["another company", "same name, another code", "another name"],
)
async def test_a_role_that_is_not_the_same_is_left_alone(graph: Graph, props: dict[str, Any]) -> None:
    await _put(graph, **props)
    done = await CREATE.execute(given(role()), work(graph))
    assert done.outputs["outcome"] == "created"
    assert await _roles(graph) == 2


async def test_a_role_that_may_be_two_others_is_not_written(graph: Graph) -> None:
    await _put(graph, company="Acme", title="Data Analyst")
    await _put(graph, company="Acme", name="Data Analyst")
    before = [line for line in await snapshot(graph) if "CompanyRole" in line or "code" in line]
    with pytest.raises(StageFault) as fault:
        await CREATE.execute(given(role()), work(graph))
    assert (fault.value.code, fault.value.retry) == ("role_ambiguous", False)
    assert fault.value.action is not None
    assert [line for line in await snapshot(graph) if "CompanyRole" in line or "code" in line] == before
    assert await rows(graph, "MATCH (j:EtterWrite) RETURN count(j) AS n") == [{"n": 0}]


async def test_the_code_decides_between_two_roles_of_one_name(graph: Graph) -> None:
    await _put(graph, company="Acme", title="Data Analyst", code="DA-1")
    await _put(graph, company="Acme", title="Data Analyst", code="DA-9")
    done = await CREATE.execute(given(role()), work(graph))
    assert done.outputs["outcome"] == "adopted"
    assert await _roles(graph) == 2


async def test_undo_gives_an_adopted_role_its_own_properties_back(graph: Graph) -> None:
    await _put(graph, company="Acme", code="DA-1", title="Analyst", summary="theirs", tags=["a", "b"])
    await graph.driver.execute("MATCH (r:CompanyRole) CREATE (r)-[:KNOWN_TO]->(:Other {a: 1})")
    before, facts = await snapshot(graph), role()
    attempt = work(graph)
    for stage in (CREATE, PUBLISH):
        await stage.execute(given(facts), attempt)
    for stage in (PUBLISH, CREATE):
        await stage.rollback(stage.intent(given(facts)) or {}, attempt)
    assert await snapshot(graph) == before


async def test_an_adopted_date_comes_back_as_a_date(graph: Graph) -> None:
    await graph.driver.execute(
        "CREATE (r:CompanyRole {company: 'Acme', code: 'DA-1', updated_at: date('2024-02-29')})"
    )
    before, facts, attempt = await snapshot(graph), role(), work(graph)
    for stage in (CREATE, PUBLISH):
        await stage.execute(given(facts), attempt)
    for stage in (PUBLISH, CREATE):
        await stage.rollback(stage.intent(given(facts)) or {}, attempt)
    assert await snapshot(graph) == before

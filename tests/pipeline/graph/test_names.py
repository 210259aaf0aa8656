"""Names are settings that cannot smuggle Cypher in; errors are told in our words."""

from __future__ import annotations

import time
import uuid

import pytest
from neo4j import exceptions as errors

from pipeline.graph import schema
from pipeline.graph.driver import Driver, fault_of
from pipeline.graph.names import QUERIES, Names, cypher
from pipeline.graph.writer import Graph
from pipeline.stages.base import StageFault
from tests.pipeline.graph.builders import ALL, CREATE, PUBLISH, given, role, rows, work


@pytest.mark.parametrize("name", ["", "1Role", "Role) DETACH DELETE (n", "Company Role", "Rôle", "Role`"])
def test_a_name_that_is_no_plain_word_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="company_role"):
        Names(company_role=name)


def test_two_labels_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        Names(skill="Document")


def test_no_query_keeps_a_placeholder() -> None:
    for query in QUERIES:
        assert "{{" not in cypher(Names(), query, "skill", "requires_skill")


def test_every_label_is_unique_by_company_and_key() -> None:
    constraints = [text for text in schema.statements(Names()).values() if "IS UNIQUE" in text]
    assert all("(n.company_id, n.key) IS UNIQUE" in text for text in constraints)
    assert len(constraints) == 8


async def test_an_existing_graphs_own_names_are_used(graph: Graph) -> None:
    names = Names(company_role="ClientRole", has_document="DESCRIBED_BY", requires_skill="NEEDS")
    theirs = Graph(graph.driver, names)
    await theirs.prepare()
    facts = role()
    for stage in ALL:
        await stage.execute(given(facts), work(theirs))
    found = await rows(
        graph, "MATCH (s:Skill)<-[:NEEDS]-(r:ClientRole)-[:DESCRIBED_BY]->(:Document) RETURN count(s) AS n"
    )
    assert found == [{"n": 2}]
    assert len(await theirs.dashboard(facts.company_id)) == 1


@pytest.mark.parametrize(
    ("error", "code", "retry"),
    [
        (errors.ServiceUnavailable("gone"), "graph_unavailable", True),
        (errors.SessionExpired("gone"), "graph_unavailable", True),
        (ConnectionResetError("gone"), "graph_unavailable", True),
        (errors.AuthError("who?"), "graph_unavailable", True),
        (errors.TransientError("later"), "graph_conflict", True),
        (errors.ConstraintError("twice"), "graph_conflict", True),
        (TimeoutError(), "graph_timeout", True),
        (errors.ClientError("no"), "graph_refused", False),
    ],
)
def test_errors_of_the_driver_become_faults(error: Exception, code: str, retry: bool) -> None:
    fault = fault_of(error)
    assert fault is not None
    assert (fault.code, fault.retry) == (code, retry)
    assert fault.action is not None


def test_an_error_of_ours_stays_what_it_is() -> None:
    assert fault_of(KeyError("ours")) is None


async def test_a_graph_that_is_away_is_a_fault_to_be_tried_again() -> None:
    driver = Driver("bolt://127.0.0.1:1", user="neo4j", password="x")
    graph = Graph(driver)
    try:
        for call in (driver.check(), CREATE.execute(given(role()), work(graph))):
            with pytest.raises(StageFault) as fault:
                await call
            assert (fault.value.code, fault.value.retry) == ("graph_unavailable", True)
    finally:
        await graph.close()


async def test_a_deadline_that_has_passed_is_a_timeout(graph: Graph) -> None:
    picture = PUBLISH.picture(given(role()), "")
    with pytest.raises(StageFault) as fault:
        await graph.write(picture, run_id=uuid.uuid4(), rev=1, deadline=time.monotonic() - 1)
    assert (fault.value.code, fault.value.retry) == ("graph_timeout", True)

"""The dashboard contract: the documented query is the query, and a published role answers to it."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import Any

import pytest

from pipeline.graph.names import Names, cypher
from pipeline.graph.writer import Graph
from tests.pipeline.graph.builders import (
    ALL,
    ASSESSMENT,
    CREATE,
    MAPPING,
    PUBLISH,
    document,
    given,
    role,
    work,
)

DOCUMENT = Path(__file__).parents[3] / "docs" / "dashboard-contract.md"


def _documented() -> str:
    found = re.search(r"```cypher\n(.*?)\n```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert found
    return found[1]


def test_the_documented_query_is_the_one_we_run() -> None:
    assert _documented() == cypher(Names(), "dashboard")


async def test_a_published_role_comes_back_whole(graph: Graph) -> None:
    facts, paper = role(), document(title="Analyst JD")
    for stage in ALL:
        await stage.execute(given(facts, documents=[paper]), work(graph))
    (row,) = await graph.driver.read(
        _documented(), company_id=str(facts.company_id), role=str(facts.id), after="", limit=10
    )
    row["skills"].sort(key=lambda skill: skill["name"])
    assert row.pop("updated_at").endswith("Z")
    assert row == {
        "role_id": str(facts.id),
        "title": "Data Analyst",
        "code": "DA-1",
        "family": "Data and Analytics",
        "level": None,
        "grade": None,
        "ai_exposure": 41.5,
        "text_score": 41.5,
        "occupation_score": 35.0,
        "blended_score": 36.3,
        "occupation_from": "linked_role",
        "decided": "approved",
        "automation": 20.0,
        "augmentation": 50.0,
        "human": 30.0,
        "confidence": 0.7,
        "summary": "Half of the tasks can be helped by AI.",
        "evidence": ["- visit (automation)", "+ reports (exposure)"],
        "tasks": ["Prepare monthly reports", "Visit customers"],
        "stale": False,
        "degraded": [],
        "under_review": False,
        "archived": False,
        "assessor": "offline",
        "assessor_version": "1",
        "offline": True,
        "basis": "Exposure is potential, not observed use.",
        "revision": 1,
        "draup_roles": [],
        "documents": [{"id": str(paper.id), "kind": "job_description", "title": "Analyst JD", "version": 1}],
        "skills": [{"name": "Python", "origin": "found"}, {"name": "Reporting", "origin": "inferred"}],
    }


def test_every_column_returned_is_documented_and_every_other_is_not() -> None:
    returned = _documented().rpartition("RETURN")[2].partition("ORDER BY")[0]
    columns = {part.strip().split(" AS ")[-1] for part in returned.split(",")}
    table = DOCUMENT.read_text("utf-8").partition("## What it returns")[2].partition("## What may")[0]
    first = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert set(re.findall(r"`(\w+)`", " ".join(first))) == columns


async def test_a_role_that_is_not_published_is_not_shown(graph: Graph) -> None:
    facts = role()
    await CREATE.execute(given(facts), work(graph))
    assert await graph.dashboard(facts.company_id) == []


@pytest.mark.parametrize(
    ("parents", "status", "flags"),
    [
        ({"map_draup_role": None}, "active", (["map_draup_role"], False, False)),
        ({"map_draup_role": MAPPING | {"review": True}}, "active", (["draup_review"], True, False)),
        ({"ai_assessment": ASSESSMENT | {"flags": ["low_confidence"]}}, "active", ([], True, False)),
        ({}, "inactive", ([], False, True)),
    ],
    ids=["mapping failed", "mapping unsure", "low confidence", "inactive at the source"],
)
async def test_flags_say_what_is_missing_or_doubtful(
    graph: Graph, parents: dict[str, Any], status: str, flags: tuple[list[str], bool, bool]
) -> None:
    facts = role(status=status)
    for stage in (CREATE, PUBLISH):
        await stage.execute(given(facts, **parents), work(graph))
    (row,) = await graph.dashboard(facts.company_id)
    assert (row["degraded"], row["under_review"], row["archived"]) == flags


async def test_pages_follow_one_another(graph: Graph) -> None:
    company = uuid.uuid4()
    for number in range(5):
        facts = given(role(company, code=f"C{number}", title=f"Role {number}"))
        for stage in (CREATE, PUBLISH):
            await stage.execute(facts, work(graph))
    seen: list[str] = []
    while page := await graph.dashboard(company, after=seen[-1] if seen else "", limit=2):
        seen += [row["role_id"] for row in page]
    assert len(seen) == 5
    assert seen == sorted(set(seen))

"""Roles, parents' outputs and ways to look at a graph, for these tests."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Any, cast

from pipeline.graph.driver import Row
from pipeline.graph.writer import Graph
from pipeline.stages.base import Doc, Given, RoleFacts, Work
from pipeline.stages.create_company_role import CreateCompanyRole
from pipeline.stages.graph_stage import GraphStage
from pipeline.stages.link_documents import LinkDocuments
from pipeline.stages.publish_dashboard import PublishDashboard
from pipeline.stages.role_catalog import RoleCatalog
from pipeline.stages.skills_catalog import SkillsCatalog

CREATE, LINK, PUBLISH = CreateCompanyRole(), LinkDocuments(), PublishDashboard()
SKILLS, CATALOG = SkillsCatalog(), RoleCatalog()
ALL: tuple[GraphStage, ...] = (CREATE, LINK, PUBLISH, SKILLS, CATALOG)

ASSESSMENT: dict[str, Any] = {
    "assessor": "offline",
    "version": "1",
    "offline": True,
    "basis": "Exposure is potential, not observed use.",
    "scores": {"ai_exposure": 41.5, "automation": 20.0, "augmentation": 50.0, "human": 30.0},
    "role_score": {"text": 41.5, "tasks": 2, "prior": 35.0, "prior_from": "linked_role", "blend": 36.3},
    "decided": {"outcome": "approved"},
    "confidence": 0.7,
    "summary": "Half of the tasks can be helped by AI.",
    "flags": [],
    "tasks": [
        {
            "text": "Prepare monthly reports",
            "confidence": 0.9,
            "evidence": [
                {"words": "reports", "weight": 0.4, "about": "exposure"},
                {"words": "visit", "weight": -0.6, "about": "automation"},
            ],
        },
        {"text": "Visit customers", "confidence": 0.4, "evidence": []},
    ],
}
MINED: dict[str, Any] = {
    "found": [{"name": "Python", "group": "Software", "count": 3}],
    "inferred": [{"name": "Reporting", "group": "Analysis"}],
}
MAPPING: dict[str, Any] = {"linked": None, "review": False, "status": "none"}


def role(company: uuid.UUID | None = None, **changes: Any) -> RoleFacts:
    """A role of a company called Acme."""
    facts: dict[str, Any] = {
        "id": uuid.uuid4(),
        "company_id": company or uuid.uuid4(),
        "company": "Acme",
        "revision": 1,
        "system": "workday",
        "source_id": "JP-1",
        "title": "Data Analyst",
        "code": "DA-1",
        "family": "Data and Analytics",
        "status": "active",
        "countries": ["IE"],
    }
    return RoleFacts(**facts | changes)


def document(kind: str = "job_description", **changes: Any) -> Doc:
    facts: dict[str, Any] = {"id": uuid.uuid4(), "kind": kind, "title": "JD", "sha256": "ab"}
    facts["text"] = "Prepares reports."
    return Doc(**facts | changes)


def given(
    facts: RoleFacts, *, documents: list[Doc] | None = None, **parents: Mapping[str, Any] | None
) -> Given:
    """What a stage sees, with good parents unless others are named; None leaves one out."""
    outputs: dict[str, Mapping[str, Any] | None] = {
        "ai_assessment": ASSESSMENT,
        "mine_skills": MINED,
        "map_draup_role": MAPPING,
        "skills_catalog": {"skills": ["Python"]},
    } | parents
    return Given(
        role=facts,
        documents=[document()] if documents is None else documents,
        parents={stage: dict(done) for stage, done in outputs.items() if done is not None},
    )


def work(graph: Graph, *, rev: int = 1, run: uuid.UUID | None = None) -> Work:
    """The circumstances of an attempt; graph stages never touch the assessor."""
    return Work(
        run_id=run or uuid.uuid4(),
        epoch=1,
        rev=rev,
        deadline=time.monotonic() + 25,
        graph=graph,
        assessor=cast(Any, None),
    )


async def rows(graph: Graph, text: str, **params: Any) -> list[Row]:
    return await graph.driver.read(text, **params)


async def snapshot(graph: Graph) -> list[str]:
    """Everything in the graph, without element ids and journals' locks, in a fixed order."""
    nodes = await rows(graph, "MATCH (n) RETURN labels(n) AS labels, properties(n) AS props")
    edges = await rows(
        graph,
        "MATCH (a)-[e]->(b) RETURN properties(a) AS a, type(e) AS type, properties(e) AS props, "
        "properties(b) AS b",
    )
    return sorted(_line(row) for row in nodes + edges)


def _line(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_line(value[key])}" for key in sorted(value) if key != "turn") + "}"
    return repr(value)

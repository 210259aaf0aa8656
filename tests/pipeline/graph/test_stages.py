"""The five stages as the table of stages has them, and what each says of its inputs."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.stages.base import Doc, Stage
from pipeline.stages.graph_stage import GraphStage
from tests.pipeline.graph.builders import ALL, CATALOG, LINK, PUBLISH, SKILLS, document, given, role


@pytest.mark.parametrize("stage", ALL, ids=lambda stage: str(stage.key))
def test_an_intent_names_keys_and_no_values(stage: GraphStage) -> None:
    protocol: Stage = stage
    facts = given(role(title="A very particular title"))
    intent = protocol.intent(facts)
    assert intent is not None
    assert intent["role_id"] == str(facts.role.id)
    assert "A very particular title" not in str(intent)
    assert "41.5" not in str(intent)


@pytest.mark.parametrize(
    ("documents", "codes"),
    [
        ([], ["no_document"]),
        ([document("sop")], ["no_document"]),
        ([document(text="  \n")], ["no_document"]),
        ([document("process_map")], []),
        ([document()], []),
    ],
    ids=["none", "only an SOP", "empty", "only a process map", "a job description"],
)
def test_a_role_needs_a_job_description_or_a_process_map(documents: list[Doc], codes: list[str]) -> None:
    findings = LINK.validate(given(role(), documents=documents))
    assert [finding.code for finding in findings] == codes
    assert all(finding.hard and finding.action for finding in findings)


def test_a_company_may_require_other_kinds() -> None:
    facts = given(role(), documents=[document("sop")])
    assert LINK.validate(facts)
    policy = {"required_documents": ["sop"]}
    facts = type(facts)(role=facts.role, documents=facts.documents, policy=policy)
    assert LINK.validate(facts) == []


def test_a_skill_found_in_a_document_beats_the_same_one_inferred() -> None:
    mined = {
        "found": [{"name": "Python", "group": "Software", "count": 2}],
        "inferred": [{"name": "  python ", "group": "Other"}, {"name": "SQL", "group": "Software"}],
    }
    picture = SKILLS.picture(given(role(), mine_skills=mined), "")
    assert [(link.key, link.props) for link in picture.links] == [
        ("python", {"origin": "found", "count": 2}),
        ("sql", {"origin": "inferred", "count": 0}),
    ]


def test_an_assessment_without_scores_publishes_none_and_no_zeros() -> None:
    assessment: dict[str, Any] = {
        "summary": "No task was found.",
        "scores": None,
        "confidence": 0.1,
        "tasks": [],
    }
    props = PUBLISH.picture(given(role(), ai_assessment=assessment), "").props
    assert [props[name] for name in ("ai_exposure", "automation", "augmentation", "human")] == [None] * 4


def test_a_catalogue_entry_without_skills_is_there_without_them() -> None:
    picture = CATALOG.picture(given(role(), skills_catalog=None), "")
    assert picture.nodes[0].props["skills"] == []


def test_the_order_of_documents_is_no_change() -> None:
    one, other = document(), document("process_map")
    facts = role()
    there = LINK.inputs(given(facts, documents=[one, other]))
    assert there == LINK.inputs(given(facts, documents=[other, one]))

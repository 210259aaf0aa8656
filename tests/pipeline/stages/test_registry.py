"""The stages as a graph of needs."""

from __future__ import annotations

import pytest

from pipeline.stages.ai_assessment import AiAssessment
from pipeline.stages.mine_skills import MineSkills
from pipeline.stages.registry import STAGES, by_key, check_order, dependants


def test_there_are_thirteen_stages_each_with_its_script() -> None:
    assert len(STAGES) == 13
    assert all(stage.script and stage.title and stage.timeout > 0 for stage in STAGES)
    assert [stage.key for stage in STAGES if stage.critical] == [
        "create_company_role",
        "link_documents",
        "ai_assessment",
        "publish_dashboard",
    ]


def test_edges_are_those_of_the_design() -> None:
    edges = {stage.key: {need.stage: need.edge for need in stage.needs} for stage in STAGES}
    assert edges["ai_assessment"] == {"link_documents": "success", "map_draup_role": "settled"}
    assert edges["task_feasibility"] == {"top_tasks": "success", "standardise_tasks": "settled"}
    assert edges["mine_skills"] == {"ai_assessment": "partial"}
    assert edges["publish_dashboard"] == {"ai_assessment": "partial", "map_draup_role": "settled"}
    assert edges["role_catalog"] == {"ai_assessment": "partial", "skills_catalog": "settled"}


def test_dependants_are_all_that_follow_in_order() -> None:
    assert dependants("skills_architecture") == ("reskilling",)
    assert dependants("top_tasks") == ("standardise_tasks", "task_feasibility")
    assert len(dependants("create_company_role")) == 12
    assert by_key("reskilling").key == "reskilling"


def test_a_circle_or_a_wrong_order_is_refused() -> None:
    with pytest.raises(ValueError, match="mine_skills stands before ai_assessment"):
        check_order((MineSkills(), AiAssessment()))

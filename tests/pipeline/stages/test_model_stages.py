"""The eight stages that ask the assessor."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest

from pipeline.assessor.offline.assessor import OfflineAssessor
from pipeline.graph.writer import Graph
from pipeline.stages.ai_assessment import AiAssessment
from pipeline.stages.base import Given, Outcome, Work
from pipeline.stages.registry import STAGES, by_key
from tests.pipeline.assessor.jobs import ACCOUNTS, AGENDA, ELECTRICIAN, doc, given, judged, soon

MODEL_STAGES = [stage.key for stage in STAGES if stage.kind == "llm"]


def work(graph: Graph) -> Work:
    return Work(run_id=UUID(int=21), epoch=1, rev=1, deadline=soon(), graph=graph, assessor=OfflineAssessor())


async def through(graph: Graph, role: Given) -> dict[str, Outcome]:
    """All stages in order, each with what the ones before recorded."""
    done: dict[str, Outcome] = {}
    for stage in STAGES:
        recorded = {key: outcome.outputs for key, outcome in done.items()}
        now = msgspec.structs.replace(role, parents=recorded)
        assert [finding for finding in stage.validate(now) if finding.hard] == []
        done[stage.key] = await stage.execute(now, work(graph))
    return done


async def test_all_thirteen_stages_do_their_work(graph: Graph) -> None:
    done = await through(graph, given("Accounts Payable Specialist", doc(ACCOUNTS)))
    assert not any(outcome.degraded or outcome.skipped or outcome.flags for outcome in done.values())
    (row,) = await graph.dashboard(UUID(int=12))
    assert [role["title"] for role in row["draup_roles"]] == ["Accounts Payable Clerk"]
    assert row["ai_exposure"] == done["ai_assessment"].outputs["scores"]["ai_exposure"]
    score = done["ai_assessment"].outputs["role_score"]
    assert (row["text_score"], row["occupation_score"]) == (score["text"], score["prior"])
    assert (row["blended_score"], row["occupation_from"]) == (score["blend"], "linked_role")
    msgspec.json.encode({key: outcome.outputs for key, outcome in done.items()})


async def test_every_result_names_what_it_rests_on(graph: Graph) -> None:
    role = given("Accounts Payable Specialist", doc(ACCOUNTS))
    facts = msgspec.structs.replace(role.role, mapping_version="workday@3")
    done = await through(graph, msgspec.structs.replace(role, role=facts))
    for key in MODEL_STAGES:
        outputs = done[key].outputs
        assert outputs["versions"]["mapping"] == "workday@3"
        assert outputs["versions"]["weights"] == outputs["version"]
        assert outputs["basis"] == "Exposure is potential, not observed use."
    assert len(done["map_draup_role"].outputs["versions"]["taxonomy"]) == 12


async def test_without_a_link_the_role_goes_on_flagged(graph: Graph) -> None:
    done = await through(graph, given("Money Wizard", doc(ACCOUNTS)))
    mapping = done["map_draup_role"]
    assert mapping.degraded == ("draup_review",)
    assert mapping.flags == ("review:draup_role",)
    assert mapping.outputs["linked"] is None
    (row,) = await graph.dashboard(UUID(int=12))
    assert row["draup_roles"] == []
    assert row["under_review"] is True


async def test_undoing_the_mapping_takes_the_link_away(graph: Graph) -> None:
    role = given("Electrician", doc(ELECTRICIAN))
    await by_key("create_company_role").execute(role, work(graph))
    stage = by_key("map_draup_role")
    intent = stage.intent(role)
    assert intent
    await stage.execute(role, work(graph))
    count = "MATCH (:CompanyRole)-[link]->(:DraupRole) RETURN count(link) AS links"
    assert (await graph.driver.read(count))[0]["links"] == 1
    await stage.rollback(intent, work(graph))
    assert (await graph.driver.read(count))[0]["links"] == 0


async def test_an_agenda_is_published_with_its_flags(graph: Graph) -> None:
    done = await through(graph, given("Marketing Lead", doc(AGENDA)))
    assert done["ai_assessment"].flags == ("low_confidence", "review:document_kind")
    assert done["ai_assessment"].outputs["flags"] == ("low_confidence", "review:document_kind")
    assert done["ai_assessment"].warnings


@pytest.mark.parametrize(
    ("documents", "code"),
    [([], "no_document"), ([doc("")], "document_empty"), ([doc(" \n ")], "document_empty")],
)
def test_nothing_to_read_stops_the_assessment_and_says_what_to_do(documents: list[Any], code: str) -> None:
    (finding,) = AiAssessment().validate(given("Any", *documents))
    assert finding.hard
    assert finding.code == code
    assert finding.action
    assert "job description" in finding.action.what


def test_a_short_text_or_only_a_process_map_is_a_warning() -> None:
    findings = AiAssessment().validate(given("Any", doc("Clerk checks the budget", "process_map")))
    assert [(f.code, f.hard) for f in findings] == [("document_short", False), ("no_job_description", False)]
    assert AiAssessment().validate(given("Any", doc(ACCOUNTS))) == []


async def test_a_changed_text_changes_what_the_assessment_reads_and_a_changed_grade_does_not() -> None:
    stage = by_key("ai_assessment")
    role = given("Any", doc(ACCOUNTS))
    other = msgspec.structs.replace(role, role=msgspec.structs.replace(role.role, grade="G7"))
    assert stage.inputs(role) == stage.inputs(other)
    assert stage.inputs(role) != stage.inputs(given("Any", doc(ELECTRICIAN)))
    assert stage.inputs(role) != stage.inputs(given("Any", doc(ACCOUNTS, "other")))


async def test_inputs_of_every_model_stage_are_plain_data() -> None:
    parents = await judged(OfflineAssessor(), "Accountant", doc(ACCOUNTS))
    role = given("Accountant", doc(ACCOUNTS), parents=parents)
    for key in MODEL_STAGES:
        once = msgspec.json.encode(by_key(key).inputs(role))
        assert once == msgspec.json.encode(by_key(key).inputs(role))
        assert len(once) > 2


@pytest.mark.graph
@pytest.mark.parametrize("key", ["top_tasks", "standardise_tasks", "task_feasibility", "reskilling"])
async def test_without_tasks_nothing_is_asked(key: str, graph: Graph) -> None:
    outcome = await by_key(key).execute(given("Any"), work(graph))
    assert outcome.skipped == "no_tasks"
    assert outcome.calls == ()

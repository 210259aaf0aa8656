"""A person is asked about what is unsure, and has the last word while the question stays the same."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from kit import ids
from kit.db import Db
from pipeline.graph.stored import stored_roles
from pipeline.graph.verify import verify
from tests import make
from tests.flows.real import graph_at
from tests.flows.reviewing import Office, ReviewRig, vague, wizard
from tests.parts.front import Tenant
from tests.parts.servers import EMBEDDED, GraphServer
from tests.pipeline.assessor.jobs import AGENDA, ELECTRICIAN

pytestmark = pytest.mark.parametrize("graph_server", EMBEDDED, indirect=True)
STANDARD = {"taxonomy": "Draup", "code": "D-77", "title": "Treasury Analyst"}


@pytest.fixture
async def office(db: Db, tenant: Tenant, graph_server: GraphServer) -> AsyncIterator[Office]:
    graph = graph_at(graph_server)
    await graph.driver.execute("MATCH (n) DETACH DELETE n")
    rig = ReviewRig(db, graph)
    rig.engine()
    yield Office(db, graph, rig, tenant)
    await rig.stop()
    await graph.close()


async def flaws(office: Office) -> list[str]:
    return await verify(office.graph, office.company, stored_roles(office.db, office.company))


async def test_an_unsure_mapping_is_asked_about_and_the_answer_counts_for_every_role_of_that_title(
    office: Office,
) -> None:
    role_id = await office.assessed(wizard())
    (asked,) = await office.reviews()
    assert (asked["stage"], asked["reasons"], asked["visible"]) == (
        "map_draup_role",
        ["review:draup_role"],
        True,
    )
    events = (await office.tenant.http.get("/v1/events?type=review.*")).json()["results"]
    assert [(one["type"], one["review_id"]) for one in events] == [("review.required", asked["id"])]

    done = await office.decide(asked, "correct", draup_role=STANDARD, note="Treasury, in our words.")
    assert (done["status"], done["decided_name"], done["note"]) == (
        "corrected",
        "Workato",
        "Treasury, in our words.",
    )
    shown = await office.shown(role_id)
    assert shown["draup_roles"] == [{"code": "D-77", "title": "Treasury Analyst", "taxonomy": "Draup"}]
    assert (shown["under_review"], shown["degraded"]) == (False, [])

    await office.push(role_id)
    assert (await office.shown(role_id))["draup_roles"][0]["code"] == "D-77"
    other = await office.assessed(wizard(1))
    assert (await office.shown(other))["draup_roles"][0]["code"] == "D-77"
    assert await office.reviews() == []
    assert await flaws(office) == []
    assessment = (await office.tenant.http.get(f"/v1/assessments/{ids.show('role', other)}")).json()
    assert assessment["draup"]["status"] == "confirmed"


async def test_a_held_role_is_seen_once_a_person_approved_it_and_asked_about_again_when_its_text_changed(
    office: Office,
) -> None:
    await office.tenant.http.put("/v1/settings/reviews", json={"publish": "held"})
    role_id = await office.assessed(vague(0, AGENDA))
    (asked,) = await office.reviews()
    assert (asked["reasons"], asked["visible"]) == (["low_confidence", "review:document_kind"], False)
    assert await office.shown(role_id) is None
    assert await flaws(office) == []
    whole = (await office.tenant.http.get(f"/v1/reviews/{asked['id']}")).json()
    assert whole["result"]["documents"][0]["guess"] == "meeting"

    await office.decide(asked, "approve")
    shown = await office.shown(role_id)
    assert (shown["under_review"], shown["confidence"] < 0.5) == (False, True)
    await office.push(role_id)
    assert (await office.shown(role_id))["under_review"] is False

    changed = make.changed(vague(0, AGENDA.replace("launch", "summer launch")))
    await make.take(office.db, office.company, changed)
    await office.push(role_id)
    assert await office.shown(role_id) is None
    (again,) = await office.reviews()
    assert again["id"] != asked["id"]
    assert {one["status"] for one in await office.reviews(status="all")} == {"open", "approved"}


async def test_labels_of_tasks_change_the_scores_and_survive_the_next_run(office: Office) -> None:
    role_id = await office.assessed(vague(0, "Answers the phone all day.\n- Answer customer questions\n" * 2))
    (asked,) = await office.reviews(stage="ai_assessment")
    whole = (await office.tenant.http.get(f"/v1/reviews/{asked['id']}")).json()
    labels = [
        {"task_id": task["id"], "exposure": "E1", "grade": "automate"} for task in whole["result"]["tasks"]
    ]
    wrong = await office.tenant.http.post(
        f"/v1/reviews/{asked['id']}/correct", json={"tasks": [{"task_id": "t99", "grade": "human"}]}
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "tasks")
    await office.decide(asked, "correct", tasks=labels)
    await office.push(role_id)
    shown = await office.shown(role_id)
    assert (shown["ai_exposure"], shown["automation"], shown["under_review"]) == (100.0, 100.0, False)
    assert await flaws(office) == []


async def test_a_rejected_assessment_is_hidden_and_a_decision_is_made_once(
    office: Office, make_tenant: Callable[..., Awaitable[Tenant]]
) -> None:
    role_id = await office.assessed(vague(0, AGENDA))
    assert (await office.shown(role_id))["under_review"] is True
    (asked,) = await office.reviews()
    await office.decide(asked, "reject", note="This is an agenda.")
    assert await office.shown(role_id) is None
    again = await office.tenant.http.post(f"/v1/reviews/{asked['id']}/approve", json={})
    assert (again.status_code, again.json()["code"]) == (409, "review_over")
    other = await make_tenant("Other")
    assert (await other.http.get(f"/v1/reviews/{asked['id']}")).status_code == 404
    reader = await make_tenant("Reader", scopes=["reviews:read"])
    assert (await reader.http.post(f"/v1/reviews/{asked['id']}/approve", json={})).status_code == 403


async def test_a_question_about_a_result_that_is_clear_now_is_taken_back(office: Office) -> None:
    role_id = await office.assessed(vague(0, AGENDA, title="Electrician"))
    (asked,) = await office.reviews()
    await make.take(office.db, office.company, make.changed(vague(0, ELECTRICIAN, title="Electrician")))
    await office.push(role_id)
    assert await office.reviews() == []
    (over,) = await office.reviews(status="superseded")
    assert over["id"] == asked["id"]


async def test_decisions_are_exported_as_pairs_to_train_on(office: Office) -> None:
    await office.assessed(wizard())
    (asked,) = await office.reviews()
    await office.decide(asked, "correct", draup_role=STANDARD)
    (pair,) = (await office.tenant.http.get("/v1/corrections")).json()["results"]
    assert (pair["about"], pair["outcome"], pair["review_id"]) == ("mapping", "corrected", asked["id"])
    assert (pair["given"]["title"], pair["right"]) == ("Money Wizard", STANDARD)

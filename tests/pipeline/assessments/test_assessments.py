"""An assessment is what was published of a role: nothing before, nothing that came after and failed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from control.access import Caller
from kit import ids
from kit.db import Db
from kit.errors import Forbidden, NotFound
from pipeline.assessments import assessments
from pipeline.assessments.assessments import Filters, WholeAssessment
from pipeline.runs import runs
from pipeline.stages.base import Outcome, StageFault
from tests import make
from tests.pipeline.runs.world import LENS, caller, ended, execute, pushed, running, thirteen

BASE = "https://connector.example.com"


def scored(exposure: float) -> Any:
    outputs = {
        "scores": {"ai_exposure": exposure, "automation": 20.0, "augmentation": 50.0, "human": 30.0},
        "confidence": 0.8,
        "summary": "Mostly reports.",
        "assessor": "offline",
        "version": "1+abc",
        "offline": True,
        "basis": "Exposure is potential, not observed use.",
        "role_score": {
            "text": exposure,
            "tasks": 8,
            "prior": 41.5,
            "prior_from": "candidates",
            "prior_range": [20, 63],
            "blend": 50,
        },
    }
    return lambda _given, _work: Outcome(outputs=outputs, flags=("low_confidence",))


async def role_of(db: Db, run_id: UUID) -> UUID:
    rows = await execute(db, "SELECT role_id FROM run WHERE id = %(id)s", id=run_id)
    role_id: UUID = rows[0]["role_id"]
    return role_id


async def whole(db: Db, company_id: UUID, role_id: UUID) -> WholeAssessment:
    async with db.company(company_id) as tx:
        return await assessments.get(tx, caller(company_id), role_id, BASE)


async def titles(db: Db, company_id: UUID, **filters: Any) -> list[str]:
    async with db.company(company_id) as tx:
        page = await assessments.listing(tx, caller(company_id), BASE, Filters(**filters))
    return [one.role_title for one in page.assessments]


async def test_a_published_role_shows_scores_flags_and_who_judged(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    await ended(db, run_id, ai_assessment=scored(61.5))
    found = await whole(db, company_id, await role_of(db, run_id))
    assert (found.ai_exposure, found.human, found.confidence) == (61.5, 30.0, 0.8)
    assert (found.text_score, found.occupation_score, found.blended_score) == (61.5, 41.5, 50)
    assert (found.occupation_from, found.occupation_range) == ("candidates", (20, 63))
    assert (found.assessor, found.offline, found.assessor_version) == ("offline", True, "1+abc")
    assert (found.flags, found.state, found.stale) == (["low_confidence"], "ready", False)
    assert found.run_id == ids.show("run", run_id)
    assert found.stages["top_tasks"].outputs == {"did": "top_tasks"}
    assert found.links["dashboard"] == f"{BASE}/v1/assessments/{found.role_id}"


async def test_what_was_not_published_is_not_shown(db: Db) -> None:
    def refuse(_given: object, _work: object) -> None:
        raise StageFault("The graph refuses.", code="graph_refused")

    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    await ended(db, run_id, ai_assessment=scored(10))
    await execute(db, "UPDATE stage_run SET input_hash = '\\x00'")
    async with db.company(company_id) as tx:
        again = await runs.retry(tx, caller(company_id), run_id, LENS)
    await ended(db, ids.parse("run", again.unit.id), ai_assessment=scored(90), publish_dashboard=refuse)
    found = await whole(db, company_id, await role_of(db, run_id))
    assert (found.ai_exposure, found.visible, found.state) == (10.0, True, "assessment_failed")
    assert found.stages["ai_assessment"].run_id == ids.show("run", run_id)


async def test_a_role_without_tasks_has_no_scores(db: Db) -> None:
    company_id = await make.company(db)
    run_id = await pushed(db, company_id)
    nothing = Outcome(outputs={"scores": None, "confidence": 0.1})
    await ended(db, run_id, ai_assessment=lambda _given, _work: nothing)
    found = await whole(db, company_id, await role_of(db, run_id))
    assert (found.ai_exposure, found.confidence) == (None, 0.1)


async def test_a_role_without_a_published_result_says_so(db: Db) -> None:
    company_id = await make.company(db)
    role_id = await role_of(db, await pushed(db, company_id))
    with pytest.raises(NotFound, match="its state is queued") as caught:
        await whole(db, company_id, role_id)
    assert caught.value.code == "not_published"
    with pytest.raises(NotFound, match="There is no role"):
        await whole(db, company_id, ids.new())


async def test_lists_filter_and_leave_out_what_is_hidden(db: Db) -> None:
    company_id = await make.company(db)
    async with running(db, thirteen(ai_assessment=scored(50))) as rig:
        for n in range(3):
            await rig.settled(await pushed(db, company_id, n))
    await pushed(db, company_id, 3)
    await execute(db, "UPDATE role SET visible = false WHERE code = 'R-1'")
    await execute(db, "UPDATE role SET flags = '{}', family = 'Sales' WHERE code = 'R-2'")
    assert await titles(db, company_id) == ["Analyst 2", "Analyst 0"]
    assert len(await titles(db, company_id, hidden=True)) == 3
    assert await titles(db, company_id, flags=["low_confidence"]) == ["Analyst 0"]
    assert await titles(db, company_id, family="Sales") == ["Analyst 2"]
    assert await titles(db, company_id, code="R-0", source="workday") == ["Analyst 0"]
    assert await titles(db, company_id, states=["stale"]) == []


async def test_pages_of_a_list_since_a_moment_follow_each_other(db: Db) -> None:
    company_id = await make.company(db)
    async with running(db, thirteen(ai_assessment=scored(50))) as rig:
        for n in range(3):
            await rig.settled(await pushed(db, company_id, n))
    since = (await whole(db, company_id, (await execute(db, "SELECT id FROM role"))[0]["id"])).created_at
    me: Caller = caller(company_id)
    async with db.company(company_id) as tx:
        first = await assessments.listing(tx, me, BASE, Filters(since=since), limit=2)
        assert first.next is not None
        rest = await assessments.listing(tx, me, BASE, Filters(since=since), cursor=first.next, limit=2)
    assert [one.role_title for one in first.assessments + rest.assessments] == [
        f"Analyst {n}" for n in range(3)
    ]
    assert rest.next is None


async def test_another_companys_assessments_are_not_there(db: Db) -> None:
    mine, theirs = await make.company(db), await make.company(db, "Other")
    run_id = await pushed(db, theirs)
    await ended(db, run_id, ai_assessment=scored(50))
    assert await titles(db, mine, hidden=True) == []
    with pytest.raises(NotFound):
        await whole(db, mine, await role_of(db, run_id))


async def test_assessments_need_their_scope(db: Db) -> None:
    company_id = await make.company(db)
    async with db.company(company_id) as tx:
        with pytest.raises(Forbidden):
            await assessments.listing(tx, caller(company_id, "runs:read"), BASE, Filters())

"""The company's skills, roles and tasks, each once, with the roles behind them."""

from __future__ import annotations

from typing import Any

import pytest

from connector.services import Services
from kit.sql import Query
from pipeline.stages.base import Outcome
from tests import make
from tests.parts.front import Tenant
from tests.pipeline.runs.world import running, thirteen

CLERK = {"taxonomy": "starter", "code": "AP", "title": "Accounts Payable Clerk"}
FOUND = (["SAP", "Excel"], ["sap "], ["Negotiation"])
LINKED = (CLERK, CLERK, None)


def place(given: Any) -> int:
    return int(given.role.code.removeprefix("R-"))


def mined(given: Any, _work: Any) -> Outcome:
    found = [{"name": name, "group": "Software"} for name in FOUND[place(given)]]
    return Outcome(outputs={"found": found, "inferred": [{"name": "SAP", "group": "Software"}]})


def mapped(given: Any, _work: Any) -> Outcome:
    return Outcome(outputs={"linked": LINKED[place(given)]})


def assessed(given: Any, _work: Any) -> Outcome:
    return Outcome(outputs={"scores": {"ai_exposure": 10.0 * (1 + place(given))}})


def worded(_given: Any, _work: Any) -> Outcome:
    return Outcome(outputs={"tasks": [{"text": "Prepare reports", "verb": "prepare"}]})


@pytest.fixture
async def full(services: Services, tenant: Tenant) -> Tenant:
    """A company of three roles, of which two are the same."""
    stages = thirteen(
        mine_skills=mined, map_draup_role=mapped, ai_assessment=assessed, standardise_tasks=worded
    )
    async with running(services.db, stages) as rig:
        taken = await make.take(services.db, tenant.company.id, *(make.incoming(n) for n in range(3)))
        for verdict in taken.verdicts:
            assert verdict.run_id is not None
            await rig.settled(verdict.run_id)
    return tenant


async def test_each_skill_role_and_task_is_listed_once(full: Tenant, services: Services) -> None:
    skills = (await full.http.get("/v1/catalog/skills")).json()["results"]
    assert [(one["name"].strip().upper(), one["roles"], one["found_in"]) for one in skills] == [
        ("EXCEL", 1, 1),
        ("NEGOTIATION", 1, 1),
        ("SAP", 3, 2),
    ]
    roles = (await full.http.get("/v1/catalog/roles")).json()["results"]
    assert [(one["title"], one["roles"], one["ai_exposure"]) for one in roles] == [
        ("Accounts Payable Clerk", 2, 15.0),
        ("Analyst 2", 1, 30.0),
    ]
    assert [one["title"] for one in roles[0]["members"]] == ["Analyst 0", "Analyst 1"]
    (task,) = (await full.http.get("/v1/catalog/tasks")).json()["results"]
    assert (task["text"], task["roles"]) == ("Prepare reports", 3)

    page = (await full.http.get("/v1/catalog/skills?limit=2")).json()
    rest = (await full.http.get(f"/v1/catalog/skills?limit=2&cursor={page['next_cursor']}")).json()
    assert (len(page["results"]), [one["roles"] for one in rest["results"]]) == (2, [3])
    assert (await full.http.get("/v1/catalog/skills?search=EXC")).json()["results"][0]["name"] == "Excel"
    assert (await full.http.get("/v1/catalog/skills?search=%25")).json()["results"] == []
    assert (await full.http.get("/v1/catalog/skills?cursor=x")).status_code == 422
    async with services.db.engine() as tx:
        await tx.run(Query("hide", "", "UPDATE role SET visible = false"))
    assert (await full.http.get("/v1/catalog/roles")).json()["results"] == []

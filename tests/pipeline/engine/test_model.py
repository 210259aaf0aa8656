"""Runs whose stages ask a model that misbehaves: whatever it does, every run ends in a right state."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast
from uuid import UUID

import msgspec
import pytest

from kit import ids
from kit.db import Db
from kit.settings import Settings
from kit.sql import Query
from pipeline.assessor.asking.memory import Kept
from pipeline.assessor.choose import assessor_from
from pipeline.assessor.policy import ModelPolicy
from pipeline.engine.budgets import Budgets
from pipeline.engine.drive import Tools
from pipeline.runs import spending
from pipeline.stages.ai_assessment import AiAssessment
from pipeline.stages.base import Given, Need, Outcome, StageFault, Work
from pipeline.stages.mine_skills import MineSkills
from tests import make
from tests.fakes.judging_model import JudgingReceiver, judging_model
from tests.fakes.model_server import answer, completion, failure
from tests.fakes.receiver import Reply
from tests.pipeline.engine.rig import FakeStage, Rig

PRICES = '{"currency": "USD", "models": {"test-model": {"input": 1000000, "output": 2000000}}}'
INVENTED = {
    "documents": [{"document": 1, "guess": "job_description", "p_jd": 0.9, "quotes": ["Fly to the moon"]}],
    "tasks": [],
    "summary": "",
    "instructions_found": False,
}


def stages(assessing: Any) -> list[Any]:
    return [
        FakeStage("create_company_role", critical=True, kind="graph"),
        FakeStage("link_documents", "create_company_role", critical=True, kind="graph"),
        FakeStage(
            "map_draup_role", "create_company_role", kind="graph", act=lambda given, work: Outcome(outputs={})
        ),
        assessing,
        FakeStage("publish_dashboard", Need("ai_assessment", "partial"), critical=True, kind="graph"),
        MineSkills(),
    ]


class ModelRig(Rig):
    """An engine whose model stages are the product's own, with an endpoint on the loopback."""

    def __init__(self, db: Db, url: str, prices_path: str, assessing: Any, **over: Any) -> None:
        super().__init__(db, stages(assessing))
        given: dict[str, Any] = {
            "model_base_url": url,
            "model_name": "test-model",
            "model_prices_path": prices_path,
            "model_timeout": 5.0,
            "model_patience": 0.2,
            "model_breaker_failures": 50,
        }
        self.settings = Settings(database_url="", secret_key="", **{**given, **over})
        self.receiver: JudgingReceiver = cast(JudgingReceiver, None)

    def tools(self) -> Tools:
        return msgspec.structs.replace(
            super().tools(),
            assessor=assessor_from(self.settings, Kept(self.db)),
            budgets=Budgets(self.db, fresh=0),
        )

    @property
    def asked(self) -> int:
        return len(self.receiver.got)


Build = Callable[..., Awaitable[ModelRig]]


@pytest.fixture
async def rigs(db: Db, tmp_path: Any) -> AsyncIterator[Build]:
    prices = tmp_path / "prices.json"
    prices.write_text(PRICES)
    open_: list[Any] = []
    made: list[ModelRig] = []

    async def build(*first: Reply | None, assessing: Any = None, **over: Any) -> ModelRig:
        server = judging_model(*first)
        endpoint, receiver = await server.__aenter__()
        open_.append(server)
        rig = ModelRig(db, endpoint.base_url, str(prices), assessing or AiAssessment(), **over)
        rig.receiver = receiver
        rig.engine()
        made.append(rig)
        return rig

    yield build
    for rig in made:
        await rig.stop()
        await rig.engines[0]._tools.assessor.aclose()
    for server in open_:
        await server.__aexit__(None, None, None)


async def push(db: Db, n: int = 0, **policy: Any) -> UUID:
    company_id = await make.company(db, policy={"model": policy} if policy else None)
    return await push_for(db, company_id, n)


async def push_for(db: Db, company_id: UUID, n: int = 0) -> UUID:
    run_id = (await make.take(db, company_id, make.incoming(n))).verdicts[0].run_id
    assert run_id is not None
    return run_id


async def assessment(rig: ModelRig, run_id: UUID) -> dict[str, Any]:
    rows = await rig.rows(
        "SELECT outputs FROM stage_run "
        "WHERE run_id = %(id)s AND stage = 'ai_assessment' AND status = 'success'",
        id=run_id,
    )
    assert len(rows) == 1
    return cast(dict[str, Any], rows[0]["outputs"])


async def test_a_good_model_makes_a_ready_role_and_every_call_is_paid_in_the_ledger(
    db: Db, rigs: Build
) -> None:
    rig = await rigs()
    run_id = await push(db)
    done = await rig.settled(run_id)
    assert done["state"] == "ready", done["error"]
    outputs = await assessment(rig, run_id)
    assert outputs["assessor"] == "modelled"
    assert outputs["basis"] == "Exposure is potential, not observed use."
    assert outputs["versions"] == {
        "model": "test-model",
        "prompt": "assess@2+common@1",
        "mapping": "workday@0",
    }
    rows = await rig.rows("SELECT * FROM usage ORDER BY stage")
    assert [(row["stage"], row["run_id"]) for row in rows] == [
        ("ai_assessment", run_id),
        ("mine_skills", run_id),
    ]
    for row in rows:
        assert row["cost_micros"] == row["input_tokens"] + 2 * row["output_tokens"] > 0


@pytest.mark.parametrize(
    "bad",
    [
        completion('{"tasks": ['),
        answer(INVENTED),
        failure(429, retry_after="0"),
        failure(500),
        Reply(200, b'{"id": "half', {"content-type": "application/json"}, cut=4),
        Reply(200, b"<html>", {"content-type": "text/html"}),
        Reply(0),
        Reply(400, b'{"error": {"message": "seed is not supported"}}', {"content-type": "application/json"}),
    ],
    ids=[
        "broken_json",
        "invented_citation",
        "429",
        "500",
        "half_an_answer",
        "no_completion",
        "hung_up",
        "knows_no_seed",
    ],
)
async def test_what_passes_by_leaves_a_ready_role(db: Db, rigs: Build, bad: Reply) -> None:
    rig = await rigs(bad, bad)
    run = await rig.settled(await push(db))
    assert (run["status"], run["state"]) == ("success", "ready")
    assert rig.asked >= 4


@pytest.mark.parametrize(
    ("bad", "code"), [(completion("no"), "model_bad_answer"), (answer(INVENTED), "model_bad_answer")]
)
async def test_a_model_that_never_says_anything_of_use_fails_the_run_with_a_time_to_try_again(
    db: Db, rigs: Build, bad: Reply, code: str
) -> None:
    rig = await rigs(*[bad] * 40)
    run = await rig.settled(await push(db))
    assert (run["status"], run["state"], run["visible"]) == ("failed", "assessment_failed", False)
    assert run["error"]["code"] == code
    assert run["retry_at"] is not None
    paid = await rig.rows("SELECT * FROM usage WHERE run_id = %(id)s", id=run["id"])
    assert len(paid) == rig.asked == 6


async def test_silence_is_waited_out_and_then_fails_with_a_time_to_try_again(db: Db, rigs: Build) -> None:
    never = asyncio.Event()
    rig = await rigs(*[Reply(after=never)] * 200, model_timeout=0.01)
    run = await rig.settled(await push(db))
    never.set()
    assert (run["status"], run["error"]["code"]) == ("failed", "model_unavailable")
    assert run["retry_at"] is not None
    tries = await rig.rows("SELECT attempt FROM stage_run WHERE stage = 'ai_assessment'")
    assert len(tries) > rig.backoff.attempts


class Hurried(AiAssessment):
    """Has little time."""

    timeout = 2.0


async def test_silence_until_the_stage_is_out_of_time_is_told_as_the_models(db: Db, rigs: Build) -> None:
    never = asyncio.Event()
    rig = await rigs(*[Reply(after=never)] * 200, assessing=Hurried(), model_breaker_failures=2)
    run_id = await push(db)
    told = "SELECT FROM stage_run WHERE stage = 'ai_assessment' AND error->>'code' = 'model_unavailable'"
    await rig.until(told)
    never.set()
    async with db.engine() as tx:
        ask = Query("cancel", "", "UPDATE run SET cancel_asked_at = now() WHERE id = %(id)s")
        await tx.run(ask, {"id": run_id})
    assert (await rig.settled(run_id))["error"]["code"] == "cancelled"


async def test_a_refused_key_fails_at_once_and_names_who_can_mend_it(db: Db, rigs: Build) -> None:
    rig = await rigs(*[failure(401)] * 9)
    run = await rig.settled(await push(db))
    assert (run["status"], run["error"]["code"], run["retry_at"]) == ("failed", "model_not_allowed", None)
    assert run["error"]["action"]["who"] == "operator"
    assert rig.asked == 1


async def test_the_offline_assessor_stands_in_where_the_company_chose_that(db: Db, rigs: Build) -> None:
    rig = await rigs(*[failure(500)] * 40)
    run_id = await push(db, when_away="offline")
    run = await rig.settled(run_id)
    assert (run["status"], run["state"]) == ("success", "ready")
    outputs = await assessment(rig, run_id)
    assert (outputs["assessor"], outputs["offline"]) == ("offline", True)
    assert "stood_in:offline_assessor" in outputs["flags"]
    assert any("could not be asked" in warning for warning in outputs["warnings"])


async def test_what_the_stand_in_judged_is_judged_anew_when_the_model_is_back(db: Db, rigs: Build) -> None:
    rig = await rigs(*[failure(500)] * 40)
    company_id = await make.company(db, policy={"model": {"when_away": "offline"}})
    first = await push_for(db, company_id)
    await rig.settled(first)
    rig.receiver.first.clear()
    second = await again(db, company_id, first)
    await rig.settled(second)
    assert (await assessment(rig, second))["assessor"] == "modelled"


async def again(db: Db, company_id: UUID, run_id: UUID) -> UUID:
    """Another run of the same role and revision."""
    new = ids.new()
    copy = Query(
        "copy_run",
        "",
        "WITH queued AS (UPDATE role SET state = 'queued' "
        "WHERE id = (SELECT role_id FROM run WHERE id = %(id)s)) "
        "INSERT INTO run "
        "(id, company_id, role_id, role_revision, mapping_version, actor_kind, actor_id, reason) "
        "SELECT %(new)s, company_id, role_id, role_revision, mapping_version, 'csm', 'x', 'retry' "
        "FROM run WHERE id = %(id)s AND company_id = %(company_id)s",
    )
    async with db.engine() as tx:
        await tx.run(copy, {"new": new, "id": run_id, "company_id": company_id})
    return new


async def test_a_run_over_the_hard_budget_waits_for_the_next_period(db: Db, rigs: Build) -> None:
    rig = await rigs()
    company_id = await make.company(db, policy={"model": {"hard_budget_micros": 1, "soft_budget_micros": 1}})
    run_id = await push_for(db, company_id)
    (run,) = await rig.until("SELECT * FROM run WHERE id = %(id)s AND waiting = 'llm_budget'", id=run_id)
    assert (run["owner"], run["slot"], run["status"]) == (None, False, "running")
    assert [row["state"] for row in await rig.rows("SELECT state FROM role")] == ["ready"]
    assert rig.asked == 1
    (when,) = await rig.rows(
        "SELECT abs(extract(epoch FROM wake_at - (date_trunc('month', now() AT TIME ZONE 'UTC') "
        "+ interval '1 month') AT TIME ZONE 'UTC')) AS off FROM run WHERE id = %(id)s",
        id=run_id,
    )
    assert when["off"] < 10
    told = await rig.rows("SELECT type FROM event WHERE type LIKE 'budget.%%' ORDER BY type")
    assert [row["type"] for row in told] == ["budget.low", "budget.used_up"]


async def test_over_the_soft_budget_runs_go_on(db: Db, rigs: Build) -> None:
    rig = await rigs()
    run_id = await push(db, soft_budget_micros=1)
    assert (await rig.settled(run_id))["state"] == "ready"
    told = await rig.rows("SELECT type FROM event WHERE type LIKE 'budget.%%'")
    assert [row["type"] for row in told] == ["budget.low"]


async def test_a_higher_budget_lets_the_run_go_on(db: Db, rigs: Build) -> None:
    rig = await rigs()
    company_id = await make.company(db, policy={"model": {"hard_budget_micros": 0}})
    run_id = await push_for(db, company_id)
    await rig.until("SELECT FROM run WHERE id = %(id)s AND waiting = 'llm_budget'", id=run_id)
    assert rig.asked == 0
    async with db.company(company_id) as tx:
        await spending.choose(tx, company_id, ModelPolicy(hard_budget_micros=10**9))
    assert (await rig.settled(run_id))["state"] == "ready"


async def test_the_same_document_in_another_role_is_not_paid_again(db: Db, rigs: Build) -> None:
    rig = await rigs()
    company_id = await make.company(db)
    await rig.settled(await push_for(db, company_id, 0))
    first = rig.asked
    await rig.settled(await push_for(db, company_id, 1))
    assert rig.asked == first
    await rig.settled(await push(db, 2))
    assert rig.asked == 2 * first


class LosesItsFirstResult(AiAssessment):
    """Ends between the answer and its recording, once."""

    lost = False

    async def execute(self, given: Given, work: Work) -> Outcome:
        outcome = await super().execute(given, work)
        if not self.lost:
            self.lost = True
            raise StageFault("The process ended.", code="gone", retry=True)
        return outcome


async def test_an_answer_that_was_paid_before_a_crash_is_not_paid_again(db: Db, rigs: Build) -> None:
    losing = LosesItsFirstResult()
    rig = await rigs(assessing=losing)
    assert (await rig.settled(await push(db)))["state"] == "ready"
    assert losing.lost
    rows = await rig.rows("SELECT purpose FROM usage ORDER BY purpose")
    assert [row["purpose"] for row in rows] == ["assess", "mine_skills"]
    assert rig.asked == 2

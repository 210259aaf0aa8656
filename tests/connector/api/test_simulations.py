"""A recipe of a sandbox is sent every fault; a good one passes, and of a bad one each fault is named."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from connector.services import Services
from control import companies
from control.access import Caller
from kit import ids
from kit.http import AddressRules, CompanyHttp
from kit.settings import Settings
from pipeline.runs.view import Lens
from tests.fakes.receiver import Got, Receiver, Reply, listening
from tests.parts.front import Tenant, settings_for
from tests.webhooks.callbacks.world import FAST, eventually, sql
from webhooks.callbacks.sending import Means
from webhooks.callbacks.worker import Deliverer
from webhooks.simulations import simulations
from webhooks.simulations.cases import CASES, messages
from webhooks.waits import resuming
from webhooks.waits.worker import Resumer

Grades = dict[str, tuple[str, str]]


@pytest.fixture
def settings(db_url: str) -> Settings:
    return settings_for(db_url, allow_loopback_callbacks=True)


class Recipe(Receiver):
    """Answers callbacks, and reads the runs they name over the API. `good` verifies signatures, acts once for
    an id and waits as it is told; a bad one does none of it, and refuses what is old."""

    def __init__(self, api: httpx.AsyncClient, *, good: bool) -> None:
        super().__init__()
        self.api = api
        self.good = good
        self.secret = ""
        self.statuses: list[str] = []
        self._known: set[str] = set()
        self._jobs: set[asyncio.Task[None]] = set()

    def reply_to(self, got: Got) -> Reply:
        event = got.json()
        if self.good:
            try:
                Webhook(self.secret).verify(got.body, got.headers)
            except WebhookVerificationError:
                return Reply(401)
        else:
            age = datetime.now(UTC) - datetime.fromisoformat(event["occurred_at"])
            if age > timedelta(hours=1) or event["type"] == "run.started":
                return Reply(422)
        if not self.good or event["id"] not in self._known:
            job = asyncio.get_running_loop().create_task(self._act(event["run_id"]))
            self._jobs.add(job)
        self._known.add(event["id"])
        return Reply(200)

    async def _act(self, run_id: str) -> None:
        answer = await self.api.get(f"/v1/runs/{run_id}")
        if answer.status_code == 429:
            await asyncio.sleep(float(answer.headers["retry-after"]) if self.good else 0)
            answer = await self.api.get(f"/v1/runs/{run_id}")
        if answer.status_code == 200:
            self.statuses.append(answer.json()["status"])

    async def ended(self) -> None:
        await asyncio.gather(*self._jobs)


async def sandbox(services: Services, tenant: Tenant) -> Tenant:
    async with services.db.engine() as tx:
        await companies.change(tx, tenant.company.id, policy={"sandbox": True})
    return tenant


async def subscribe(tenant: Tenant, url: str, **more: Any) -> dict[str, Any]:
    made = await tenant.http.post("/v1/subscriptions", json={"url": url, **more})
    assert made.status_code == 201, made.text
    body: dict[str, Any] = made.json()
    return body


@asynccontextmanager
async def delivering(services: Services) -> AsyncIterator[CompanyHttp]:
    """A deliverer as a worker has it, and its way out."""
    stop = asyncio.Event()
    async with CompanyHttp(AddressRules((), loopback=True)) as http:
        worker = Deliverer(services.db, Means(http, services.vault, "https://c.example", FAST))
        task = asyncio.create_task(worker.run(stop))
        try:
            yield http
        finally:
            stop.set()
            await task


async def over(services: Services, tenant: Tenant, id_: str) -> dict[str, Any]:
    """The simulation, its time put to an end as soon as everything was sent."""

    async def sent() -> bool:
        body = (await tenant.http.get(f"/v1/simulations/{id_}")).json()
        return all(one["at"] for case in body["cases"] for one in case["messages"])

    await eventually(sent, 20)
    return await ended(services, tenant, id_)


async def ended(services: Services, tenant: Tenant, id_: str) -> dict[str, Any]:
    async with services.db.engine() as tx:
        await sql(tx, "UPDATE simulation SET ends_at = now()")
    body: dict[str, Any] = (await tenant.http.get(f"/v1/simulations/{id_}")).json()
    return body


def grades(body: dict[str, Any]) -> Grades:
    return {case["name"]: (case["grade"], case["yours"]) for case in body["cases"]}


@pytest.mark.parametrize("good", [True, False])
async def test_a_good_recipe_passes_and_of_a_bad_one_every_fault_is_named(
    tenant: Tenant, services: Services, good: bool
) -> None:
    await sandbox(services, tenant)
    async with listening(Recipe(tenant.http, good=good)) as recipe, delivering(services):
        subscribed = await subscribe(tenant, recipe.url, events=["run.*"])
        recipe.secret = subscribed["secret"]
        begun = await tenant.http.post("/v1/simulate", json={"subscription_id": subscribed["id"]})
        assert (begun.status_code, begun.json()["status"]) == (202, "running")
        await recipe.wait_for(9)
        await recipe.ended()
        body = await over(services, tenant, begun.json()["id"])
    found = grades(body)
    assert list(found) == list(CASES)
    if good:
        assert {mark for mark, _ in found.values()} == {"passed"}, found
        assert (body["status"], body["passed"]) == ("success", 6)
        assert recipe.statuses.count("failed") == 2
        return
    assert body["status"] == "failed"
    assert {name for name, (mark, _) in found.items() if mark == "failed"} == set(CASES) - {
        "suspended_then_failed"
    }, found
    assert "Retry-After said 2" in found["too_many_requests"][1]
    assert found["duplicate"][1] == "It read the run 2 times, so the repeat made a job of its own."
    assert "message 2 of 2 (run.started)" in found["out_of_order"][1]
    assert found["late"][1].startswith("It answered 422 to the message")
    assert found["bad_signature"][1] == "It read the run of a forged message, so it acted on it."


async def test_what_leaves_no_trace_is_said_and_the_receivers_breaker_counts_nothing(
    tenant: Tenant, services: Services
) -> None:
    await sandbox(services, tenant)
    async with listening(Receiver(Reply(200))) as quiet, delivering(services):
        subscribed = await subscribe(tenant, quiet.url, events=["role.ready"])
        asked = {"subscription_id": subscribed["id"], "cases": ["duplicate", "bad_signature", "late"]}
        begun = (await tenant.http.post("/v1/simulate", json=asked)).json()
        found = grades(await over(services, tenant, begun["id"]))
        assert {got.json()["type"] for got in quiet.got} == {"role.ready"}
    assert {name: mark for name, (mark, _) in found.items()} == {
        "duplicate": "not_seen",
        "late": "passed",
        "bad_signature": "not_seen",
    }
    async with listening(Receiver(Reply(410))) as gone, delivering(services):
        subscribed = await subscribe(tenant, gone.url)
        asked = {"subscription_id": subscribed["id"], "cases": ["late"]}
        begun = (await tenant.http.post("/v1/simulate", json=asked)).json()
        body = await over(services, tenant, begun["id"])
    assert grades(body)["late"] == ("failed", "It answered 410 to the message; only 2xx ends the repeats.")
    after = (await tenant.http.get(f"/v1/subscriptions/{subscribed['id']}")).json()
    assert (after["status"], after["failures"]) == ("active", 0)


async def test_a_sleeping_job_is_resumed_with_the_failure(tenant: Tenant, services: Services) -> None:
    await sandbox(services, tenant)
    async with listening(Receiver(Reply(204))) as workato, delivering(services) as http:
        address = workato.url.removesuffix("/hook")
        put = await tenant.http.put("/v1/workspaces/own", json={"token": "t" * 20, "address": address})
        assert put.status_code == 200, put.text
        subscribed = await subscribe(tenant, workato.url, events=["run.failed"])
        until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        asked = {"subscription_id": subscribed["id"], "resume_token": "job-1", "expires_at": until}
        begun = (await tenant.http.post("/v1/simulate", json=asked)).json()
        stop = asyncio.Event()
        means = resuming.Means(http, services.vault, Lens("https://c.example"))
        task = asyncio.create_task(Resumer(services.db, means).run(stop))
        try:
            await eventually(lambda: _resumed(workato), 10)
        finally:
            stop.set()
            await task
        found = grades(await over(services, tenant, begun["id"]))
    (call,) = [got for got in workato.got if got.path.endswith("/api/job/resume")]
    assert (call.json()["data"]["status"], call.json()["data"]["kind"]) == ("failed", "run")
    assert found["suspended_then_failed"] == (
        "passed",
        "It took both messages, and its job was resumed with the failure.",
    )


async def _resumed(workato: Receiver) -> bool:
    return any(got.path.endswith("/api/job/resume") for got in workato.got)


async def test_only_a_sandbox_is_simulated_in_and_only_once_at_a_time(
    tenant: Tenant, services: Services
) -> None:
    subscribed = await subscribe(tenant, "https://webhooks.workato.com/x")
    asked = {"subscription_id": subscribed["id"]}
    refused = await tenant.http.post("/v1/simulate", json=asked)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_sandbox")
    await sandbox(services, tenant)
    assert (await tenant.http.post("/v1/simulate", json=asked)).status_code == 202
    second = await tenant.http.post("/v1/simulate", json=asked)
    assert (second.status_code, second.json()["code"]) == (409, "simulation_running")
    assert int(second.headers["retry-after"]) > 0
    (listed,) = (await tenant.http.get("/v1/simulations")).json()["results"]
    assert (listed["status"], {case["grade"] for case in listed["cases"]}) == ("running", {"open"})
    body = await ended(services, tenant, listed["id"])
    assert {case["grade"] for case in body["cases"]} == {"not_seen"}


async def test_what_is_read_by_people_or_when_it_is_over_changes_no_grade(
    tenant: Tenant, services: Services
) -> None:
    await sandbox(services, tenant)
    subscribed = await subscribe(tenant, "https://webhooks.workato.com/x")
    asked = {"subscription_id": subscribed["id"], "cases": ["too_many_requests"]}
    body = (await tenant.http.post("/v1/simulate", json=asked)).json()
    run_id, url = body["cases"][0]["run_id"], f"/v1/simulations/{body['id']}"
    person = Caller("person", tenant.company.id, ids.new(), "Ada", frozenset({"runs:read"}))
    async with services.db.company(tenant.company.id) as tx:
        seen = await simulations.read(tx, person, ids.parse("run", run_id))
    assert seen == ("too_many_requests", None)
    assert (await tenant.http.get(url)).json()["cases"][0]["reads"] == 0
    assert (await tenant.http.get(f"/v1/runs/{run_id}")).status_code == 429
    before = await ended(services, tenant, body["id"])
    assert before["cases"][0]["reads"] == 1
    assert (await tenant.http.get(f"/v1/runs/{run_id}")).json()["status"] == "success"
    assert (await tenant.http.get(url)).json()["cases"] == before["cases"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"cases": ["earthquake"]}, "cases"),
        ({"seconds": 4000}, "seconds"),
        ({"cases": ["late"], "resume_token": "x"}, "resume_token"),
        ({"resume_token": "x"}, "expires_at"),
    ],
)
async def test_a_wrong_wish_is_refused_in_one_sentence(
    tenant: Tenant, services: Services, given: dict[str, Any], field: str
) -> None:
    await sandbox(services, tenant)
    subscribed = await subscribe(tenant, "https://webhooks.workato.com/x")
    answer = await tenant.http.post("/v1/simulate", json={"subscription_id": subscribed["id"], **given})
    assert answer.status_code == 422
    assert field in answer.text


async def test_nobody_else_sees_a_simulation_or_its_runs_and_it_needs_its_scope(
    tenant: Tenant, services: Services, make_tenant: Callable[..., Awaitable[Tenant]]
) -> None:
    await sandbox(services, tenant)
    subscribed = await subscribe(tenant, "https://webhooks.workato.com/x")
    body = (await tenant.http.post("/v1/simulate", json={"subscription_id": subscribed["id"]})).json()
    other = await make_tenant("Other")
    run_id = body["cases"][1]["run_id"]
    assert (await other.http.get(f"/v1/simulations/{body['id']}")).status_code == 404
    assert (await other.http.get(f"/v1/runs/{run_id}")).status_code == 404
    assert (await other.http.get("/v1/simulations")).json()["results"] == []
    theirs = await sandbox(services, other)
    stolen = await theirs.http.post("/v1/simulate", json={"subscription_id": subscribed["id"]})
    assert stolen.status_code == 404
    assert (await tenant.http.get(f"/v1/runs/{run_id}")).json()["status"] == "success"
    poor = await make_tenant("Poor", scopes=["subscriptions:read"])
    denied = await poor.http.post("/v1/simulate", json={"subscription_id": subscribed["id"]})
    assert denied.status_code == 403


def test_every_case_sends_something_to_whoever_hears_of_runs() -> None:
    assert all(messages(name, ["run.*"]) for name in CASES)
    assert messages("suspended_then_failed", ["role.ready"]) == []

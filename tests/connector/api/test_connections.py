"""Connections and syncs over HTTP, against a Workday tenant on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from connector.services import Services
from kit import ids
from kit.settings import Settings
from tests.fakes.workday import Tenant as Workday
from tests.fakes.workday import permission_fault, workday
from tests.parts.front import Tenant, settings_for
from tests.webhooks.callbacks.world import eventually
from tests.webhooks.sync.world import FAST, access_to
from webhooks.connections import store
from webhooks.sync.worker import Syncer


@pytest.fixture
def settings(db_url: str) -> Settings:
    return settings_for(db_url, allow_loopback_sources=True)


@pytest.fixture
async def hris() -> AsyncIterator[Workday]:
    async with workday() as listening:
        yield listening


@pytest.fixture
async def syncing(services: Services) -> AsyncIterator[None]:
    """A worker's syncer beside the service."""
    stop = asyncio.Event()
    syncer = Syncer(services.db, services.intake, services.sources, FAST)
    running = asyncio.create_task(syncer.run(stop))
    yield
    stop.set()
    await running


async def connected(tenant: Tenant, hris: Workday, **more: Any) -> dict[str, Any]:
    given = {"source": "workday", "access": access_to(hris), **more}
    answer = await tenant.http.post("/v1/connections", json=given)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_credential_is_never_shown_again(tenant: Tenant, hris: Workday, services: Services) -> None:
    made = await connected(tenant, hris)
    url = f"/v1/connections/{made['id']}"
    answers = [await tenant.http.get(url), await tenant.http.get("/v1/connections")]
    answers.append(await tenant.http.patch(url, json={"name": "Production"}))
    assert made["access"]["auth"]["password"] == "[hidden]"
    assert not any("pa55word" in answer.text for answer in answers)
    async with services.db.engine() as tx:
        rows = await (await tx.conn.execute("SELECT c::text FROM connection c")).fetchall()
        audit = await (await tx.conn.execute("SELECT a::text FROM audit a")).fetchall()
    assert "pa55word" not in str(rows) + str(audit)


async def test_a_repeat_with_the_same_key_makes_no_second_connection(tenant: Tenant, hris: Workday) -> None:
    given = {"source": "workday", "access": access_to(hris)}
    headers = {"Idempotency-Key": "k1"}
    first = await tenant.http.post("/v1/connections", json=given, headers=headers)
    again = await tenant.http.post("/v1/connections", json=given, headers=headers)
    assert again.json()["id"] == first.json()["id"]
    other = await tenant.http.post("/v1/connections", json=given)
    assert (other.status_code, other.json()["code"]) == (409, "connection_exists")


@pytest.mark.parametrize(
    ("access", "field"),
    [
        ({"address": "https://evil.example.com"}, "access.address"),
        ({"address": "https://10.0.0.1"}, "access.address"),
        ({"address": "http://wd2-impl-services1.workday.com"}, "access.address"),
        ({"tenant": ""}, "access.tenant"),
        ({"auth": {"kind": "username_token", "username": "isu@acme"}}, "access.auth"),
        ({"auth": {"kind": "smoke_signals"}}, "access.auth.kind"),
    ],
)
async def test_what_cannot_be_used_is_named_and_no_value_repeated(
    tenant: Tenant, hris: Workday, access: dict[str, Any], field: str
) -> None:
    given = {"source": "workday", "access": {**access_to(hris), **access}}
    answer = await tenant.http.post("/v1/connections", json=given)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert "pa55word" not in answer.text


@pytest.mark.parametrize(
    ("access", "field", "choice"),
    [
        (
            {"auth": {"kind": "smoke"}},
            "auth.kind",
            "username_token, refresh_token, jwt_bearer, client_credentials",
        ),
        (
            {"auth": {"username": "isu"}},
            "auth",
            "username_token, refresh_token, jwt_bearer, client_credentials",
        ),
        ({"api": "fax"}, "api", "raas, rest, soap"),
    ],
)
async def test_what_a_setting_may_be_is_listed_when_it_is_something_else(
    tenant: Tenant, hris: Workday, access: dict[str, Any], field: str, choice: str
) -> None:
    given = {"source": "workday", "access": {**access_to(hris), **access}}
    refused = (await tenant.http.post("/v1/connections", json=given)).json()
    assert refused["errors"] == [{"field": f"access.{field}", "message": f"It has to be one of {choice}."}]
    assert refused["detail"].endswith(f"one of {choice}.")


async def test_the_status_names_a_connection_that_was_stopped(
    services: Services, tenant: Tenant, hris: Workday
) -> None:
    made = await connected(tenant, hris)
    before = (await tenant.http.get("/v1/status")).json()["degraded"]
    stopped = {"reason": "credential", "detail": "Workday refused it.", "at": "2026-11-22T09:29:10Z"}
    async with services.db.company(tenant.company.id) as tx:
        await store.stop_connection(
            tx, tenant.company.id, ids.parse("conn", made["id"]), msgspec.convert(stopped, store.Stopped)
        )
    *rest, last = (await tenant.http.get("/v1/status")).json()["degraded"]
    assert [one["part"] for one in rest] == [one["part"] for one in before]
    assert last == {
        "part": "connection",
        "says": "Nothing is fetched from workday: Workday refused it.",
        "since": "2026-11-22T09:29:10Z",
    }


async def test_a_test_says_in_a_sentence_what_is_wrong(tenant: Tenant, hris: Workday) -> None:
    made = await connected(tenant, hris)
    url = f"/v1/connections/{made['id']}"
    assert [one["code"] for one in made["warnings"]] == ["untested"]
    well = (await tenant.http.post(f"{url}/test")).json()
    assert (well["ok"], well["count"]) == (True, 100)
    assert (await tenant.http.get(url)).json()["warnings"] == []
    hris.users = {}
    wrong = (await tenant.http.post(f"{url}/test")).json()
    assert (wrong["ok"], wrong["reason"]) == (False, "credential")
    hris.first = [permission_fault()]
    barred = (await tenant.http.post(f"{url}/test")).json()
    assert (barred["ok"], barred["reason"]) == (False, "permission")
    shown = (await tenant.http.get(url)).json()
    assert shown["warnings"] == [{"code": "test_failed", "detail": barred["detail"]}]


async def test_secrets_stay_when_the_rest_changes_but_never_follow_to_another_address(
    tenant: Tenant, hris: Workday
) -> None:
    made = await connected(tenant, hris)
    url = f"/v1/connections/{made['id']}"
    kept = await tenant.http.patch(url, json={"access": {"version": "v45.0"}})
    assert kept.json()["access"]["version"] == "v45.0"
    assert (await tenant.http.post(f"{url}/test")).json()["ok"]
    async with workday() as other:
        stolen = await tenant.http.patch(url, json={"access": {"address": other.url}})
        assert (stolen.status_code, stolen.json()["errors"][0]["field"]) == (422, "access.auth")
        assert (await tenant.http.post(f"{url}/test")).json()["ok"]
        assert other.got == []
        moved = await tenant.http.patch(url, json={"access": access_to(other)})
        assert moved.status_code == 200
        await tenant.http.post(f"{url}/test")
        assert len(other.got) == 1


async def test_a_setting_that_there_is_not_is_named(tenant: Tenant, hris: Workday) -> None:
    access = access_to(hris)
    access["page_sise"], access["auth"]["passwort"] = 10, "x"
    answer = await tenant.http.post("/v1/connections", json={"source": "workday", "access": access})
    assert answer.json()["ignored"] == ["access.auth.passwort", "access.page_sise"]
    url = f"/v1/connections/{answer.json()['id']}"
    changed = await tenant.http.patch(url, json={"access": {"tennant": "x"}, "name": "x"})
    assert changed.json()["ignored"] == ["access.tennant"]
    assert (await tenant.http.patch(url, json={"name": "y"})).json()["ignored"] == []


async def test_the_end_of_a_credential_is_warned_of(tenant: Tenant, hris: Workday) -> None:
    ends = datetime.now(UTC) + timedelta(days=10)
    made = await connected(tenant, hris, expires_at=ends.isoformat())
    assert [one["code"] for one in made["warnings"]] == ["expiring", "untested"]


async def test_a_deleted_connection_is_gone_and_may_be_made_again(tenant: Tenant, hris: Workday) -> None:
    made = await connected(tenant, hris)
    url = f"/v1/connections/{made['id']}"
    assert (await tenant.http.delete(url)).status_code == 204
    assert (await tenant.http.delete(url)).status_code == 204
    assert (await tenant.http.get(url)).status_code == 404
    await connected(tenant, hris)


async def test_another_companys_connection_is_invisible(
    make_tenant: Callable[..., Awaitable[Tenant]], hris: Workday
) -> None:
    mine, other = await make_tenant("Liberty"), await make_tenant("Other")
    url = f"/v1/connections/{(await connected(mine, hris))['id']}"
    assert (await other.http.get("/v1/connections")).json()["results"] == []
    assert (await other.http.get(url)).status_code == 404
    assert (await other.http.patch(url, json={"name": "x"})).status_code == 404
    assert (await other.http.post(f"{url}/test")).status_code == 404
    await other.http.delete(url)
    assert (await mine.http.get(url)).status_code == 200
    await connected(other, hris)


async def test_scopes_are_needed(make_tenant: Callable[..., Awaitable[Tenant]], hris: Workday) -> None:
    reader = await make_tenant(scopes=["connections:read", "syncs:read"])
    given = {"source": "workday", "access": access_to(hris)}
    assert (await reader.http.get("/v1/connections")).status_code == 200
    assert (await reader.http.get("/v1/syncs")).status_code == 200
    assert (await reader.http.post("/v1/connections", json=given)).status_code == 403
    assert (await reader.http.post("/v1/syncs", json={"source": "workday"})).status_code == 403


@pytest.mark.usefixtures("syncing")
async def test_a_sync_is_started_watched_and_listed(tenant: Tenant, hris: Workday) -> None:
    await connected(tenant, hris)
    started = await tenant.http.post("/v1/syncs", json={"source": "workday", "what": "everything"})
    assert started.status_code == 202
    url = started.headers["location"]

    async def over() -> Any:
        found = (await tenant.http.get(url)).json()
        return found if found["finished_at"] else None

    sync = await eventually(over, 20)
    assert (sync["status"], sync["display"]) == ("success", "done")
    assert sync["outputs"]["reconciliation"] == "Workday 100, here 100."
    events = (await tenant.http.get(sync["links"]["source_events"].partition(".com")[2])).json()["results"]
    assert [event["origin"] for event in events] == ["sync"] * 4
    listed = (await tenant.http.get("/v1/syncs?limit=1")).json()
    assert [one["id"] for one in listed["results"]] == [sync["id"]]
    feed = (await tenant.http.get("/v1/events?limit=1000")).json()["results"]
    (told,) = [event for event in feed if event["type"] == "sync.finished"]
    assert (told["sync_id"], told["reason"]) == (sync["id"], "Workday 100, here 100.")
    assert (await tenant.http.post(f"{url}/cancel")).json()["status"] == "success"


async def test_a_sync_without_a_connection_is_refused(tenant: Tenant) -> None:
    answer = await tenant.http.post("/v1/syncs", json={"source": "workday"})
    assert (answer.status_code, answer.json()["code"]) == (404, "no_connection")

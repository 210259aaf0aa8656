"""A dry run of a webhook: the verdicts of the real thing, and nothing is kept."""

from __future__ import annotations

from typing import Any

import pytest

from connector.services import Services
from kit.errors import Overloaded
from kit.gate import Gate
from kit.sql import Query
from tests.connector.api.sending import job_codes, send, workday
from tests.house.walls import snapshot
from tests.parts.front import Tenant
from webhooks.intake import Hook, Intake

_MADE = ("id", "status_url", "links", "dry_run")
DRY = "?dry_run=true"


async def rows(services: Services) -> dict[str, list[str]]:
    """Everything that is stored, but the log of calls."""
    return {name: found for name, found in (await snapshot(services.db)).items() if name != "call"}


def verdicts(body: dict[str, Any]) -> list[tuple[Any, ...]]:
    names = ("index", "source_id", "verdict", "pushed", "reason", "code", "detail", "warnings")
    return [tuple(one[name] for name in names) for one in body["results"]]


async def test_a_dry_run_gives_the_verdicts_of_the_real_thing_and_keeps_nothing(
    tenant: Tenant, services: Services
) -> None:
    found = []
    for payload in (workday(), workday(), workday().replace(b"Associate Data Analyst", b"Head of Data")):
        before = await rows(services)
        dry = await send(tenant.http, payload, query=DRY)
        assert await rows(services) == before
        real = (await send(tenant.http, payload)).json()
        body = dry.json()
        assert (dry.status_code, "location" in dry.headers) == (202, False)
        assert (body["dry_run"], real["dry_run"], body["id"], body["links"]) == (True, False, None, {})
        assert verdicts(body) == verdicts(real)
        found.append(real["results"][0]["verdict"])
        made = found == ["new"]
        assert (body["results"][0]["role_id"], body["results"][0]["run_id"]) == (
            None if made else real["results"][0]["role_id"],
            None,
        )
    assert found == ["new", "no_material_change", "changed"]


async def test_a_dry_run_with_a_known_event_id_or_key_gets_what_is_known_and_uses_neither_up(
    tenant: Tenant, services: Services
) -> None:
    headers = {"x_event_id": "evt-7", "idempotency_key": "key-7"}
    assert (await send(tenant.http, workday(), query=DRY, **headers)).json()["repeated"] is False
    real = (await send(tenant.http, workday(), **headers)).json()
    assert (real["repeated"], real["results"][0]["verdict"]) == (False, "new")
    again = (await send(tenant.http, workday(), query=DRY, x_event_id="evt-7")).json()
    assert (again["repeated"], again["id"]) == (True, real["id"])


@pytest.mark.parametrize(
    ("payload", "query"),
    [(b"{broken", ""), (b"<x>", ""), (b"[]", "strict=true"), (job_codes({"name_en_US": ""}), "")],
)
async def test_what_the_real_thing_refuses_a_dry_run_refuses_likewise_and_keeps_nothing(
    tenant: Tenant, services: Services, payload: Any, query: str
) -> None:
    before = await rows(services)
    dry = await send(tenant.http, payload, query=f"{DRY}&{query}")
    assert await rows(services) == before
    await services.calls.write(services.db, services.vault)
    async with services.db.engine() as tx:
        (call,) = await tx.all(Query("t", "", "SELECT headers, body FROM call"))
    assert call == {"headers": None, "body": None}
    real = await send(tenant.http, payload, query=f"?{query}")
    assert (dry.status_code, dry.json()["code"]) == (real.status_code, real.json()["code"])
    assert dry.json()["detail"] == real.json()["detail"]
    assert "source_event_id" not in dry.json()
    assert real.json()["source_event_id"]


@pytest.mark.parametrize("query", ["?dry_run=true&strict=perhaps", "?dry_run=perhaps"])
async def test_a_dry_run_whose_query_cannot_be_read_keeps_nothing(
    tenant: Tenant, services: Services, query: str
) -> None:
    before = await rows(services)
    assert (await send(tenant.http, workday(), query=query)).status_code == 422
    assert await rows(services) == before
    await send(tenant.http, workday(), query="?dry_run=0&strict=perhaps")
    assert len((await rows(services))["source_event"]) == len(before["source_event"]) + 1


async def test_no_verdict_of_a_dry_run_names_a_role_that_is_not_made(
    tenant: Tenant, services: Services
) -> None:
    head, begin, rest = workday().partition(b"<wd:Job_Profile>")
    profile, end, tail = rest.partition(b"</wd:Job_Profile>")
    twice = head + (begin + profile + end) * 2 + tail
    dry = (await send(tenant.http, twice, query=DRY)).json()
    found = [(one["verdict"], one["role_id"]) for one in dry["results"]]
    assert found == [("duplicate", None), ("new", None)]
    real = (await send(tenant.http, twice, x_event_id="evt-8")).json()
    known = await send(tenant.http, twice, query=DRY, x_event_id="evt-8")
    assert known.json()["repeated"] is True
    assert known.json()["results"] == real["results"]


async def test_a_dry_run_waits_at_the_gate_as_the_real_thing_does(tenant: Tenant, services: Services) -> None:
    async def ring(_jobs: list[int], _queued: int) -> None:
        raise AssertionError("A dry run rings for nobody.")

    full = Intake(services.db, ring, Gate(1, 0), most_items=10)
    hook = Hook(
        company_id=tenant.company.id,
        client_id=None,
        actor_kind="hris",
        actor_id="recipe",
        source="workday",
        body=workday(),
        content_type="application/xml",
        dry_run=True,
    )
    with pytest.raises(Overloaded):
        await full.rehearse(hook)


async def test_a_dry_run_of_an_unknown_source_keeps_nothing_and_needs_the_scope(
    tenant: Tenant, services: Services, make_tenant: Any
) -> None:
    before = await rows(services)
    answer = await tenant.http.post("/v1/webhooks/oracle?dry_run=true", json={})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_source")
    assert await rows(services) == before
    poor = await make_tenant("Poor", scopes=["roles:read"])
    denied = await send(poor.http, b"{}", query=DRY)
    assert denied.status_code == 403

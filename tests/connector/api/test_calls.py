"""My last calls: what a client asked, what it was told, and nobody else's."""

from __future__ import annotations

from typing import Any

from connector.services import Services
from control.calls import KEPT
from tests.parts.front import Tenant


async def test_a_refused_call_is_found_by_its_request_id_with_what_was_said(
    tenant: Tenant, services: Services
) -> None:
    refused = await tenant.http.post(
        "/v1/pushes", json={"ids": []}, headers={"x-request-id": "recipe-job-77"}
    )
    await tenant.http.get("/v1/me?x=1")
    await services.calls.write(services.db)
    (found,) = (await tenant.http.get("/v1/calls?request_id=recipe-job-77")).json()["results"]
    assert (found["method"], found["path"], found["status"]) == ("POST", "/v1/pushes", 422)
    assert found["problem"]["detail"] == refused.json()["detail"]
    listed = (await tenant.http.get("/v1/calls")).json()["results"]
    assert ("/v1/me?x=1", 200, None) in [(one["path"], one["status"], one["problem"]) for one in listed]
    only = (await tenant.http.get("/v1/calls?refused=true")).json()["results"]
    assert [one["request_id"] for one in only] == ["recipe-job-77"]


async def test_a_client_keeps_its_newest_hundred(tenant: Tenant, services: Services) -> None:
    for _ in range(2):
        for _ in range(KEPT // 2 + 5):
            await tenant.http.get("/v1/me")
        await services.calls.write(services.db)
    assert len((await tenant.http.get("/v1/calls")).json()["results"]) == KEPT


async def test_nobody_sees_anothers_calls_and_no_secret_is_kept(
    tenant: Tenant, services: Services, make_tenant: Any
) -> None:
    other = await make_tenant("Other")
    await tenant.http.get("/v1/runs?cursor=x&password=geheim")
    await services.calls.write(services.db)
    assert (await other.http.get("/v1/calls")).json()["results"] == []
    mine = await tenant.http.get("/v1/calls?refused=true")
    assert "geheim" not in mine.text

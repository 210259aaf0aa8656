"""Calls into a webhook go past the router: whoever calls must not notice."""

from __future__ import annotations

import pytest

from tests.connector.api.sending import XML, send, workday
from tests.parts.front import Tenant

WEBHOOK = "/v1/webhooks/workday"


async def test_a_receipt_that_needs_more_than_a_packet_is_packed_for_those_who_accept_it(
    tenant: Tenant,
) -> None:
    page = workday("page_100.xml")
    packed = await send(tenant.http, page)
    plain = await tenant.http.post(WEBHOOK, content=page, headers={**XML, "accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert len(packed.json()["results"]) == len(plain.json()["results"]) == 100


@pytest.mark.parametrize("path", [f"{WEBHOOK}/", "/v1/webhooks/workday/../workday"])
async def test_what_the_router_would_find_is_found(tenant: Tenant, path: str) -> None:
    answer = await tenant.http.post(path, content=workday(), headers=XML)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", WEBHOOK, 405), ("POST", "/v1/webhooks", 404), ("POST", f"{WEBHOOK}/more", 404)],
)
async def test_what_the_router_would_refuse_is_refused(
    tenant: Tenant, method: str, path: str, status: int
) -> None:
    answer = await tenant.http.request(method, path, content=workday(), headers=XML)
    assert answer.status_code == status
    assert answer.headers["x-request-id"] == answer.json()["request_id"]


async def test_both_ways_give_the_same_headers(tenant: Tenant) -> None:
    direct = await send(tenant.http, workday())
    routed = await tenant.http.post(f"{WEBHOOK}/", content=workday(), headers=XML)
    assert direct.headers.keys() == routed.headers.keys()

"""What holds for every address: ids, refusals, limits, sizes, and what happens when parts are down."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

import httpx
import msgspec
import psycopg
import pytest
from litestar import Controller, get, post
from litestar.di import NamedDependency

from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from connector.app import create_app
from connector.services import build
from kit.errors import FieldError, Invalid
from tests import contract
from tests.parts.front import Tenant, contract_of, settings_for


class EchoIn(msgspec.Struct):
    """What the test sends."""

    title: str
    count: Annotated[int, msgspec.Meta(ge=0)] = 1


class EchoOut(msgspec.Struct, frozen=True):
    """What it gets."""

    title: str
    count: int


ECHO = {"title": "Nurse", "count": 1}


class Echo(Controller):
    """Addresses that only these tests have."""

    path = "/v1/echo"

    @post(
        "/",
        **operation(
            "echo",
            "Say it back",
            scope="roles:write",
            body=Body(kind=EchoIn, examples={"a": ECHO}),
            answers={200: Answer(kind=EchoOut, example=ECHO)},
        ),
    )
    async def echo(self, call: NamedDependency[Call]) -> Reply:
        given, ignored = await call.body(EchoIn)
        return Reply(EchoOut(given.title, given.count), ignored=ignored)

    @get("/bug", **operation("bug", "A mistake of ours", answers={200: Answer(kind=EchoOut, example=ECHO)}))
    async def bug(self) -> Reply:
        raise RuntimeError("the password is hunter2")

    @get("/slow", **operation("slow", "Waits", answers={200: Answer(kind=EchoOut, example=ECHO)}))
    async def slow(self) -> Reply:
        await asyncio.sleep(30)
        return Reply(ECHO)

    @get(
        "/refused",
        **operation("refused", "No", errors=(Invalid,), answers={200: Answer(kind=EchoOut, example=ECHO)}),
    )
    async def refused(self) -> Reply:
        errors = [FieldError(f"items[{n}].title", "is missing " * 20) for n in range(100)]
        raise Invalid("x " * 500, errors=errors, retry_after=2.2, extra={"stages": ["a" * 30] * 90})

    @get("/big", **operation("big", "Much text", answers={200: Answer(kind=EchoOut, example=ECHO)}))
    async def big(self) -> Reply:
        return Reply(EchoOut("long " * 2000, 1))


@pytest.fixture
def controllers() -> Sequence[type[Controller]]:
    return (Echo,)


async def test_every_answer_has_an_id_and_a_good_one_of_ours_is_kept(tenant: Tenant) -> None:
    answer = await tenant.http.get("/v1/me", headers={"X-Request-Id": "job-1234.a:b"})
    assert answer.headers["x-request-id"] == "job-1234.a:b"
    made = await tenant.http.get("/v1/me", headers={"X-Request-Id": "a b\tc"})
    assert made.headers["x-request-id"].startswith("req_")


@pytest.mark.parametrize("path", ["/v1/nowhere", "/nowhere", "/v1/me/../x", "/v1/mappings/a%00b"])
async def test_an_unknown_address_is_a_problem(tenant: Tenant, path: str) -> None:
    answer = await tenant.http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_method_that_is_not_served_is_a_problem(tenant: Tenant) -> None:
    answer = await tenant.http.delete("/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


async def test_a_slash_at_the_end_changes_nothing(tenant: Tenant) -> None:
    for path in ("/v1/me", "/v1/me/", "/health/live", "/health/live/", "/openapi.json"):
        assert (await tenant.http.get(path)).status_code == 200


async def test_head_is_get_without_the_body(tenant: Tenant) -> None:
    answer = await tenant.http.head("/v1/me")
    assert (answer.status_code, answer.content) == (200, b"")


async def test_unknown_keys_come_back_as_ignored(tenant: Tenant) -> None:
    answer = await tenant.http.post("/v1/echo", json={"title": "Nurse", "count": "2", "colour": "blue"})
    assert answer.json() == {"title": "Nurse", "count": 2, "ignored": ["colour"]}


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "bad_json"),
        (b"[" * 10_000, "application/json", 400, "bad_json"),
        (b'{"title":"\\u0000"}', "application/json", 400, "nul_character"),
        ('{"title":"\u00e9"}'.encode("latin-1"), "application/json", 400, "bad_json"),
        ('{"title":"x"}'.encode("utf-16"), "application/json", 400, "bad_json"),
        (b"", "application/json", 422, "invalid"),
        (b'{"title":"x","count":-1}', "application/json", 422, "invalid"),
        (b"<a/>", "application/xml", 415, "unsupported_media_type"),
        (b'{"title":"x"}', "application/json; charset=iso-8859-1", 415, "unsupported_media_type"),
        (b'{"title":"' + b"x" * 2_000_001 + b'"}', "application/json", 413, "too_large"),
        (b"x" * 25_000_000, "application/json", 413, "too_large"),
    ],
)
async def test_a_bad_body_is_refused_in_words(
    tenant: Tenant, content: bytes, kind: str, status: int, code: str
) -> None:
    answer = await tenant.http.post("/v1/echo", content=content, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_gzip_body_is_read_and_its_bomb_is_not(tenant: Tenant) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    good = await tenant.http.post("/v1/echo", content=gzip.compress(b'{"title":"x"}'), headers=headers)
    assert good.json()["title"] == "x"
    bomb = await tenant.http.post("/v1/echo", content=gzip.compress(b" " * 50_000_000), headers=headers)
    assert bomb.status_code == 413
    cut = await tenant.http.post("/v1/echo", content=gzip.compress(b'{"title":"x"}')[:-9], headers=headers)
    assert (cut.status_code, cut.json()["code"]) == (400, "bad_gzip")
    no_gzip = await tenant.http.post("/v1/echo", content=b"{}", headers=headers)
    assert (no_gzip.status_code, no_gzip.json()["code"]) == (400, "bad_gzip")
    other = await tenant.http.post("/v1/echo", content=b"{}", headers={**headers, "Content-Encoding": "br"})
    assert other.status_code == 415


async def test_our_own_mistake_tells_nothing_of_its_inside(tenant: Tenant) -> None:
    answer = await tenant.http.get("/v1/echo/bug")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "hunter2" not in answer.text


async def test_a_refusal_is_short_whatever_it_was_given(tenant: Tenant) -> None:
    answer = await tenant.http.get("/v1/echo/refused")
    problem = answer.json()
    assert answer.headers["retry-after"] == "3"
    assert problem["retry_after"] == 3
    assert len(answer.content) <= 2048


async def test_a_long_answer_is_compressed(tenant: Tenant) -> None:
    answer = await tenant.http.get("/v1/echo/big", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.json()["count"] == 1


async def test_a_token_without_the_scope_is_forbidden_by_name(make_tenant: Any) -> None:
    tenant = await make_tenant("Small", scopes=["runs:read"])
    answer = await tenant.http.post("/v1/echo", json={"title": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert "roles:write" in answer.json()["detail"]


async def test_a_slow_answer_is_ended(tenant: Tenant, db_url: str) -> None:
    async with _other(db_url, tenant, request_seconds=0.2) as http:
        answer = await http.get("/v1/echo/slow")
    assert (answer.status_code, answer.json()["code"]) == (503, "took_too_long")
    assert answer.headers["retry-after"]


async def _coming(parts: int, size: int) -> AsyncIterator[bytes]:
    """A body that takes 0.1 s for each of its parts."""
    for _ in range(parts):
        yield b" " * size
        await asyncio.sleep(0.1)
    yield b'{"title": "Nurse"}'


async def test_a_body_on_a_slow_line_has_the_time_it_needs(tenant: Tenant, db_url: str) -> None:
    async with _other(db_url, tenant, request_seconds=0.5) as http:
        answer = await http.post("/v1/echo", content=_coming(8, 20_000))
    assert (answer.status_code, answer.json()["title"]) == (200, "Nurse")


async def test_a_body_that_only_drips_is_ended(tenant: Tenant, db_url: str) -> None:
    async with _other(db_url, tenant, request_seconds=0.5) as http:
        answer = await http.post("/v1/echo", content=_coming(8, 1))
    assert (answer.status_code, answer.json()["code"]) == (503, "took_too_long")


async def test_more_requests_than_allowed_are_told_when_to_come_back(tenant: Tenant, db_url: str) -> None:
    async with _other(db_url, tenant, client_requests_per_second=5) as http:
        answers = await asyncio.gather(*[http.get("/v1/me") for _ in range(12)])
    good = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(good) >= 5
    assert refused
    assert refused[0].headers["retry-after"] == "1"
    assert refused[0].headers["ratelimit-policy"] == '"default";q=5;w=1'
    assert good[0].headers["ratelimit"].startswith('"default";r=')


async def test_more_requests_at_once_than_allowed_are_refused(tenant: Tenant, db_url: str) -> None:
    async with _other(db_url, tenant, client_concurrent=2, request_seconds=0.5) as http:
        answers = await asyncio.gather(*[http.get("/v1/echo/slow") for _ in range(4)])
        assert sorted(answer.status_code for answer in answers) == [429, 429, 503, 503]
        assert (await http.get("/v1/me")).status_code == 200


async def test_too_many_token_requests_are_refused_as_oauth_words_it(tenant: Tenant, db_url: str) -> None:
    form = {"grant_type": "client_credentials", "client_id": "client_" + "0" * 32, "client_secret": "x"}
    async with _other(db_url, tenant, token_requests_per_second=2) as http:
        answers = [await http.post("/oauth/token", data=form) for _ in range(8)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused[0].json()["error"] == "temporarily_unavailable"


async def test_a_database_that_goes_away_is_a_503_and_comes_back(tenant: Tenant, db_url: str) -> None:
    async with _other(db_url, tenant, database_pool=1) as http:
        assert (await http.get("/v1/me")).status_code == 200
        async with await psycopg.AsyncConnection.connect(db_url, autocommit=True) as conn:
            await conn.execute("ALTER TABLE company RENAME TO gone")
            await conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
            )
            answer = await http.get("/v1/me")
            assert answer.status_code in (500, 503)
            await conn.execute("ALTER TABLE gone RENAME TO company")
        assert (await http.get("/v1/me")).status_code == 200


async def test_readiness_names_what_is_down(http: httpx.AsyncClient) -> None:
    answer = await http.get("/health/ready")
    assert answer.status_code == 200
    health = answer.json()
    assert health["status"] == "degraded"
    assert "redis" in health["down"]
    assert (health["parts"]["database"], health["parts"]["redis"]) == ("ok", "down")
    assert (await http.get("/health/live")).status_code == 200


async def test_readiness_without_a_database_is_a_503(http: httpx.AsyncClient, services: Any) -> None:
    await services.db.close()
    answer = await http.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "down")
    assert (await http.get("/health/live")).status_code == 200


async def test_metrics_count_by_route_and_hold_no_id(tenant: Tenant) -> None:
    await tenant.http.get("/v1/me")
    text = (await tenant.bare.get("/metrics")).text
    assert 'connector_requests_total{method="GET",route="/v1/me",status="200"}' in text
    assert tenant.company.id.hex not in text


class _Other:
    """A second service on the same database with other settings, and a client of it."""

    def __init__(self, db_url: str, tenant: Tenant, **changes: Any) -> None:
        self._services = build(settings_for(db_url, **changes))
        self._app = create_app(self._services, (Echo,))
        self._http = contract.client(self._app, contract_of((Echo,)), authorization=f"Bearer {tenant.token}")
        self._running = self._services.running()

    async def __aenter__(self) -> httpx.AsyncClient:
        await self._running.__aenter__()
        return self._http

    async def __aexit__(self, *exc: Any) -> None:
        await self._http.aclose()
        await self._running.__aexit__(*exc)


def _other(db_url: str, tenant: Tenant, **changes: Any) -> _Other:
    return _Other(db_url, tenant, **changes)

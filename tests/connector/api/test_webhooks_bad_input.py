"""Whatever is sent is answered in one sentence, kept where it can be found, and harms nothing."""

from __future__ import annotations

import gzip
from collections.abc import Sequence

import httpx
import pytest

from kit.settings import Settings
from tests.connector.api.sending import job_codes, send, workday
from tests.parts.front import Tenant, settings_for

LIMIT = 400_000
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a;" * 10) for n in range(9))
    + b"]><a>&a8;</a>"
)


@pytest.fixture
def settings(db_url: str) -> Settings:
    return settings_for(db_url, intake_bytes=LIMIT, intake_items=50)


async def kept(tenant: Tenant, answer: httpx.Response) -> dict[str, object]:
    """The source event that a refusal names."""
    found = await tenant.http.get(f"/v1/source-events/{answer.json()['source_event_id']}")
    assert found.status_code == 200
    event: dict[str, object] = found.json()
    assert event["status"] == "rejected"
    assert event["accepted"] == 0
    return event


async def healthy(tenant: Tenant) -> None:
    """Nothing came of it, and the next good call is served."""
    assert (await tenant.http.get("/v1/roles")).json()["results"] == []
    assert (await send(tenant.http, workday())).status_code == 202


@pytest.mark.parametrize("source", ["workday", "successfactors"])
@pytest.mark.parametrize(
    ("name", "body", "kind"),
    [
        ("empty", b"", "application/json"),
        ("blank", b"  \n ", "application/xml"),
        ("truncated XML", workday()[:3000], "application/xml"),
        ("a DTD bomb", BOMB, "application/xml"),
        ("deep JSON", b'{"d":' * 10_000 + b"1" + b"}" * 10_000, "application/json"),
        ("deep lists", b"[" * 10_000 + b"]" * 10_000, "application/json"),
        ("truncated JSON", b'{"d": {"results": [{"externalCode": "A', "application/json"),
        ("a wrong charset", "<a>Bürokraft</a>".encode("utf-16")[:-1], "application/xml; charset=utf-8"),
        ("Latin-1 in JSON", '{"title": "Bürokraft"}'.encode("latin-1"), "application/json"),
        ("a NUL in a key", b'{"a\\u0000": 1}', "application/json"),
        ("NUL bytes", b"\x00" * 100, "application/octet-stream"),
        ("a web page", b"<html><body>Not found</body></html>", "text/html"),
        ("a number", b"42", "application/json"),
        ("plain words", b"hello", "text/plain"),
        ("nothing we know", b'{"hello": "world"}', "application/json"),
    ],
)
async def test_what_cannot_be_read_is_a_problem(
    tenant: Tenant, source: str, name: str, body: bytes, kind: str
) -> None:
    answer = await tenant.http.post(f"/v1/webhooks/{source}", content=body, headers={"content-type": kind})
    problem = answer.json()
    assert answer.status_code in (400, 415, 422), (name, problem)
    assert problem["code"] != "bad_request"
    assert problem["detail"].endswith(".")
    assert problem["action"]["what"]
    event = await kept(tenant, answer)
    assert event["size"] == len(body)
    await healthy(tenant)


async def test_a_refusal_of_much_is_the_same_as_of_little(tenant: Tenant) -> None:
    little = await tenant.http.post("/v1/webhooks/workday", json={"hello": "x"})
    much = await tenant.http.post("/v1/webhooks/workday", json={"hello": "x" * 300_000})
    assert (much.status_code, much.json()["code"]) == (422, "unknown_shape")
    assert much.json()["detail"] == little.json()["detail"]


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "image/png", "application/pdf"])
async def test_a_file_of_another_kind_is_not_read(tenant: Tenant, kind: str) -> None:
    answer = await tenant.http.post("/v1/webhooks/workday", content=b"--x--", headers={"content-type": kind})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    event = await kept(tenant, answer)
    assert event["kept"] is False
    await healthy(tenant)


async def chunks(parts: Sequence[bytes]) -> object:
    for part in parts:
        yield part


@pytest.mark.parametrize("how", ["with its length", "without its length", "compressed"])
async def test_more_than_the_limit_is_not_kept(tenant: Tenant, how: str) -> None:
    body = b"<a>" + b" " * (25 * 2**20) + b"</a>"
    headers = {"content-type": "application/xml"}
    content: object = body
    if how == "without its length":
        content = chunks([body[:LIMIT], body[LIMIT:]])
    if how == "compressed":
        content, headers["content-encoding"] = gzip.compress(body), "gzip"
    answer = await tenant.http.post("/v1/webhooks/workday", content=content, headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert str(LIMIT) in answer.json()["detail"]
    event = await kept(tenant, answer)
    assert (event["kept"], event["size"]) == (False, 0)
    gone = await tenant.http.get(f"/v1/source-events/{event['id']}/raw")
    assert (gone.status_code, gone.json()["code"]) == (404, "bytes_not_kept")
    await healthy(tenant)


async def test_more_items_than_the_limit_are_refused(tenant: Tenant) -> None:
    answer = await send(tenant.http, workday("page_100.xml"))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_many_items")
    assert "limit is 50" in answer.json()["detail"]
    await kept(tenant, answer)
    await healthy(tenant)


async def test_an_unknown_source_is_told_which_there_are(tenant: Tenant) -> None:
    answer = await send(tenant.http, workday(), "oracle")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_source")
    assert "workday" in answer.json()["detail"]
    assert "successfactors" in answer.json()["detail"]
    assert (await kept(tenant, answer))["source"] == "oracle"


@pytest.mark.parametrize("source", ["csv", "%00", "..%2f", "work%20day", "%E2%80%AE" * 40])
async def test_a_strange_source_harms_nothing(tenant: Tenant, source: str) -> None:
    assert (await send(tenant.http, workday(), source)).status_code == 404
    await healthy(tenant)


async def test_broken_gzip_is_told(tenant: Tenant) -> None:
    for body in (b"not gzip", gzip.compress(workday())[:-9]):
        answer = await send(tenant.http, body, content_encoding="gzip")
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_gzip")
        await kept(tenant, answer)


@pytest.mark.parametrize("query", ["?strict=perhaps", "?event_id=%00", "?event_id=" + "x" * 300])
async def test_a_query_that_means_nothing_is_told(tenant: Tenant, query: str) -> None:
    answer = await send(tenant.http, workday(), query=query)
    assert answer.status_code == 422
    await kept(tenant, answer)
    await healthy(tenant)


async def test_unknown_fields_are_taken_with_the_rest(tenant: Tenant) -> None:
    body = job_codes({"cust_moonPhase": "full", "x": {"y": [1]}})
    item = (await send(tenant.http, body, "successfactors")).json()["results"][0]
    assert (item["verdict"], item["source_id"]) == ("new", "A1")


DATES = ["/Date(-62167219200000)/", "0000-00-00T00:00:00", "soon", 17]


@pytest.mark.parametrize("date", DATES)
async def test_a_date_that_never_was_is_taken_with_a_warning(tenant: Tenant, date: object) -> None:
    answer = (await send(tenant.http, job_codes({"startDate": date}), "successfactors")).json()
    item = answer["results"][0]
    assert item["verdict"] in ("new", "rejected")
    said = [item["detail"] or "", *(one["detail"] for one in item["warnings"])]
    assert any("startDate" in one or "date" in one for one in said), item


async def test_a_nul_inside_a_profile_is_left_out(tenant: Tenant) -> None:
    item = (await send(tenant.http, job_codes({"name_en_US": "Nur\x00se"}), "successfactors")).json()[
        "results"
    ][0]
    assert (await tenant.http.get(f"/v1/roles/{item['role_id']}")).json()["title"] == "Nurse"

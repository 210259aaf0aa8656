"""Whatever anybody sends, a live API answers with what its contract says, and never with a fault of its own.

Each test goes on for CONNECTOR_TEST_FUZZ_SECONDS (default 40). The seed (CONNECTOR_TEST_FUZZ_SEED) and the
number of a request, which a failure names, make the same request again.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import itertools
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from connector.api.contract import document
from connector.app import routes
from connector.embedded.graph import LOOPBACK
from kit.db import Db
from tests.long.contract_requests import Known, Requests, Sent
from tests.long.odd import Odd
from tests.parts.live_api import LiveApi
from tests.pipeline.engine.rig import Rig

pytestmark = pytest.mark.long
_LEAST_REACHED = 40  # operations that chance has to get a good answer from, or it tries nothing
SECONDS = float(os.environ.get("CONNECTOR_TEST_FUZZ_SECONDS", "40"))
PROFILE = Path("adapters/workday/samples/one_profile.xml").read_bytes()
SEED = os.environ.get("CONNECTOR_TEST_FUZZ_SEED", "1")
_AT_ONCE = 4
_LARGEST_SAMPLE = 100_000
_KINDS = ("text/xml", "application/json", "", "text/plain", "application/xml; charset=utf-16", "a/b;;=")
Join = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
def live_changes() -> dict[str, Any]:
    """A refusal of these tests is about what was sent, never about how often."""
    return {"token_requests_per_second": 100_000, "client_requests_per_second": 100_000}


async def for_a_while(one: Callable[[Odd], Awaitable[None]]) -> int:
    """Do it again and again, some at once, each time with a source of odd values of its own. How often."""
    numbers, until = itertools.count(), time.monotonic() + SECONDS

    async def go_on() -> None:
        while time.monotonic() < until:
            seed = f"{SEED}:{next(numbers)}"
            try:
                await one(Odd(seed))
            except AssertionError as exc:
                exc.add_note(f"seed {seed}")
                raise

    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(go_on())
    return next(numbers)


def samples(source: str) -> list[bytes]:
    """The vendor's captured bodies that a test can send many times."""
    found = [path.read_bytes() for path in sorted(Path(f"adapters/{source}/samples").glob("*.[jx]*"))]
    return [body for body in found if 2 < len(body) < _LARGEST_SAMPLE]


def call(source: str, odd: Odd) -> tuple[bytes, dict[str, str]]:
    """A spoiled sample and the headers it goes with."""
    body = odd.dice.choice(samples(source))
    is_json = body.lstrip()[:1] in (b"{", b"[")
    body = odd.json(body) if is_json and odd.often(0.6) else odd.garbled(body)
    headers = {"Content-Type": "application/json" if is_json else "text/xml"}
    if odd.often(0.1):
        headers["Content-Type"] = odd.dice.choice(_KINDS)
    if odd.often(0.05):
        headers["Content-Encoding"] = odd.dice.choice(("gzip", "deflate", "br", "gzip, gzip"))
        body = gzip.compress(body) if odd.often(0.7) else body
    if odd.often(0.1):
        headers["X-Event-Id"] = odd.dice.choice(("evt-1", "x" * 300, "a b\tc"))
    return body, headers


@pytest.mark.parametrize("source", ["workday", "successfactors"])
async def test_a_spoiled_payload_is_taken_in_or_refused_and_can_be_looked_up(
    join: Join, db: Db, source: str
) -> None:
    http = await join("Liberty")
    seen: Counter[int] = Counter()
    repeated = 0

    async def send(odd: Odd) -> None:
        nonlocal repeated
        body, headers = call(source, odd)
        query = {"strict": "true"} if odd.often(0.1) else {}
        answer = await http.post(f"/v1/webhooks/{source}", content=body, headers=headers, params=query)
        assert answer.status_code < 500, (answer.status_code, answer.text, headers, body[:500])
        seen[answer.status_code] += 1
        if answer.status_code == 200:  # a notification, which is answered in its own words
            assert b"Envelope" in answer.content
            return
        told = answer.json()
        repeated += told.get("repeated", False)
        await can_be_looked_up(http, told, refused=answer.status_code != 202)

    tries = await for_a_while(send)
    assert seen[202] > 0
    assert sum(seen.values()) == tries
    (kept,) = await Rig(db, []).rows("SELECT count(*) AS n FROM source_event")
    assert kept["n"] >= tries - repeated - seen[200]  # a notification that came before is kept once


async def can_be_looked_up(http: httpx.AsyncClient, told: dict[str, Any], *, refused: bool) -> None:
    """The source event of an answer says the same as the answer."""
    kept = told["source_event_id" if refused else "id"]
    found = (await http.get(f"/v1/source-events/{kept}")).json()
    assert (found["status"] == "rejected") == refused, (told, found)
    assert not refused or found["problem"]["code"] == told["code"]


async def test_every_operation_answers_odd_requests_as_its_contract_says(join: Join) -> None:
    http, known = await join("Liberty"), Known()
    requests = Requests(document(routes()), known)
    await first_rows(http, known)
    reached: set[str] = set()

    async def send(odd: Odd) -> None:
        sent: Sent = requests.one(odd)
        answer = await http.request(sent.method, sent.url, headers=sent.headers, content=sent.body)
        assert answer.status_code < 500 or sent.operation == "getReady", (sent, answer.text)
        if answer.status_code < 300:
            reached.add(sent.operation)
            known.learn(answer.text)

    await for_a_while(send)
    assert {"createRole", "pushRoles", "getRun"} <= reached
    assert len(reached) > _LEAST_REACHED, sorted(reached)


async def first_rows(http: httpx.AsyncClient, known: Known) -> None:
    """Something of every kind that can be named."""
    answers = [
        await http.post("/v1/webhooks/workday", content=PROFILE, headers={"Content-Type": "text/xml"}),
        await http.post("/v1/roles", json={"title": "Nurse", "documents": [{"text": "Cares for patients."}]}),
        await http.post("/v1/subscriptions", json={"url": "https://webhooks.workato.com/x"}),
    ]
    for answer in answers:
        assert answer.status_code in (201, 202), answer.text
        known.learn(answer.text)


async def test_no_authorization_header_but_the_right_one_lets_anybody_in(live: LiveApi, join: Join) -> None:
    right = (await join("Liberty")).headers["Authorization"].encode()

    async def knock(odd: Odd) -> None:
        given = header(right, odd)
        head, body = await answer_to(live.settings.port, given)
        if not all(sign >= 32 or sign == 9 for sign in given):
            assert not head or status_of(head) in (400, 401), (given, head, body)
        elif same(given, right):
            assert status_of(head) == 200, (given, body)
        else:
            assert status_of(head) == 401 or b"Invalid HTTP" in body, (given, head, body)
        if head and status_of(head) == 401:
            assert b"www-authenticate: Bearer" in head
            assert msgspec.json.decode(body)["status"] == 401

    await for_a_while(knock)


async def answer_to(port: int, authorization: bytes) -> tuple[bytes, bytes]:
    """Head and body of what a request with this header gets; empty when the server only hung up."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        writer.write(b"GET /v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ")
        writer.write(authorization + b"\r\n\r\n")
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    except ConnectionResetError:
        return b"", b""
    finally:
        writer.close()
    return head, body


def status_of(head: bytes) -> int:
    """The status in the first line of an answer."""
    return int(head.split(b" ")[1])


def same(given: bytes, right: bytes) -> bool:
    """Whether a header says the same as the right one: the scheme's case and blanks do not count."""
    scheme, _, token = given.strip(b" \t").partition(b" ")
    return scheme.lower() == b"bearer" and token.strip() == right.partition(b" ")[2]


def header(right: bytes, odd: Odd) -> bytes:
    """Something like the right header."""
    scheme, _, token = right.partition(b" ")
    head, body, signature = token.split(b".")
    forged = base64.urlsafe_b64encode(odd.json(base64.urlsafe_b64decode(body + b"=="))).rstrip(b"=")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=")
    return odd.dice.choice(
        (
            right,
            right.lower(),
            b"bearer  " + token,
            b"Basic " + token,
            token,
            scheme + b" " + token + b" " + token,
            b"Bearer " + b".".join((head, forged, signature))[:12_000],
            b"Bearer " + b".".join((unsigned, body, b"")),
            b"Bearer " + odd.garbled(token)[:12_000],
            odd.text().encode("utf-8", "replace")[:12_000],
            b"Bearer " + odd.text().encode("utf-8", "replace")[:12_000],
        )
    )

"""More comes in than can be taken in: the surplus is turned away at once with a time to come back, what was
accepted is kept, and whoever only looks notices nothing."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import Any

import httpx
import psycopg
import pytest

from kit.db import Db
from tests.connector.api.sending import job_codes, send
from tests.parts.live_api import LiveApi
from tests.pipeline.engine.rig import Rig

pytestmark = pytest.mark.long
Join = Callable[..., Awaitable[httpx.AsyncClient]]
_COMPANIES = 6  # more than the database connections that writing may use
_MOST_WAITING = 512  # what intake lets wait
_MORE = 100
_LOOKS = 40
_SLOWEST = 5.0


@pytest.fixture
def live_changes() -> dict[str, Any]:
    """The limits of a single client are not what is tried here."""
    return {"client_requests_per_second": 100_000, "client_concurrent": 10_000, "request_seconds": 300}


async def push(http: httpx.AsyncClient, n: int) -> httpx.Response:
    return await send(
        http, job_codes({"externalCode": f"C{n}", "name_en_US": f"Clerk {n}"}), "successfactors"
    )


async def look(http: httpx.AsyncClient, run: str) -> list[float]:
    """How long the answers took, in seconds, when somebody polls a run and the company's status."""
    seconds = []
    for n in range(_LOOKS):
        began = time.perf_counter()
        answer = await http.get("/v1/status" if n % 2 else f"/v1/runs/{run}")
        seconds.append(time.perf_counter() - began)
        assert answer.status_code == 200
    return seconds


async def test_what_is_too_much_is_turned_away_at_once_and_looking_stays_fast(
    live: LiveApi, join: Join, db: Db, db_url: str
) -> None:
    clients = [await join(f"Company {n}", checked=False) for n in range(_COMPANIES)]
    run = (await push(clients[0], 0)).json()["results"][0]["run_id"]
    quiet = await look(clients[0], run)
    turned: asyncio.Queue[httpx.Response] = asyncio.Queue()

    async def call(n: int) -> int:
        answer = await push(clients[n % _COMPANIES], n)
        if answer.status_code == 503:
            turned.put_nowait(answer)
        return answer.status_code

    with closing(psycopg.connect(db_url)) as holder:
        holder.execute("LOCK TABLE role_identity IN EXCLUSIVE MODE")  # readers pass, writers wait
        calls = [asyncio.create_task(call(n)) for n in range(1, _MOST_WAITING + _MORE + 1)]
        async with asyncio.timeout(180):
            refused = [await turned.get() for _ in range(_MORE)]
        busy = await look(clients[0], run)
        assert not any(task.done() and task.result() == 202 for task in calls)
    statuses = Counter(await asyncio.gather(*calls))
    for answer in refused:
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        assert answer.json()["code"] == "overloaded"
    assert statuses == {202: _MOST_WAITING, 503: _MORE}
    assert statistics.median(busy) < statistics.median(quiet) * 5 + 0.1
    assert max(busy) < _SLOWEST
    (kept,) = await Rig(db, []).rows("SELECT count(*) AS n FROM role")
    assert kept["n"] == _MOST_WAITING + 1

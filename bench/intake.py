"""Taking job profiles in over HTTP with OAuth, beside an endpoint that only inserts its body."""

from __future__ import annotations

import statistics
from typing import Any

import httpx
import msgspec

from bench import client, machine, payloads
from bench.client import Answers, Plan
from bench.report import Figure
from bench.site import HOST, PEERS, Product, Site, crew, product, until
from connector.embedded.graph import take_port

_PATH = "/v1/webhooks/workday"
_CONNECTIONS = 64


def run(site: Site, quick: bool) -> tuple[list[Figure], Any]:
    """Latency at a steady rate, whole pages, then throughput in turns with the peer."""
    requests, turns = (100, 1) if quick else (2500, 3)
    with product(site, workers=0, clock=False) as ours:
        client.run(_plan(ours, 50 if quick else 500, _CONNECTIONS)).insist(202)
        steady = client.run(_plan(ours, 50 if quick else 600, 20, rate=50))
        steady.insist(202)
        pages = client.run(_plan(ours, 5 if quick else 15, 1, size=100))
        pages.insist(202)
        mine, theirs = [], []
        for _ in range(turns):
            mine.append(_ours(ours, requests))
            theirs.append(_peer(site, requests))
    return _figures(steady, pages, mine, theirs), {"ours": mine, "fastapi_asyncpg": theirs}


def headers(made: Product, name: str = "Bench") -> dict[str, str]:
    """Of an authenticated JSON request."""
    return {"authorization": f"Bearer {made.token(name)}", "content-type": "application/json"}


def _plan(made: Product, count: int, connections: int, *, rate: float = 0, size: int = 1) -> Plan:
    return Plan(
        url=made.url,
        method="POST",
        paths=[_PATH],
        headers=headers(made),
        bodies=[payloads.workday(size) for _ in range(count)],
        connections=connections,
        count=count,
        rate=rate,
    )


def _ours(made: Product, requests: int) -> dict[str, float]:
    plan, pids = _plan(made, requests, _CONNECTIONS), [*made.pids, *made.site.base_pids]
    before = machine.cpu(*pids)
    answers = client.run(plan)
    answers.insist(202)
    return _reading(answers, machine.cpu(*pids) - before)


def _peer(site: Site, requests: int) -> dict[str, float]:
    database, port = site.database(), take_port("the peer", 0)
    url = f"http://{HOST}:{port}"
    words = "-m", "uvicorn", "bench.peers.bare_insert:app", "--port", str(port)
    plain = ("--no-access-log", "--loop", "uvloop", "--http", "httptools", "--log-level", "warning")
    try:
        with crew(site, site.environment(database)) as own:
            own.start("fastapi", *words, *plain, python=PEERS, BENCH_DATABASE_URL=site.url(database))
            until(lambda: httpx.get(f"{url}/docs").is_success, "the peer")
            plan = Plan(
                url=url,
                method="POST",
                paths=["/profiles"],
                headers={"content-type": "application/json"},
                bodies=[payloads.workday() for _ in range(requests)],
                connections=_CONNECTIONS,
                count=requests // 5,
            )
            client.run(plan).insist(202)
            before = own.cpu()
            answers = client.run(msgspec.structs.replace(plan, count=requests))
            answers.insist(202)
            return _reading(answers, own.cpu() - before)
    finally:
        site.drop(database)


def _reading(answers: Answers, spent: float) -> dict[str, float]:
    count = len(answers.milliseconds)
    return {
        "requests": count,
        "wall_per_second": answers.per_second,
        "p50_ms": answers.percentile(0.5),
        "p99_ms": answers.percentile(0.99),
        "cpu_ms_per_request": 1000 * spent / count,
        "per_second_at_two_cores": 2 * count / spent,
    }


def _figures(steady: Answers, pages: Answers, mine: list[Any], theirs: list[Any]) -> list[Figure]:
    ours, peer = (
        {key: statistics.median(one[key] for one in side) for key in side[0]} for side in (mine, theirs)
    )
    return [
        Figure(
            name="intake: p99 at 50 requests a second",
            value=steady.percentile(0.99),
            unit="ms",
            target="< 100",
            beside=f"p50 {steady.percentile(0.5):.1f} ms",
        ),
        Figure(
            name="intake: a page of 100 profiles durable, with verdicts",
            value=pages.percentile(0.5),
            unit="ms",
            target="< 500",
            beside=f"slowest of {len(pages.milliseconds)}: {max(pages.milliseconds):.0f} ms",
        ),
        Figure(
            name="intake: throughput with 64 connections",
            value=ours["wall_per_second"],
            unit="requests/s",
            beside=f"FastAPI + asyncpg, one bare insert: {peer['wall_per_second']:.0f}",
        ),
        Figure(
            name="intake beside FastAPI + asyncpg, by CPU time",
            value=ours["per_second_at_two_cores"] / peer["per_second_at_two_cores"],
            unit="x",
            target=">= 1",
            beside=f"{ours['cpu_ms_per_request']:.2f} against {peer['cpu_ms_per_request']:.2f} ms a request",
        ),
    ]

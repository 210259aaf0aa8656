"""The engine's peers on the same PostgreSQL and Redis: DBOS, and a plain Dramatiq pipeline."""

from __future__ import annotations

import time
from typing import Any

import redis

from bench.site import PEERS, Crew, Site, crew, until

_CONCURRENCY = (8, 16, 32)
_POLL_MS = (0, 10)
_DONE = "SELECT count(*) FROM dbos.workflow_status WHERE status = 'SUCCESS'"


def best_dbos(site: Site, quick: bool) -> tuple[tuple[int, int], list[Any]]:
    """The concurrency and poll interval (ms; 0: its default) with which DBOS is fastest here."""
    polls, sizes = (_POLL_MS[:1], _CONCURRENCY[:1]) if quick else (_POLL_MS, _CONCURRENCY)
    seconds = 3 if quick else 5
    tried = [dbos(site, size, poll, seconds=seconds) for poll in polls for size in sizes]
    best = max(tried, key=lambda one: one["per_second_at_two_cores"])
    return (best["concurrency"], best["poll_ms"]), tried


def dbos(site: Site, concurrency: int, poll_ms: int, *, seconds: float) -> dict[str, Any]:
    """As many workflows as two processes do in so many seconds, after they have begun."""
    database = site.database()
    url = site.url(database)
    program = "-m", "bench.peers.dbos_steps"
    try:
        with crew(site, site.environment(database)) as own:
            for _ in range(2):
                own.start("dbos", *program, "work", url, str(concurrency), str(poll_ms), python=PEERS)
            until(lambda: rows_of(url, "SELECT count(*) FROM dbos.queues"), "DBOS")
            count = str(int(100 * seconds + 100))
            enqueue = own.start("enqueue", *program, "enqueue", url, count, python=PEERS)
            until(lambda: not enqueue.alive, "DBOS' client", 120)
            until(lambda: rows_of(url, _DONE) > 0, "DBOS' first workflow")
            return {"concurrency": concurrency, "poll_ms": poll_ms} | _during(own, url, seconds)
    finally:
        site.drop(database)


def rows_of(url: str, text: str) -> int:
    """A count in DBOS' own tables; 0 while they are not there."""
    import psycopg

    with psycopg.connect(url) as conn:
        try:
            row = conn.execute(text.encode()).fetchone()
        except psycopg.Error:
            return 0
    return int(row[0]) if row else 0


def _during(own: Crew, url: str, seconds: float) -> dict[str, Any]:
    done, spent, began = rows_of(url, _DONE), own.cpu(), time.monotonic()
    time.sleep(seconds)
    done, spent = rows_of(url, _DONE) - done, own.cpu() - spent
    wall = time.monotonic() - began
    return {
        "runs": done,
        "wall_per_second": done / wall,
        "cpu_ms_per_run": 1000 * spent / max(done, 1),
        "per_second_at_two_cores": 2 * done / spent,
    }


def dramatiq(site: Site, runs: int) -> dict[str, Any]:
    """So many pipelines, enqueued before two processes of eight threads begin."""
    site.flush_redis()
    client = redis.Redis.from_url(site.parts.redis.url)
    program, url = ("-m", "bench.peers.dramatiq_pipeline"), site.parts.redis.url
    with crew(site, site.environment("postgres")) as own:
        enqueue = own.start("enqueue", *program, "enqueue", url, str(runs), python=PEERS)
        until(lambda: not enqueue.alive, "Dramatiq's client", 120)
        for _ in range(2):
            own.start("dramatiq", *program, "work", url, python=PEERS, dramatiq_queue_prefetch="64")
        until(lambda: _blocked(client) == 2, "Dramatiq")
        spent, began = own.cpu(), time.monotonic()
        client.rpush("bench:go", "1", "2")
        until(lambda: int(client.get("bench:done") or 0) >= runs, "Dramatiq's pipelines", 180, 0.2)
        spent, wall = own.cpu() - spent, time.monotonic() - began
    return {
        "runs": runs,
        "wall_per_second": runs / wall,
        "cpu_ms_per_run": 1000 * spent / runs,
        "per_second_at_two_cores": 2 * runs / spent,
    }


def _blocked(client: redis.Redis) -> int:
    """How many clients wait for a word."""
    return int(client.info("clients")["blocked_clients"])

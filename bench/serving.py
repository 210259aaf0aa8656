"""How the product serves people: from post to READY, fairness, pushes into a full queue, recovery."""

from __future__ import annotations

import os
import signal
import statistics
import time
from typing import Any

import httpx
import psycopg

from bench import client, payloads
from bench.client import Plan
from bench.intake import headers
from bench.report import Figure
from bench.site import Product, Site, enrolled, product, rows, until

_WEBHOOK = "/v1/webhooks/workday"


def send(made: Product, count: int, name: str = "Bench") -> None:
    """So many new profiles, pushed, in pages of at most 100."""
    with httpx.Client(base_url=made.url, headers=headers(made, name), timeout=60) as http:
        for first in range(0, count, 100):
            body = payloads.workday(min(100, count - first))
            http.post(_WEBHOOK, content=body).raise_for_status()


def latency(site: Site, quick: bool) -> tuple[list[Figure], Any]:
    """An idle system takes one profile after the other to READY."""
    readings = []
    with product(site) as made, psycopg.connect(made.settings.database_url, autocommit=True) as conn:
        conn.execute("SET ROLE connector_engine")
        http = httpx.Client(base_url=made.url, headers=headers(made), timeout=30)
        for _ in range(3 if quick else 25):
            body = payloads.workday()
            began = time.perf_counter()
            (result,) = http.post(_WEBHOOK, content=body).raise_for_status().json()["results"]
            answered = time.perf_counter() - began
            question = "SELECT count(*) FROM role WHERE published_at IS NOT NULL AND source_id = %s"
            while not conn.execute(question, (result["source_id"],)).fetchall()[0][0]:
                time.sleep(0.005)
            ready = time.perf_counter() - began
            readings.append({"answered_ms": 1000 * answered, "ready_ms": 1000 * ready})
            time.sleep(0.7)
    times = [one["ready_ms"] for one in readings]
    answered_ms = statistics.median(one["answered_ms"] for one in readings)
    figure = Figure(
        name="latency: from post to READY on an idle system, p50",
        value=statistics.median(times),
        unit="ms",
        target="< 500",
        beside=f"of which until the 202: {answered_ms:.0f} ms; slowest of {len(times)}: {max(times):.0f} ms",
    )
    return [figure], readings


_READY = (
    "SELECT c.name, extract(epoch FROM o.published_at)::float8 FROM role o "
    "JOIN company c ON c.id = o.company_id WHERE o.published_at IS NOT NULL"
)


def fairness(site: Site, quick: bool) -> tuple[list[Figure], Any]:
    """Company A sends 1,000; B sends 5 a second later. With a model that takes its time, and with a fast one,
    where what A had finished in its second alone is not counted."""
    many = 60 if quick else 1000
    slow, fast = _race(site, many, 2.0), _race(site, many, 0.1)
    figures = [
        Figure(
            name="fairness: A's that are READY before the last of B's 5; 2 s an answer of the model",
            value=slow["a_ready_before_b_asked"] + slow["a_ready_in_between"],
            unit=f"of {many}",
            target="< 50",
            beside=f"B waited {slow['b_seconds']:.2f} s",
        ),
        Figure(
            name="fairness: A's that became READY from B's push to the last of its 5; 0.1 s an answer",
            value=fast["a_ready_in_between"],
            unit=f"of {many}",
            target="< 50",
            beside=f"B waited {fast['b_seconds']:.2f} s; before it came {fast['a_ready_before_b_asked']:.0f} "
            "of A were READY",
        ),
    ]
    return figures, {"slow": slow, "fast": fast}


def _race(site: Site, many: int, stage_seconds: float) -> dict[str, float]:
    with product(site, "A", "B", workers=2, stage_seconds=stage_seconds) as made:
        made.token("B")
        send(made, many, "A")
        time.sleep(1)
        asked = time.time()
        send(made, 5, "B")
        url = made.settings.database_url
        until(lambda: sum(name == "B" for name, _ in rows(url, _READY)) == 5, "B's roles", 120, 0.1)
        found = rows(url, _READY)
    last = max(at for name, at in found if name == "B")
    before = sum(name == "A" and at < asked for name, at in found)
    between = sum(name == "A" and asked <= at <= last for name, at in found)
    return {"a_ready_before_b_asked": before, "a_ready_in_between": between, "b_seconds": last - asked}


def push(site: Site, quick: bool) -> tuple[list[Figure], Any]:
    """Pushes of drafts while 1,000 roles wait."""
    waiting, drafts = (60, 10) if quick else (1000, 200)
    with product(site, "A", "B", stage_seconds=3) as made:
        with httpx.Client(base_url=made.url, headers=headers(made, "B"), timeout=30) as http:
            roles = [_draft(http, n) for n in range(drafts)]
        send(made, waiting, "A")
        plan = Plan(
            url=made.url,
            method="POST",
            paths=[f"/v1/roles/{role}/push" for role in roles],
            headers=headers(made, "B"),
            bodies=["{}"],
            connections=10,
            count=drafts,
            rate=20,
        )
        answers = client.run(plan)
        answers.insist(202)
        queued = rows(made.settings.database_url, "SELECT count(*) FROM run WHERE status = 'pending'")[0][0]
    figure = Figure(
        name="push: p99 while 1,000 roles wait",
        value=answers.percentile(0.99),
        unit="ms",
        target="< 500",
        beside=f"p50 {answers.percentile(0.5):.1f} ms; {queued} waiting at the end",
    )
    return [figure], answers


def _draft(http: httpx.Client, n: int) -> str:
    text = "Cares for patients and keeps their records. Hands over at the end of each shift."
    documents = [{"kind": "job_description", "text": text}]
    answer = http.post("/v1/roles", json={"title": f"Nurse {n}", "documents": documents})
    return str(answer.raise_for_status().json()["id"])


def recovery(site: Site, quick: bool) -> tuple[list[Figure], Any]:
    """From kill -9 of a worker until all that it did is done by another. Two companies, together with no
    more runs than one worker has places for: whoever is left can take them all."""
    readings = []
    with product(site, "A", "B", workers=2, stage_seconds=2) as made:
        url = made.settings.database_url
        for _ in range(1 if quick else 5):
            send(made, 30, "A")
            send(made, 30, "B")
            until(lambda: len(rows(url, _OWNERS)) == 2, "both workers to own runs", 30)
            victim = next(one for one in made.children if one.part == "worker" and one.alive)
            held = len(rows(url, _OWNED))
            os.kill(victim.pid, signal.SIGKILL)
            killed = time.perf_counter()
            until(lambda: len(rows(url, _TAKEN)) > 0, "the takeover", 30, 0.005)
            until(lambda: not rows(url, _ORPHANS), "new owners", 30, 0.005)
            readings.append({"seconds": time.perf_counter() - killed, "runs_in_hand": held})
            made.worker(stage_seconds=2)
            until(lambda: not rows(url, "SELECT 1 FROM run WHERE finished_at IS NULL"), "the runs", 120)
            until(lambda: enrolled(url, "worker") == 2, "the next worker")
            _forget(url)
    times = [one["seconds"] for one in readings]
    figure = Figure(
        name="recovery: from kill -9 of a worker to its work going on elsewhere, median",
        value=statistics.median(times),
        unit="s",
        target="< 1",
        beside=f"slowest of {len(times)}: {max(times):.2f} s",
    )
    return [figure], readings


_OWNERS = "SELECT DISTINCT owner FROM run WHERE owner IS NOT NULL"
_OWNED = "SELECT id FROM run WHERE owner IS NOT NULL"
_TAKEN = "SELECT id FROM run WHERE takeovers > 0"
_ORPHANS = "SELECT id FROM run WHERE takeovers > 0 AND owner IS NULL AND finished_at IS NULL"


def _forget(url: str) -> None:
    """The takeovers of this turn must not count in the next."""
    with psycopg.connect(url) as conn:
        conn.execute("SET LOCAL ROLE connector_engine")
        conn.execute("UPDATE run SET takeovers = 0 WHERE takeovers > 0")

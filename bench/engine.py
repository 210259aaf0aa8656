"""Whole runs per second: thirteen stages each, durable at every stage, beside DBOS and Dramatiq."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import Any

import psycopg

from bench import machine, peers_of_engine
from bench.report import Figure
from bench.site import Crew, Site, crew, enrolled, rows, until
from kit import ids
from kit.db import Db
from kit.migrate import migrate
from mappings.model import DocumentRecord, RoleRecord
from pipeline.records.model import Incoming, Received
from pipeline.records.take import take_safely

_COMPANIES = 4
_PAGE = 100
_TEXT = "Responsibilities\n- Prepare monthly reports\n- Reconcile supplier invoices\n- Answer questions"
_HOLD = "UPDATE run SET wake_at = 'infinity'"
_RELEASE = "UPDATE run SET wake_at = '-infinity'"


def prepared(site: Site, runs: int) -> str:
    """A database with so many runs queued by intake, held until the measurement begins."""
    name = site.database()
    asyncio.run(_fill(site.url(name), runs))
    with psycopg.connect(site.url(name), autocommit=True) as conn:
        conn.execute("SET ROLE connector_engine")
        conn.execute(_HOLD)
        conn.execute("DELETE FROM job")
        conn.execute("RESET ROLE")
        # Tables that are still empty are left as new: PostgreSQL plans for what it was told.
        conn.execute("VACUUM ANALYZE run, role, role_revision, role_identity, document, source_event")
    return name


async def _fill(url: str, runs: int) -> None:
    await migrate(url)
    db = Db(url, size=2)
    await db.open()
    try:
        for n in range(_COMPANIES):
            company = ids.new()
            async with db.engine() as tx:
                await tx.conn.execute(
                    "INSERT INTO company (id, name) VALUES (%s, %s)", (company, f"Company {n}")
                )
            for first in range(0, runs // _COMPANIES, _PAGE):
                last = min(first + _PAGE, runs // _COMPANIES)
                await take_safely(db, company, [_call(range(first, last))])
    finally:
        await db.close()


def _call(numbers: range) -> Received:
    return Received(
        id=ids.new(),
        source="workday",
        actor_kind="hris",
        actor_id="bench",
        client_id=None,
        event_key=None,
        content_type="application/xml",
        body=b"<x/>",
        body_sha256="00" * 32,
        shape="soap_xml",
        items=[_incoming(index, n) for index, n in enumerate(numbers)],
    )


def _incoming(index: int, n: int) -> Incoming:
    return Incoming(
        index=index,
        source="workday",
        source_id=f"wid-{n}",
        identities={"WID": f"wid-{n}"},
        role=RoleRecord(title=f"Analyst {n}", code=f"R-{n}", family="Data", status="active"),
        documents=(DocumentRecord("job_description", "Job description", "<p>x</p>", f"{_TEXT} {n}"),),
        revision_hash=f"{n:064x}",
        mapping_version="workday@0",
    )


def run(site: Site, quick: bool) -> tuple[list[Figure], Any]:
    """Ours and the peers in turns; medians."""
    runs, turns = (80, 1) if quick else (2000, 5)
    template = prepared(site, runs)
    best, tried = peers_of_engine.best_dbos(site, quick)
    ours, dbos, plain = [], [], []
    for _ in range(turns):
        ours.append(measure(site, template, graph=False))
        dbos.append(peers_of_engine.dbos(site, *best, seconds=3 if quick else 30))
        plain.append(peers_of_engine.dramatiq(site, runs))
    graph = measure(site, prepared(site, runs // 4), graph=True)
    readings = {"ours": ours, "dbos": dbos, "dbos_tried": tried, "dramatiq": plain, "with_graph": graph}
    return _figures(ours, dbos, plain, graph), readings


def _figures(ours: list[Any], dbos: list[Any], plain: list[Any], graph: Any) -> list[Figure]:
    rate, wall = "per_second_at_two_cores", "wall_per_second"
    mine, theirs, bare = (statistics.median(one[rate] for one in side) for side in (ours, dbos, plain))
    walls = [statistics.median(one[wall] for one in side) for side in (ours, dbos, plain)]
    return [
        Figure(
            name="engine: runs of thirteen stages, durable at each",
            value=mine,
            unit="runs/s at two cores",
            beside=f"DBOS {theirs:.0f}, Dramatiq pipeline {bare:.0f}; by the wall clock "
            f"{walls[0]:.0f}, {walls[1]:.0f}, {walls[2]:.0f}",
        ),
        Figure(name="engine beside DBOS", value=mine / theirs, unit="x", target=">= 10"),
        Figure(
            name="engine beside a Dramatiq pipeline, which keeps no state",
            value=mine / bare,
            unit="x",
            target="> 1",
        ),
        Figure(
            name="engine with real graph writes",
            value=graph[rate],
            unit="runs/s at two cores",
            beside=f"the graph's own CPU counted too; by the wall clock {graph[wall]:.0f}",
        ),
    ]


def measure(site: Site, template: str, *, graph: bool, profile: Any = None) -> dict[str, Any]:
    """One measurement of ours: from the moment the runs may start to the last outbox row."""
    site.flush_redis()
    database = site.database(template)
    url = site.url(database)
    try:
        with crew(site, site.environment(database)) as own:
            for _ in range(2):
                own.worker(graph=graph)
            own.clock()
            until(lambda: enrolled(url, "worker") == 2 and enrolled(url, "clock") == 1, "workers and clock")
            time.sleep(0.5)
            return _measured(own, url, profile, graph=graph)
    finally:
        site.drop(database)


def _measured(own: Crew, url: str, profile: Any, *, graph: bool) -> dict[str, Any]:
    runs = rows(url, "SELECT count(*) FROM run")[0][0]
    with psycopg.connect(url) as conn:
        conn.execute("SET LOCAL ROLE connector_engine")
        conn.execute(_RELEASE)
        before = _shares(own, graph)
    began = time.monotonic()
    if profile is not None:
        profile(own)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("SET ROLE connector_engine")
        done = b"SELECT (SELECT count(*) FROM run WHERE finished_at IS NULL) + (SELECT count(*) FROM job)"
        while conn.execute(done).fetchall()[0][0]:
            if time.monotonic() - began > 180:
                raise TimeoutError("the runs did not end")
            time.sleep(0.25)
    wall = time.monotonic() - began
    after = _shares(own, graph)
    shares = [late - early for early, late in zip(before, after, strict=True)]
    spent = sum(shares)
    _check(url, runs)
    per_run = [1000 * share / runs for share in shares]
    return {
        "runs": runs,
        "wall_per_second": runs / wall,
        "cpu_ms_per_run": 1000 * spent / runs,
        "per_second_at_two_cores": 2 * runs / spent,
        "cpu_ms": dict(zip(("python", "postgresql", "redis", "graph"), per_run, strict=False)),
    }


def _shares(own: Crew, graph: bool) -> list[float]:
    """CPU seconds so far of our processes, PostgreSQL, Redis, and the graph if it takes part."""
    parts = own.site.base_pids + ([own.site.parts.graph.pid or 0] if graph else [])
    return [machine.cpu(*own.pids), *(machine.cpu(pid) for pid in parts)]


def _check(url: str, runs: int) -> None:
    """A fast engine that records less is no engine: every stage has its start, result and events (an attempt
    that had to be made twice has more)."""
    real = "status = 'success' AND skipped IS NULL AND reused_from IS NULL"
    acted = rows(url, f"SELECT count(*) FROM stage_run WHERE {real}")[0][0]
    logged = rows(url, "SELECT count(*) FROM event WHERE type IN ('stage.started', 'stage.finished')")[0][0]
    ready = rows(url, "SELECT count(*) FROM role WHERE state = 'ready' AND visible")[0][0]
    if (acted, ready) != (13 * runs, runs) or logged < 26 * runs:
        raise RuntimeError(f"{runs} runs left {acted} results, {logged} events, {ready} ready roles")

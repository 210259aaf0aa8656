"""The queue, the outbox and the feed in figures, for a scrape."""

from __future__ import annotations

import msgspec

from kit.db import Tx
from kit.metrics import gauge
from kit.sql import Queries

_sql = Queries("pipeline.runs", "metering.sql")

RUNS = gauge("connector_runs", "Runs that are not over, by where they are.", ("place",))
ENDED = gauge("connector_runs_ended_last_minute", "Runs that ended in the last minute.", ("status",))
OLDEST = gauge("connector_oldest_waiting_seconds", "Age of the oldest run that waits for admission.")
JOBS = gauge("connector_jobs", "Outbox rows that are not done.")
OLDEST_JOB = gauge("connector_oldest_job_seconds", "Age of the oldest outbox row.")
PROCESSES = gauge("connector_processes", "Workers and clocks that live.", ("kind",))
FEED_LAG = gauge("connector_feed_lag_seconds", "How far the event feed is behind the newest event.")


class Measured(msgspec.Struct, frozen=True):
    """One look at the store; times in seconds."""

    waiting: int
    in_window: int
    owned: int
    parked: int
    succeeded: int
    failed: int
    oldest_waiting: float
    jobs: int
    oldest_job: float
    workers: int
    clocks: int
    feed_lag: float


async def measure(tx: Tx) -> Measured | None:
    """Read the figures and show them in this process's gauges (engine transaction)."""
    found = await tx.one(_sql["measure"], into=Measured)
    if found is not None:
        for place in ("waiting", "in_window", "owned", "parked"):
            RUNS.labels(place).set(getattr(found, place))
        ENDED.labels("success").set(found.succeeded)
        ENDED.labels("failed").set(found.failed)
        OLDEST.set(found.oldest_waiting)
        JOBS.set(found.jobs)
        OLDEST_JOB.set(found.oldest_job)
        PROCESSES.labels("worker").set(found.workers)
        PROCESSES.labels("clock").set(found.clocks)
        FEED_LAG.set(found.feed_lag)
    return found

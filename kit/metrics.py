"""Counters and histograms of this process, in Prometheus' text form. Every one is in `docs/events.md`.

Labels have few values (never an id, never a company), so that a scrape stays small and tells no secret.
"""

from __future__ import annotations

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

REGISTRY = CollectorRegistry()
CONTENT_TYPE = CONTENT_TYPE_LATEST
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25)


def counter(name: str, says: str, labels: tuple[str, ...] = ()) -> Counter:
    """A counter of this process; add it to `docs/events.md`."""
    return Counter(name, says, labels, registry=REGISTRY)


def gauge(name: str, says: str, labels: tuple[str, ...] = ()) -> Gauge:
    """A value that goes up and down; add it to `docs/events.md`."""
    return Gauge(name, says, labels, registry=REGISTRY)


def histogram(
    name: str, says: str, labels: tuple[str, ...] = (), buckets: tuple[float, ...] = _BUCKETS
) -> Histogram:
    """A distribution, in seconds unless the name says else; add it to `docs/events.md`."""
    return Histogram(name, says, labels, registry=REGISTRY, buckets=buckets)


def names() -> list[str]:
    """Every metric, as a scrape shows it without suffixes."""
    return sorted(metric.name for metric in REGISTRY.collect())


def text() -> bytes:
    """The body of a scrape."""
    return generate_latest(REGISTRY)


REQUESTS = counter("connector_requests", "Requests answered.", ("method", "route", "status"))
REQUEST_SECONDS = histogram("connector_request_seconds", "Time to answer.", ("route",))
TOKENS_ISSUED = counter("connector_tokens_issued", "Access tokens issued.")
AUTH_REFUSED = counter("connector_auth_refused", "Requests refused for want of a good token.", ("reason",))
LIMITED = counter("connector_limited", "Requests refused by a limit.", ("limit",))
REDIS_DOWN = gauge("connector_redis_down", "1 while this process does without Redis.")

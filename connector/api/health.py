"""Is it alive, is it ready, and what has it counted: for load balancers, operators and scrapers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import msgspec
import psycopg
from litestar import Controller, Response, get
from litestar.di import NamedDependency

from connector.api.http import Reply
from connector.api.operation import Answer, operation
from connector.services import Services
from control import tokens
from kit import metrics
from kit.errors import Fault, Refused
from pipeline.runs import metering
from webhooks.sync import metering as sync_metering

_PATIENCE = 2.0


class Health(msgspec.Struct, frozen=True):
    """`status` is ok, degraded (work goes on, with what is down missing) or down; `parts` has each part."""

    status: str
    down: list[str]
    parts: dict[str, str]


Probe = Callable[[], Awaitable[bool]]


def probes(services: Services) -> dict[str, Probe]:
    """What readiness looks at, by the part's name. Only the database is needed to answer requests."""

    async def database() -> bool:
        async with services.db.auth() as tx:
            await tokens.counter(tx)
        return True

    return {"database": database, "redis": services.redis.ping, **services.probes}


async def look(services: Services) -> Health:
    """The state of every part; one that does not answer within 2 s is down."""
    found = probes(services)
    states = dict(zip(found, await asyncio.gather(*map(_state, found.values())), strict=True))
    down = [name for name, state in states.items() if state == "down"]
    status = "down" if "database" in down else "degraded" if down else "ok"
    return Health(status, down, states)


async def _state(probe: Probe) -> str:
    try:
        async with asyncio.timeout(_PATIENCE):
            return "ok" if await probe() else "down"
    except (TimeoutError, OSError, psycopg.Error, Refused, Fault):
        return "down"


class HealthPages(Controller):
    """Open to all: they name parts, never addresses or companies."""

    path = "/health"
    tags = ["Health"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/live",
        **operation(
            "getLive",
            "Whether the process answers at all",
            public=True,
            answers={200: Answer(kind=Health, example={"status": "ok", "down": [], "parts": {}})},
        ),
    )
    async def live(self) -> Reply:
        """Looks at nothing else: restart the process when this fails."""
        return Reply(Health("ok", [], {}))

    @get(
        "/ready",
        **operation(
            "getReady",
            "Whether the service can work, and what is down",
            public=True,
            answers={
                200: Answer(
                    kind=Health,
                    example={
                        "status": "degraded",
                        "down": ["redis"],
                        "parts": {"database": "ok", "redis": "down"},
                    },
                    says="Requests are answered; what is down is named.",
                ),
                503: Answer(
                    kind=Health,
                    example={"status": "down", "down": ["database"], "parts": {"database": "down"}},
                    says="Without its database the service answers nothing.",
                ),
            },
        ),
    )
    async def ready(self, services: NamedDependency[Services]) -> Reply:
        """Looks at every part."""
        health = await look(services)
        return Reply(health, 503 if health.status == "down" else 200)


class Metrics(Controller):
    """For Prometheus."""

    path = "/metrics"
    tags = ["Health"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "getMetrics",
            "Figures of this process and of the queue, in Prometheus' text form",
            public=True,
            answers={
                200: Answer(kind=str, example="connector_tokens_issued_total 4.0", media_type="text/plain")
            },
        ),
    )
    async def scrape(self, services: NamedDependency[Services]) -> Response[bytes]:
        """Holds no id and no company. Without the database the figures of the store stay as they were."""
        with contextlib.suppress(psycopg.Error, Refused, OSError):
            async with services.db.engine() as tx:
                await metering.measure(tx)
                await sync_metering.measure(tx)
        return Response(metrics.text(), media_type=metrics.CONTENT_TYPE)

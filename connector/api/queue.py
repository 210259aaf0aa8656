"""The queue and the status: where a company stands, told from the database alone."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency
from msgspec.structs import replace

from connector.api.http import Call, Reply
from connector.api.operation import Answer, operation
from connector.api.units import LINKS, ROLE, RUN, lens
from pipeline.runs import queue, status
from pipeline.runs.queue import Queue
from pipeline.runs.status import Standing
from webhooks.callbacks import traces
from webhooks.callbacks.traces import LastCallback
from webhooks.connections import connections

_QUEUE: dict[str, Any] = {
    "waiting": 12,
    "parked": 1,
    "admitted": 50,
    "acting": 48,
    "cap": 50,
    "reasons": {"queue": 12, "retry": 1},
    "priorities": {"P0": 2, "P1": 11},
    "oldest_waiting_at": "2026-11-22T09:29:10Z",
    "position_of_last": 24,
    "through_at": "2026-11-22T09:31:00Z",
    "drained_per_minute": 40.0,
    "share": 0.5,
    "estimated": True,
    "drawn_at": "2026-11-22T09:30:00Z",
    "at": "2026-11-22T09:30:00Z",
}
_STATUS: dict[str, Any] = {
    "company_name": "Liberty",
    "roles": {"ready": 40, "queued": 12},
    "roles_visible": 40,
    "runs": {"pending": 12, "running": 50, "success": 40, "failed": 1},
    "oldest_waiting": {
        "run_id": RUN,
        "role_id": ROLE,
        "role_title": "Registered Nurse",
        "waiting": {"reason": "queue", "position": 4, "eta": "2026-11-22T09:31:00Z"},
        "since": "2026-11-22T09:29:10Z",
        "link": LINKS["self"],
    },
    "degraded": [
        {
            "part": "model",
            "says": "3 runs try ai_assessment again after model_unavailable.",
            "since": "2026-11-22T09:29:40Z",
        }
    ],
    "last_hris_event": {
        "id": "src_01990a6b4c7d7e2fb1a0c3d4e5f60718",
        "source": "workday",
        "status": "accepted",
        "accepted": 12,
        "rejected": 0,
        "at": "2026-11-22T09:29:10Z",
    },
    "at": "2026-11-22T09:30:00Z",
    "last_callback": {
        "id": "dlv_01990a6b4c7d7e2fb1a0c3d4e5f6071e",
        "event_type": "run.finished",
        "status": "delivered",
        "last_status": 200,
        "at": "2026-11-22T09:29:59Z",
    },
}


class StatusOut(Standing, frozen=True, kw_only=True):
    """Where the company stands, and the newest callback to it."""

    last_callback: LastCallback | None


class QueuePages(Controller):
    """How full it is, and how everything is going."""

    path = "/v1"
    tags = ["Status"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/queue",
        **operation(
            "getQueue",
            "Your own queue, and when it will be through",
            scope="runs:read",
            answers={200: Answer(kind=Queue, example=_QUEUE)},
            notes="Companies take turns by weight, so positions and times are estimates.",
        ),
    )
    async def own_queue(self, call: NamedDependency[Call]) -> Reply:
        """Counts of no other company are in it."""
        async with call.tx() as tx:
            return Reply(await queue.get(tx, call.caller, lens(call)))

    @get(
        "/status",
        **operation(
            "getStatus",
            "Roles by state, what waits, what is down, and the last signs of life",
            scope="runs:read",
            answers={200: Answer(kind=StatusOut, example=_STATUS)},
            notes="Answers while Redis, graph, model, worker and clock are down, and names them "
            "and connections that were stopped. "
            "Runs that are over "
            "are those of the last day.",
        ),
    )
    async def status(self, call: NamedDependency[Call]) -> Reply:
        """One look at the database."""
        async with call.tx() as tx:
            standing = await status.get(tx, call.caller, lens(call))
            last = await traces.last(tx, call.caller)
            stopped = await connections.stopped(tx, call.caller)
        whole = replace(standing, degraded=[*standing.degraded, *stopped])
        return Reply(StatusOut(**msgspec.structs.asdict(whole), last_callback=last))

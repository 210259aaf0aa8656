"""Answering with a stage, run or batch: links with our address, a validator, and when to look again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from connector.api.http import Call, Reply
from connector.api.operation import Answer
from connector.api.receipts import base_of
from pipeline.runs import view
from pipeline.runs.view import Lens, Unit

LONGEST_WAIT = 20
"""Seconds: below the longest time that a request may take, and below the 40 of Workato's console."""

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 2.0
ROLE = "role_01990a6b4c7d7e2fb1a0c3d4e5f60719"
RUN = "run_01990a6b4c7d7e2fb1a0c3d4e5f6071a"
BATCH = "batch_01990a6b4c7d7e2fb1a0c3d4e5f6071c"
BASE = "https://connector.example.com/v1"
HEADERS = {
    "ETag": "Send it as If-None-Match to be told 304 while nothing has changed.",
    "Retry-After": "Seconds after which looking again is worth it; only while it is not over.",
}
LINKS = {"self": f"{BASE}/runs/{RUN}", "dashboard": "https://etter.example.com/dashboard"}
NOT_MODIFIED = Answer(kind=None, says="Nothing has changed since the ETag was given.", headers=HEADERS)


def example(**over: Any) -> dict[str, Any]:
    """A queued run, changed where a key is given."""
    return {
        "id": RUN,
        "kind": "run",
        "inputs": {"role_id": ROLE, "role_title": "Registered Nurse", "reason": "first", "stages": None},
        "status": "pending",
        "outputs": {},
        "error": None,
        "waiting": {"reason": "queue", "position": 4, "eta": "2026-11-22T09:31:00Z"},
        "progress": {"done": 0, "planned": 13, "percent": 0},
        "display": "waiting",
        "links": LINKS,
        "created_at": "2026-11-22T09:30:00Z",
        "started_at": None,
        "finished_at": None,
        "updated_at": "2026-11-22T09:30:00Z",
        "stages": None,
        **over,
    }


CANCELLED = example(
    status="failed",
    display="error",
    waiting=None,
    error={
        "code": "cancelled",
        "message": "The run was cancelled.",
        "action": {"what": "Push the role again when wanted.", "who": "csm", "link": None},
        "retry_at": None,
        "stage": None,
    },
    finished_at="2026-11-22T09:30:30Z",
)

PAUSED = example(waiting={"reason": "paused", "position": None, "eta": None})


def lens(call: Call) -> Lens:
    """How this service shows runs."""
    return Lens(base_of(call), call.services.settings.company_cap)


async def patiently(look: Callable[[], Awaitable[Unit]], seconds: float) -> Unit:
    """The unit as soon as it is over, or as it is after so many seconds. Between two looks no transaction is
    open; the pauses grow, so that many who wait cost little."""
    until, pause = time.monotonic() + seconds, _FIRST_PAUSE
    unit = await look()
    while not unit.over and (left := until - time.monotonic()) > 0:
        await asyncio.sleep(min(pause, left))
        pause = min(pause * 1.5, _LONGEST_PAUSE)
        unit = await look()
    return unit


def polled(call: Call, unit: Unit) -> Reply:
    """The unit, or 304 when the caller knows it as it is."""
    tag = view.etag(unit)
    headers = {"ETag": tag}
    after = view.poll_after(unit, datetime.now(UTC))
    if after is not None:
        headers["Retry-After"] = str(after)
    if _knows(call.asked.header("if-none-match"), tag):
        return Reply(None, 304, headers=headers)
    return Reply(unit, headers=headers)


def _knows(header: str, tag: str) -> bool:
    """Weak comparison (RFC 9110, section 13.1.2)."""
    known = {one.strip().removeprefix("W/") for one in header.split(",")}
    return "*" in known or tag.removeprefix("W/") in known

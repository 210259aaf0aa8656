"""Deliveries as seen from elsewhere: those about one run, and the newest one of a company."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from control.access import Caller, require
from kit import ids
from kit.db import Tx
from webhooks.callbacks import store

_MOST = 100


class TraceTry(msgspec.Struct, frozen=True):
    """One try of a delivery: the receiver's status (None: no answer), and how long it took."""

    attempt: int
    at: datetime
    status: int | None
    milliseconds: int
    error: str | None


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery without its body, and without what the receiver answered."""

    id: str
    subscription_id: str
    event_type: str
    status: str
    attempts: int
    last_status: int | None
    created_at: datetime
    finished_at: datetime | None
    tries: list[TraceTry]


class LastCallback(msgspec.Struct, frozen=True, kw_only=True):
    """The newest delivery."""

    id: str
    event_type: str
    status: str
    last_status: int | None
    at: datetime


async def of_run(tx: Tx, caller: Caller, run_id: UUID) -> list[Trace]:
    """The newest 100 deliveries about a run, each with its tries."""
    require(caller, "runs:read")
    traces = []
    for row in await store.list_deliveries(tx, limit=_MOST, run_id=run_id):
        tries = await store.list_tries(tx, row.id)
        traces.append(
            Trace(
                id=ids.show("dlv", row.id),
                subscription_id=ids.show("sub", row.subscription_id),
                event_type=row.event_type,
                status=row.status,
                attempts=row.attempts,
                last_status=row.last_status,
                created_at=row.created_at,
                finished_at=row.finished_at,
                tries=[TraceTry(t.attempt, t.at, t.status, t.milliseconds, t.error) for t in tries],
            )
        )
    return traces


async def last(tx: Tx, caller: Caller) -> LastCallback | None:
    """The newest delivery of the caller's company."""
    require(caller, "runs:read")
    found = await store.list_deliveries(tx, limit=1)
    if not found:
        return None
    row = found[0]
    return LastCallback(
        id=ids.show("dlv", row.id),
        event_type=row.event_type,
        status=row.status,
        last_status=row.last_status,
        at=row.updated_at,
    )

"""The company's own queue: what waits and why, and when it will be through."""

from __future__ import annotations

from datetime import datetime

import msgspec

from control.access import Caller, require
from kit.db import Tx
from kit.errors import NotFound
from pipeline.runs import store
from pipeline.runs.store import QueueRow
from pipeline.runs.view import Lens
from pipeline.runs.waiting import eta, position


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of unfinished runs: `waiting` for a place, `parked` for something else (a retry, an earlier
    run), `admitted` to the window of which `acting` are being worked on. `through_at` is an estimate of
    when the last of the waiting gets its turn; `drawn_at` is how old what it rests on is."""

    waiting: int
    parked: int
    admitted: int
    acting: int
    cap: int
    reasons: dict[str, int]
    priorities: dict[str, int]
    oldest_waiting_at: datetime | None
    position_of_last: int | None
    through_at: datetime | None
    drained_per_minute: float | None
    share: float | None
    estimated: bool
    drawn_at: datetime | None
    at: datetime


async def get(tx: Tx, caller: Caller, lens: Lens) -> Queue:
    """The caller's own queue; no other company's numbers are in it."""
    require(caller, "runs:read")
    row = await store.queue(tx, caller.company_id)
    if row is None:
        raise NotFound("There is no such company.")
    return _shown(row, lens)


def _shown(row: QueueRow, lens: Lens) -> Queue:
    place = position(row) if row.waiting else None
    return Queue(
        waiting=row.waiting,
        parked=row.parked,
        admitted=row.admitted,
        acting=row.owned,
        cap=min(row.window_cap or lens.cap, lens.cap),
        reasons=row.reasons,
        priorities=row.priorities,
        oldest_waiting_at=row.oldest_waiting_at,
        position_of_last=place,
        through_at=eta(row, place, row.at),
        drained_per_minute=row.drained_per_minute,
        share=row.share,
        estimated=True,
        drawn_at=row.drawn_at,
        at=row.at,
    )

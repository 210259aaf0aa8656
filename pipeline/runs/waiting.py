"""Places in the queue and when they come up: estimates, from the picture that the clock draws."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import msgspec

from pipeline.runs.store import Picture, Reason

_EXACT = 10
_MAX_MINUTES = 7 * 24 * 60.0


class Waiting(msgspec.Struct, frozen=True):
    """Why something waits; its place in the queue (0: its turn has come) and the time of its turn, both
    estimates, None where nobody can tell."""

    reason: Reason
    position: int | None
    eta: datetime | None


def position(picture: Picture) -> int | None:
    """How many runs are up before this one and with it. Companies take turns by weight, so it waits for
    all others at most, and for no more than its company's share allows."""
    rank, others = picture.rank, picture.others_waiting
    if rank is None:
        return None
    if others is None or not picture.share:
        return rounded(rank)
    return rounded(min(rank + others, math.ceil(rank / picture.share)))


def rounded(place: int) -> int:
    """Exact up to 10, then two leading digits, so that a far place does not change with every run."""
    if place <= _EXACT:
        return place
    step = 10 ** max(0, len(str(place)) - 2)
    return int(math.ceil(place / step) * step)


def eta(picture: Picture, place: int | None, at: datetime) -> datetime | None:
    """When the place comes up at the present pace; None while nothing has been drained."""
    if place is None or not picture.drained_per_minute:
        return None
    minutes = min(place / picture.drained_per_minute, _MAX_MINUTES)
    return (at + timedelta(minutes=minutes)).replace(microsecond=0)


def in_queue(picture: Picture, at: datetime, cap: int) -> Waiting:
    """Waiting for a place in the window, or for the company's own share of it."""
    allowed = min(picture.window_cap or cap, cap)
    full = picture.in_window is not None and picture.in_window >= allowed
    place = position(picture)
    return Waiting("tenant_cap" if full else "queue", place, eta(picture, place, at))

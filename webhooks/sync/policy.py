"""When a sync that met a fault goes on, and how long it may stand still."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from adapters.pull import PullFault
from kit.settings import Settings
from kit.waits import seconds_after


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Times in seconds. `waits` are those after faults in a row, the last one repeats; what the other side
    asks for wins. A sync that got no page for `give_up` fails. A lease is renewed each third of it. A process
    looks for due syncs every `look` and drives `parallel` at once. Changes are asked for from `overlap`
    before the last watermark."""

    waits: tuple[float, ...] = (10, 60, 300, 900, 3600)
    give_up: float = 24 * 3600
    jitter: float = 0.2
    longest: float = 6 * 3600
    lease: float = 30
    look: float = 1.0
    parallel: int = 4
    overlap: float = 600
    chance: Callable[[], float] = random.random

    @classmethod
    def from_settings(cls, settings: Settings) -> Policy:
        """As the operator set it."""
        return cls(
            waits=settings.sync_schedule,
            give_up=settings.sync_hours * 3600,
            overlap=settings.sync_overlap,
            parallel=settings.syncs_per_process,
        )

    def wait(self, fault: PullFault, *, tries: int, moved_at: datetime) -> float | None:
        """Seconds until a sync goes on that waited `tries` times since its last page, at `moved_at`; None
        when waiting is no use any more."""
        if not fault.retry:
            return None
        seconds = seconds_after(
            self.waits,
            tries + 1,
            fault.retry_after,
            longest=self.longest,
            jitter=self.jitter,
            chance=self.chance,
        )
        stood = (datetime.now(UTC) - moved_at).total_seconds()
        return seconds if stood + seconds <= self.give_up else None

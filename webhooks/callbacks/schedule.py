"""When a delivery is tried again, and what an answer means.

The receiver is most often a Workato recipe: one that is stopped, or whose address is corrected later,
may answer 401, 403 or 404 for a while, so those are tried again. Answers about the message itself
(400, 405, 413, 415, 422) are final, because the same bytes would be sent again.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

import msgspec

from kit.settings import Settings
from kit.waits import seconds_after

Verdict = Literal["delivered", "again", "final", "gone"]
_FINAL = frozenset({400, 405, 413, 415, 422})


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Times in seconds. `waits` are those between tries, the last one repeats; after `give_up` without
    success a delivery is dead. `lease` must be longer than `timeout`: after it another process sends again.
    The breaker opens after `breaker_failures` in a row and lets one try through each `breaker_wait`.
    A process looks for due deliveries every `look`, and sends `parallel` at once; a subscription gets at most
    `per_subscription` at once and `rate` in a second, over all processes. One that has taken nothing for
    `disable_after` is switched off."""

    waits: tuple[float, ...] = (5, 30, 120, 600, 3600)
    give_up: float = 24 * 3600
    timeout: float = 10
    lease: float = 15
    jitter: float = 0.1
    retry_after_cap: float = 3600
    breaker_failures: int = 5
    breaker_wait: float = 60
    parallel: int = 20
    per_subscription: int = 4
    rate: int = 20
    disable_after: float = 3 * 24 * 3600
    look: float = 1.0
    chance: Callable[[], float] = random.random

    @classmethod
    def from_settings(cls, settings: Settings) -> Policy:
        """As the operator set it; a lease is always longer than a call may take."""
        return cls(
            waits=settings.delivery_schedule,
            give_up=settings.delivery_hours * 3600,
            timeout=settings.delivery_timeout,
            disable_after=settings.delivery_disable_days * 24 * 3600,
            lease=max(15.0, settings.delivery_timeout + 5),
        )

    def wait(self, tries: int, retry_after: float | None) -> float:
        """Seconds until the next try after `tries` of them (1 or more). What the receiver asked for wins,
        within bounds, and is never shortened."""
        return seconds_after(
            self.waits,
            tries,
            retry_after,
            longest=self.retry_after_cap,
            jitter=self.jitter,
            chance=self.chance,
        )


def verdict(status: int) -> Verdict:
    """What a status means for the delivery."""
    if 200 <= status < 300:
        return "delivered"
    if status == 410:
        return "gone"
    return "final" if status in _FINAL else "again"


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """The seconds that a `Retry-After` asks for, written as seconds or as a date; None if it says neither."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        then = parsedate_to_datetime(text)
    except ValueError:
        return None
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return max(0.0, (then - (now or datetime.now(UTC))).total_seconds())

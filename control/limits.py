"""How often and how many at once, per client.

Each process counts in memory and tells Redis several times a second what it has counted; what others
counted comes back. A request therefore never waits for Redis, and without it the limits simply hold
per process. Requests at once are counted per process only.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable

import msgspec

from kit import metrics
from kit.errors import Action, TooMany
from kit.redis import Redis


class Standing(msgspec.Struct, frozen=True):
    """Where somebody stands in the running second: of `limit` requests `left` are left, for `resets` s."""

    limit: int
    left: int
    resets: int = 1

    @property
    def headers(self) -> dict[str, str]:
        """The RateLimit fields of the IETF draft."""
        return {
            "RateLimit-Policy": f'"default";q={self.limit};w=1',
            "RateLimit": f'"default";r={self.left};t={self.resets}',
        }


class Limits:
    """Windows of one second by name, and places for requests at once."""

    def __init__(self, redis: Redis | None, clock: Callable[[], float] = time.time) -> None:
        self._redis = redis
        self._clock = clock
        self._second = 0
        self._here: Counter[str] = Counter()
        self._told: Counter[str] = Counter()
        self._elsewhere: dict[str, int] = {}
        self._busy: defaultdict[str, int] = defaultdict(int)

    def take(self, name: str, limit: int, kind: str = "requests") -> Standing:
        """Count one; TooMany when the second is used up."""
        self._turn()
        used = self._here[name] + self._elsewhere.get(name, 0)
        if used >= limit:
            metrics.LIMITED.labels(kind).inc()
            raise TooMany(
                f"More than {limit} requests in a second.",
                action=Action("Wait for the time in Retry-After, then go on more slowly."),
                retry_after=1,
                headers=Standing(limit, 0).headers,
            )
        self._here[name] += 1
        return Standing(limit, limit - used - 1)

    def enter(self, name: str, limit: int) -> None:
        """Take a place among requests at once; TooMany when there is none. `leave` gives it back."""
        if self._busy[name] >= limit:
            metrics.LIMITED.labels("concurrent").inc()
            raise TooMany(
                f"More than {limit} requests at once.",
                code="too_many_at_once",
                action=Action("Wait for answers before sending more."),
                retry_after=1,
            )
        self._busy[name] += 1

    def leave(self, name: str) -> None:
        """Give a place back."""
        self._busy[name] -= 1
        if self._busy[name] <= 0:
            del self._busy[name]

    def _turn(self) -> None:
        second = int(self._clock())
        if second != self._second:
            self._second = second
            self._here.clear()
            self._told.clear()
            self._elsewhere.clear()

    async def share(self) -> None:
        """Tell Redis what was counted since the last time, and learn the totals. Called by a loop."""
        if self._redis is None:
            return
        self._turn()
        second = self._second
        fresh = {name: count - self._told[name] for name, count in self._here.items()}
        fresh = {name: count for name, count in fresh.items() if count}
        self._told.update(fresh)
        totals = await self._redis.add({f"limit:{second}:{name}": n for name, n in fresh.items()}, expire=3)
        if totals is None or second != self._second:
            return
        for key, total in totals.items():
            name = key.split(":", 2)[2]
            self._elsewhere[name] = max(0, total - self._told[name])

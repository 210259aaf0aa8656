"""How fast the endpoint is asked: limits that the operator set, and what the endpoint says itself.

Calls and tokens are counted in windows of one minute, over all companies and for each, shared through
Redis (without it they hold per process). A 429 and the `x-ratelimit-*` headers stop every call of this
process until the time they name. A short wait is slept in place; a long one is a fault that says when.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from uuid import UUID

import msgspec

from kit.redis import Redis
from pipeline.stages.base import StageFault

_MINUTE = 60.0
_IN_PLACE = 5.0
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """Most calls and tokens in a minute, overall and of one company; 0: no limit."""

    calls: int = 0
    tokens: int = 0
    company_calls: int = 0
    company_tokens: int = 0


class Pace:
    """The pace of one endpoint in this process."""

    def __init__(
        self, rates: Rates, redis: Redis | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._rates, self._redis, self._clock = rates, redis, clock
        self._minute = 0
        self._counts: Counter[str] = Counter()
        self._stopped_until = 0.0
        self._tokens_left: int | None = None
        self._tokens_back = 0.0

    async def enter(self, company_id: UUID, tokens: int, deadline: float) -> None:
        """Before a call of about so many tokens: waits its turn. `deadline` in `time.monotonic()`
        seconds. Raises StageFault `model_rate_limited` when the turn is too far away to wait for."""
        while (wait := await self._wait(company_id, tokens)) > 0:
            if wait > min(_IN_PLACE, deadline - time.monotonic()):
                message = "The model is asked as often as it may be for now."
                raise StageFault(
                    message, code="model_rate_limited", retry=True, retry_after=wait, patient=True
                )
            await asyncio.sleep(wait)

    def hear(self, headers: Mapping[str, str], *, refused: bool) -> float | None:
        """Learn from an answer's headers; `refused`: it was a 429. How long to wait, in seconds."""
        now, wait = self._clock(), retry_after(headers)
        if refused:
            self._stopped_until = max(self._stopped_until, now + (wait or 1.0))
        if headers.get("x-ratelimit-remaining-requests") == "0":
            reset = span(headers.get("x-ratelimit-reset-requests"))
            self._stopped_until = max(self._stopped_until, now + reset)
        with suppress(KeyError, ValueError):
            self._tokens_left = int(headers["x-ratelimit-remaining-tokens"])
            self._tokens_back = now + span(headers.get("x-ratelimit-reset-tokens"))
        return wait

    async def _wait(self, company_id: UUID, tokens: int) -> float:
        now = self._clock()
        if now < self._stopped_until:
            return self._stopped_until - now
        if self._tokens_left is not None and now >= self._tokens_back:
            self._tokens_left = None
        if self._tokens_left is not None and self._tokens_left < tokens:
            return self._tokens_back - now
        if self._full(company_id, tokens) or not await self._count(company_id, tokens):
            return _MINUTE - now % _MINUTE
        if self._tokens_left is not None:
            self._tokens_left -= tokens
        return 0.0

    def _limits(self, company_id: UUID, tokens: int) -> list[tuple[str, int, int]]:
        """(window, what this call adds, limit) of every limit that is set."""
        rates = self._rates
        return [
            row
            for row in (
                ("calls", 1, rates.calls),
                ("tokens", tokens, rates.tokens),
                (f"calls:{company_id}", 1, rates.company_calls),
                (f"tokens:{company_id}", tokens, rates.company_tokens),
            )
            if row[2]
        ]

    def _full(self, company_id: UUID, tokens: int) -> bool:
        """Whether a window has no room, by what is known here. One question larger than a whole window
        may go when it is the first."""
        minute = int(self._clock() // _MINUTE)
        if minute != self._minute:
            self._minute = minute
            self._counts.clear()
        return any(
            self._counts[name] and self._counts[name] + adds > limit
            for name, adds, limit in self._limits(company_id, tokens)
        )

    async def _count(self, company_id: UUID, tokens: int) -> bool:
        """Count this call, here and for the others; False when the others have used the room up."""
        limits = self._limits(company_id, tokens)
        for name, adds, _ in limits:
            self._counts[name] += adds
        if self._redis is None or not limits:
            return True
        minute = self._minute
        added = {f"model:{minute}:{name}": adds for name, adds, _ in limits}
        totals = await self._redis.add(added, expire=120)
        if totals is None or minute != self._minute:
            return True
        room = True
        for (name, adds, limit), total in zip(limits, totals.values(), strict=True):
            self._counts[name] = max(self._counts[name], total)
            room = room and (total <= limit or total == adds)
        return room


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from `retry-after-ms` or Retry-After (a number or a date); None without a usable one."""
    with suppress(KeyError, ValueError):
        return max(0.0, float(headers["retry-after-ms"]) / 1000)
    header = headers.get("retry-after")
    if not header:
        return None
    with suppress(ValueError):
        return max(0.0, float(header))
    with suppress(ValueError):
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    return None


def span(text: str | None) -> float:
    """Seconds of a time as limits are told: `6m0s`, `20ms`, `1.5s`, or a bare number; 1 when unreadable."""
    if not text:
        return 1.0
    with suppress(ValueError):
        return max(0.0, float(text))
    parts = _PART.findall(text)
    return sum(float(number) * _UNITS[unit] for number, unit in parts) if parts else 1.0

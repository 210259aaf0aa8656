"""Redis as far as we use it ourselves: counts in short windows, shared by processes.

Nothing waits for it. A call has 200 ms; after a failure it is left alone for some seconds and the
caller does without. (Dramatiq has a connection of its own.)
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import redis.asyncio
from redis.exceptions import RedisError

from kit import log, metrics

_log = log.get("kit.redis")
_TIMEOUT = 0.2
_PAUSE = 3.0


class Redis:
    """One client for the process. Every method answers None when Redis is away."""

    def __init__(self, url: str) -> None:
        self._client = redis.asyncio.from_url(
            url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT, decode_responses=True
        )
        self._away_until = 0.0

    @property
    def away(self) -> bool:
        """Whether calls are skipped at the moment."""
        return time.monotonic() < self._away_until

    async def close(self) -> None:
        """Drop the connections."""
        await self._client.aclose()

    async def ping(self) -> bool:
        """Whether it answers now, whatever happened before."""
        try:
            await self._client.ping()
        except (RedisError, OSError, TimeoutError) as exc:
            self._failed(exc)
            return False
        self._answered()
        return True

    async def add(self, counts: Mapping[str, int], *, expire: int) -> dict[str, int] | None:
        """Add to counters that go away after `expire` seconds; the new totals by key."""
        if not counts or self.away:
            return None if counts else {}
        try:
            async with self._client.pipeline(transaction=False) as pipe:
                for key, count in counts.items():
                    pipe.incrby(key, count)
                    pipe.expire(key, expire)
                totals = await pipe.execute()
        except (RedisError, OSError, TimeoutError) as exc:
            self._failed(exc)
            return None
        self._answered()
        return dict(zip(counts, map(int, totals[::2]), strict=True))

    def _failed(self, exc: Exception) -> None:
        if not self._away_until:
            _log.warning("redis.away", error=type(exc).__name__)
        self._away_until = time.monotonic() + _PAUSE
        metrics.REDIS_DOWN.set(1)

    def _answered(self) -> None:
        if self._away_until:
            _log.info("redis.back")
            self._away_until = 0.0
            metrics.REDIS_DOWN.set(0)

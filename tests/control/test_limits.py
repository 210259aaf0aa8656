from __future__ import annotations

import pytest

from connector.embedded.redis import Redis as Server
from control.limits import Limits
from kit.errors import TooMany
from kit.redis import Redis


class Clock:
    """A time that stands still until it is told."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_second_has_so_many_requests_and_the_next_one_as_many_again() -> None:
    clock = Clock()
    limits = Limits(None, clock)
    assert [limits.take("a", 3).left for _ in range(3)] == [2, 1, 0]
    with pytest.raises(TooMany) as caught:
        limits.take("a", 3)
    assert caught.value.retry_after == 1
    assert limits.take("b", 3).left == 2
    clock.now += 1
    assert limits.take("a", 3).left == 2


def test_places_at_once_are_given_back() -> None:
    limits = Limits(None)
    limits.enter("a", 1)
    with pytest.raises(TooMany):
        limits.enter("a", 1)
    limits.leave("a")
    limits.enter("a", 1)


async def test_processes_share_a_limit_through_redis(redis_server: Server) -> None:
    clock = Clock()
    clock.now = 5000.0
    first, second = Redis(redis_server.url), Redis(redis_server.url)
    one, other = Limits(first, clock), Limits(second, clock)
    for _ in range(4):
        one.take("shared", 5)
    await one.share()
    assert other.take("shared", 5).left == 4
    await other.share()
    with pytest.raises(TooMany):
        other.take("shared", 5)
    await first.close()
    await second.close()


async def test_without_redis_the_limit_holds_in_the_process() -> None:
    redis = Redis("redis://127.0.0.1:1/0")
    limits = Limits(redis, Clock())
    limits.take("a", 1)
    await limits.share()
    with pytest.raises(TooMany):
        limits.take("a", 1)
    await redis.close()

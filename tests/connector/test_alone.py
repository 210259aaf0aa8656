"""The API with nothing but its database: Redis, graph, model, worker and clock are all down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.connector.api.sending import send, workday

Join = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
def live_changes() -> dict[str, Any]:
    """Nobody listens at these addresses, and neither worker nor clock was started."""
    nowhere = "127.0.0.1:1"
    return {
        "redis_url": f"redis://{nowhere}/0",
        "neo4j_uri": f"bolt://{nowhere}",
        "model_base_url": f"http://{nowhere}/v1",
        "model_name": "none",
    }


async def test_status_feed_and_queue_are_read_and_profiles_accepted_while_all_else_is_down(
    join: Join,
) -> None:
    http = await join("Liberty")
    sent = await send(http, workday())
    assert sent.status_code == 202
    (item,) = sent.json()["results"]
    down = (await http.get("/health/ready")).json()["down"]
    assert {"redis", "graph", "worker", "clock"} <= set(down)
    read = {}
    for path in (
        "/v1/status",
        "/v1/events",
        "/v1/queue",
        f"/v1/runs/{item['run_id']}?detail=stages",
        "/v1/roles",
    ):
        answer = await http.get(path)
        assert answer.status_code == 200, (path, answer.text)
        read[path] = answer.json()
    assert read["/v1/status"]["runs"]["pending"] == 1
    assert {part["part"] for part in read["/v1/status"]["degraded"]} >= {"worker", "clock"}
    assert [event["type"] for event in read["/v1/events"]["results"]] == ["run.queued"]
    assert read["/v1/queue"]["waiting"] == 1, read["/v1/queue"]

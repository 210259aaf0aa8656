"""The API is killed after the commit, before the answer: the same request again gets what exists."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector.embedded.graph import take_port
from connector.services import Services
from control import clients, companies
from control.access import SCOPES
from kit.db import Db
from tests.crash.aftermath import dead, killed
from tests.parts.front import SECRET_KEY, get_token
from tests.pipeline.engine.rig import Rig

SAMPLE = Path("adapters/workday/samples/one_profile.xml").read_bytes()
HEADERS = {"Content-Type": "text/xml"}


@pytest.fixture
async def login(services: Services) -> tuple[str, str]:
    """A client's id and secret."""
    async with services.db.engine() as tx:
        company = await companies.create(tx, "Liberty")
        client, secret = await clients.create(tx, company.id, "Workato", list(SCOPES))
    return f"client_{client.id.hex}", secret


@pytest.fixture
async def victim(db_url: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """An API that dies when it has committed, and its address."""
    port = take_port("API", 0)
    process = await killed(db_url, "after commit", str(port), "redis://127.0.0.1:1/0", SECRET_KEY)
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=url) as http, asyncio.timeout(120):
        while True:
            try:
                await http.get("/health/live")
                break
            except httpx.TransportError:
                assert process.returncode is None
                await asyncio.sleep(0.05)
    yield process, url
    if process.returncode is None:
        process.kill()
        await process.wait()


@pytest.mark.parametrize("key", ["key-1", None], ids=["with a key", "by content"])
async def test_the_same_request_again_is_answered_with_what_exists(
    db: Db,
    victim: tuple[asyncio.subprocess.Process, str],
    http: httpx.AsyncClient,
    login: tuple[str, str],
    key: str | None,
) -> None:
    process, url = victim
    keyed = {"Idempotency-Key": key} if key else {}
    token = {"Authorization": f"Bearer {await get_token(http, *login)}"}
    sent: dict[str, Any] = {"content": SAMPLE, "headers": HEADERS | keyed | token}
    async with httpx.AsyncClient(base_url=url, timeout=60) as dying:
        with pytest.raises(httpx.TransportError):
            await dying.post("/v1/webhooks/workday", **sent)
    await dead(process)
    again = await http.post("/v1/webhooks/workday", **sent)
    assert again.status_code == 202
    assert again.headers.get("Idempotent-Replayed") == ("true" if key else None)
    (item,) = again.json()["results"]
    assert item["verdict"] == ("new" if key else "no_material_change")
    rig = Rig(db, [])
    (role,) = await rig.rows("SELECT id FROM role")
    (run,) = await rig.rows("SELECT id FROM run")
    assert item["run_id"].endswith(run["id"].hex)
    assert item["role_id"].endswith(role["id"].hex)
    assert len(await rig.rows("SELECT id FROM source_event")) == (1 if key else 2)

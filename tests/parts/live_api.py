"""The API as a process of its own: real sockets, a real event loop, its log kept for the test to read."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from connector import operator
from connector.embedded import child
from connector.embedded.graph import take_port
from kit.settings import Settings
from tests.contract import ContractTransport
from tests.parts.front import contract_of, get_token, settings_for

_CONNECTIONS = 2_000


class LiveApi:
    """A running API: where it is, its process, its settings and what it says."""

    def __init__(self, settings: Settings, process: child.Child) -> None:
        self.settings = settings
        self.process = process
        self.url = settings.public_url

    def errors(self) -> list[str]:
        """The lines of its log that should not be there: errors, and whatever is no log line at all."""
        return [line for line in self.process.log.read_text("utf-8", "replace").splitlines() if _wrong(line)]

    def client(self, *, checked: bool = True, **headers: str) -> httpx.AsyncClient:
        """A client with these headers; `checked` holds every answer against the contract."""
        limits = httpx.Limits(max_connections=_CONNECTIONS)
        transport: httpx.AsyncBaseTransport = httpx.AsyncHTTPTransport(limits=limits)
        if checked:
            transport = ContractTransport(transport, contract_of(()))
        return httpx.AsyncClient(transport=transport, base_url=self.url, headers=headers, timeout=300)

    async def company(self, name: str) -> str:
        """A new company; the token of a client of its that may do everything."""

        async def make(desk: operator.Desk) -> tuple[str, str]:
            return await operator.create_client(desk, await operator.create_company(desk, name), "Recipe")

        client_id, secret = await operator.at_desk(self.settings, make)
        async with self.client() as http:
            return await get_token(http, client_id, secret)


def _wrong(line: str) -> bool:
    try:
        found = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return bool(line.strip())
    return not isinstance(found, dict) or found.get("level") in ("error", "critical")


def _environment(settings: Settings) -> dict[str, str]:
    """The settings as a process reads them."""
    given = {}
    for field in msgspec.structs.fields(Settings):
        value = getattr(settings, field.name)
        if value != field.default and not isinstance(value, dict):
            given[f"CONNECTOR_{field.name.upper()}"] = str(value)
    return {**os.environ, **given}


@contextlib.contextmanager
def serving(db_url: str, log: Path, **changes: Any) -> Iterator[LiveApi]:
    """An API on this database, without Redis, graph, worker and clock, until the end of the block."""
    port = take_port("API", 0)
    address = {"host": "127.0.0.1", "port": port, "public_url": f"http://127.0.0.1:{port}"}
    settings = settings_for(db_url, **({"neo4j_uri": "bolt://127.0.0.1:1"} | address | changes))
    command = [sys.executable, "-m", "connector", "api"]
    process = child.start("API", command, log=log, env=_environment(settings))
    try:
        process.wait_until(lambda: _answers(settings.public_url), 180)
        yield LiveApi(settings, process)
    finally:
        process.stop()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/live", timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


@pytest.fixture
def live_changes() -> dict[str, Any]:
    """Settings of the live API that differ from a test's; override the fixture to change them."""
    return {}


@pytest.fixture
def live(db_url: str, tmp_path: Path, live_changes: dict[str, Any]) -> Iterator[LiveApi]:
    """An API process; nothing that it logs may be an error."""
    with serving(db_url, tmp_path / "api.log", **live_changes) as api:
        yield api
        assert api.errors() == []


@pytest.fixture
async def join(live: LiveApi) -> AsyncIterator[Callable[..., Any]]:
    """Makes companies and gives a client of each: `http = await join("Liberty")`."""
    opened: list[httpx.AsyncClient] = []

    async def make(name: str, *, checked: bool = True) -> httpx.AsyncClient:
        token = await live.company(name)
        opened.append(live.client(checked=checked, Authorization=f"Bearer {token}"))
        return opened[-1]

    yield make
    for http in opened:
        await http.aclose()

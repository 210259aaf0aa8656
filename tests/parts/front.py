"""The service without sockets: the app on a fresh database, and clients that hold it to its contract."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import lru_cache
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Controller, Litestar

from connector.api.contract import document
from connector.app import routes
from connector.door import Door
from connector.services import Services, build
from control import clients, companies
from control.access import SCOPES
from control.store import Client, Company
from kit.settings import Settings
from kit.vault import make_key
from tests import contract

SECRET_KEY = make_key()


class Tenant(msgspec.Struct, frozen=True):
    """A company with one client, its secret, and an HTTP client that has a token (and none)."""

    company: Company
    client: Client
    secret: str
    token: str
    http: httpx.AsyncClient
    bare: httpx.AsyncClient


def settings_for(db_url: str, **changes: Any) -> Settings:
    """Settings of a test: limits out of the way, Redis nowhere."""
    given: dict[str, Any] = {
        "database_url": db_url,
        "secret_key": SECRET_KEY,
        "redis_url": "redis://127.0.0.1:1/0",
        "public_url": "https://connector.example.com",
        "environment_name": "test",
        "client_requests_per_second": 10_000,
        "client_concurrent": 1_000,
        "token_requests_per_second": 1_000,
        "auth_poll_seconds": 0.05,
    }
    return Settings(**{**given, **changes})


@lru_cache
def routes_of(controllers: tuple[type[Controller], ...]) -> Litestar:
    """The addresses, made once: they are the same for every test, whatever stands behind them."""
    return routes(controllers)


@lru_cache
def contract_of(controllers: tuple[type[Controller], ...]) -> contract.Contract:
    """What the answers are held to; it does not depend on the settings."""
    return contract.Contract(document(routes_of(controllers)))


@pytest.fixture
def settings(db_url: str) -> Settings:
    """The settings of a test's service; override the fixture to change them."""
    return settings_for(db_url)


@pytest.fixture
def controllers() -> Sequence[type[Controller]]:
    """Controllers beside the product's own; override the fixture to add some."""
    return ()


@pytest.fixture
async def services(settings: Settings) -> AsyncIterator[Services]:
    """The parts of a running service."""
    parts = build(settings)
    async with parts.running():
        yield parts


@pytest.fixture
def app(services: Services, controllers: Sequence[type[Controller]]) -> Door:
    """The application."""
    return Door(routes_of(tuple(controllers)), services)


async def get_token(http: httpx.AsyncClient, client_id: str, secret: str, **more: str) -> str:
    """An access token by client credentials."""
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, **more}
    response = await http.post("/oauth/token", data=form)
    assert response.status_code == 200, response.text
    return str(response.json()["access_token"])


@pytest.fixture
async def make_tenant(
    services: Services, app: Door, controllers: Sequence[type[Controller]]
) -> AsyncIterator[Callable[..., Awaitable[Tenant]]]:
    """Makes tenants: `await make_tenant("Liberty", scopes=[...])`."""
    opened: list[httpx.AsyncClient] = []
    held_to = contract_of(tuple(controllers))

    async def make(name: str = "Liberty", scopes: Sequence[str] = tuple(SCOPES)) -> Tenant:
        async with services.db.engine() as tx:
            company = await companies.create(tx, name)
            client, secret = await clients.create(tx, company.id, "Workato", list(scopes))
        bare = contract.client(app, held_to)
        token = await get_token(bare, f"client_{client.id.hex}", secret)
        http = contract.client(app, held_to, authorization=f"Bearer {token}")
        opened.extend((bare, http))
        return Tenant(company, client, secret, token, http, bare)

    yield make
    for http in opened:
        await http.aclose()


@pytest.fixture
async def tenant(make_tenant: Callable[..., Awaitable[Tenant]]) -> Tenant:
    """One company with every scope."""
    return await make_tenant()


@pytest.fixture
async def http(app: Door, controllers: Sequence[type[Controller]]) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a token."""
    async with contract.client(app, contract_of(tuple(controllers))) as client:
        yield client

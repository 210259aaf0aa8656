from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from connector import operator
from kit import ids
from kit.db import Db
from kit.http import CompanyHttp
from kit.vault import Vault
from pipeline.runs.view import Lens
from tests.parts.database import Shelf
from tests.parts.live_api import LiveApi, serving
from tests.webhooks.waits.world import RULES
from tests.workato.place import Place
from tests.workato.sdk import Sdk, connected
from webhooks.callbacks.sending import Means as DeliveryMeans
from webhooks.waits.resuming import Means


@pytest.fixture(scope="module")
def db_url(shelf: Shelf) -> Iterator[str]:
    """One database for all tests of a file: each has a company of its own in it."""
    database = shelf.take()
    yield database.url
    try:
        database.check()
    finally:
        shelf.give_back(database)


@pytest.fixture(scope="module")
def live(db_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApi]:
    """One service for all tests of a file. Callbacks and resumed jobs may go to this machine."""
    log = tmp_path_factory.mktemp("workato") / "api.log"
    with serving(db_url, log, allow_loopback_callbacks=True) as api:
        yield api
        assert api.errors() == []


@pytest.fixture
async def place(live: LiveApi, db: Db) -> AsyncIterator[Place]:
    """A running service with a company, and what a worker of it is made of."""

    async def make(desk: operator.Desk) -> tuple[str, str, str]:
        company = await operator.create_company(desk, "Liberty")
        return (company, *await operator.create_client(desk, company, "Workato"))

    company, client_id, secret = await operator.at_desk(live.settings, make)
    vault = Vault(live.settings.secret_key)
    async with CompanyHttp(RULES) as http:
        yield Place(
            live=live,
            db=db,
            company_id=ids.parse("company", company),
            client_id=client_id,
            secret=secret,
            waits=Means(http, vault, Lens(live.url)),
            deliveries=DeliveryMeans(http, vault, live.url),
        )


@pytest.fixture
async def sdk(place: Place) -> AsyncIterator[Sdk]:
    """The connector, connected to the running service."""
    async with connected(
        base_url=place.live.url, client_id=place.client_id, client_secret=place.secret
    ) as sdk:
        yield sdk

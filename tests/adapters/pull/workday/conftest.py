"""A Workday tenant on loopback, and a client over the connection that the module of a test wants to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adapters.workday.pull.client import WorkdayPuller, client
from kit.http import CompanyHttp
from tests.adapters.pull.ways import QUICK
from tests.fakes.workday import Tenant, workday


@pytest_asyncio.fixture
async def tenant() -> AsyncIterator[Tenant]:
    """One with a hundred job profiles."""
    async with workday() as listening:
        yield listening


@pytest_asyncio.fixture
async def puller(
    request: pytest.FixtureRequest, tenant: Tenant, http: CompanyHttp
) -> AsyncIterator[WorkdayPuller]:
    """An impatient client over what the module's `access(tenant)` says."""
    made = client(request.module.access(tenant), http, patience=QUICK)
    yield made
    await made.close()

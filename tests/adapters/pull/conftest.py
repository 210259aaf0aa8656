"""What every client calls through."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from kit.http import CompanyHttp
from tests.adapters.pull.ways import LOCAL


@pytest_asyncio.fixture
async def http() -> AsyncIterator[CompanyHttp]:
    """Calls that may go to loopback."""
    async with CompanyHttp(LOCAL) as calls:
        yield calls

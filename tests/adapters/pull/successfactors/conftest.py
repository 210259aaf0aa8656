"""A SuccessFactors tenant on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.fakes.successfactors import Tenant, successfactors


@pytest_asyncio.fixture
async def tenant() -> AsyncIterator[Tenant]:
    """One with the records of the samples."""
    async with successfactors() as listening:
        yield listening

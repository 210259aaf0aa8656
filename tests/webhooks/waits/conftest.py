from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from kit.db import Db
from kit.http import CompanyHttp
from kit.vault import Vault, make_key
from tests.webhooks.waits.world import RULES, World


@pytest.fixture
async def world(db: Db) -> AsyncIterator[World]:
    """A company with a run, and what is needed to resume its jobs on this machine."""
    async with CompanyHttp(RULES) as http:
        yield await World.begin(db, Vault(make_key()), http)

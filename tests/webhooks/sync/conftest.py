from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from kit.db import Db
from kit.http import AddressRules, CompanyHttp
from kit.vault import make_key
from tests.fakes.workday import workday
from tests.webhooks.sync.world import World


@pytest.fixture
async def world(db: Db) -> AsyncIterator[World]:
    """A company, and a Workday tenant on this machine that it could connect us to."""
    rules = AddressRules(("*.myworkday.com",), loopback=True)
    async with workday() as tenant, CompanyHttp(rules) as http:
        yield await World.begin(db, make_key(), http, tenant)

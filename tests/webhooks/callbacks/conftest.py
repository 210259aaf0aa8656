from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from kit.db import Db
from kit.http import AddressRules, CompanyHttp
from kit.vault import Vault, make_key
from tests.webhooks.callbacks.world import World


@pytest.fixture
async def world(db: Db) -> AsyncIterator[World]:
    """A company, and what is needed to call it back on this machine."""
    rules = AddressRules(("*.workato.com",), loopback=True)
    async with CompanyHttp(rules) as http:
        yield await World.begin(db, Vault(make_key()), http, rules)

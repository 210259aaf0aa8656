"""People for tests of the page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from connector.door import Door
from connector.services import Services

from .people import Person, join


@pytest.fixture
async def welcome(services: Services, app: Door) -> AsyncIterator[Callable[..., Awaitable[Person]]]:
    """Lets people in: `ada = await welcome("csm")`."""
    inside: list[Person] = []

    async def let_in(role: Any = "admin", **more: Any) -> Person:
        inside.append(await join(services, app, role, **more))
        return inside[-1]

    yield let_in
    for person in inside:
        await person.http.aclose()


@pytest.fixture
async def admin(welcome: Callable[..., Awaitable[Person]]) -> Person:
    """An admin of a new company."""
    return await welcome("admin")

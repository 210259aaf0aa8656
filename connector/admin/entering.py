"""The last step of every way in: a session, and its cookie."""

from __future__ import annotations

from typing import Any

from litestar import Response

from connector.admin.page import go
from connector.admin.visit import COOKIE
from connector.services import Services
from control import sessions
from control.people import Person
from kit.settings import Settings

HOME = "/admin"


async def enter(services: Services, person: Person, after: str) -> Response[Any]:
    """A session for a person who showed who they are, and the way to where they wanted to go."""
    async with services.db.auth() as tx:
        secret = await sessions.begin(tx, person)
    answer = go(None, after or HOME)
    answer.set_cookie(
        COOKIE, secret, path=HOME, httponly=True, samesite="lax", secure=is_secure(services.settings)
    )
    return answer


def is_secure(settings: Settings) -> bool:
    """Whether browsers reach us by https only, so that cookies may never travel without."""
    return settings.public_url.startswith("https://")

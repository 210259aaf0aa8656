"""Links to a company's dashboard: made and taken back by its people, opened by whoever holds one, until they
expire. What a link holds is a secret of 256 bits, of which only a digest is kept."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from control.access import Caller
from control.people import digest
from kit import ids
from kit.db import Tx
from kit.errors import Action, Conflict, NotFound
from kit.sql import Queries

sql = Queries("control", "dashboard_links.sql")
MOST = 50
"""Links of a company that lead in at once."""
MAY = frozenset({"assessments:read", "roles:read", "runs:read"})
"""What the pages behind a link ask the API for; nobody gets a token or a session by it."""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link as it may be shown: everything but what it holds."""

    id: UUID
    company_id: UUID
    name: str
    made_by: str
    status: Literal["active", "expired", "ended"]
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    last_used_at: datetime | None


class Opened(msgspec.Struct, frozen=True):
    """Where a link leads, and until when."""

    id: UUID
    company_id: UUID
    company_name: str
    expires_at: datetime
    used_long_ago: bool

    @property
    def caller(self) -> Caller:
        """Who comes by it: nobody in particular, of one company, for reading."""
        return Caller("link", self.company_id, self.id, "A dashboard link", MAY)


async def make(tx: Tx, company_id: UUID, name: str, made_by: str, *, days: int) -> tuple[Link, str]:
    """A link, and what it holds, which nobody can read again. Raises Conflict when there are too many."""
    if await tx.value(sql["active_links"], {"company_id": company_id}) >= MOST:
        raise Conflict(
            f"There are {MOST} links to this dashboard already.",
            code="too_many_links",
            action=Action("Take back one that is not needed any more.", "csm"),
        )
    secret = secrets.token_urlsafe(32)
    params = {
        "id": ids.new(),
        "company_id": company_id,
        "key": digest(secret),
        "name": name,
        "made_by": made_by,
        "days": days,
    }
    return (await tx.all(sql["add_link"], params, into=Link))[0], secret


async def listing(tx: Tx, company_id: UUID) -> list[Link]:
    """The company's links, newest first."""
    return await tx.all(sql["links"], {"company_id": company_id}, into=Link)


async def end(tx: Tx, company_id: UUID, link_id: UUID) -> None:
    """Take a link back. Raises NotFound."""
    if not await tx.run(sql["end_link"], {"company_id": company_id, "id": link_id}):
        raise NotFound("There is no such link.")


async def open_(tx: Tx, secret: str) -> Opened:
    """Where a link leads (auth transaction). Raises NotFound, with the same words whatever is wrong."""
    key = digest(secret)
    found = await tx.one(sql["open_link"], {"key": key}, into=Opened)
    if found is None:
        raise NotFound(
            "This link does not lead to a dashboard any more.",
            code="link_over",
            action=Action("Ask the person who sent it for a new one.", "csm"),
        )
    if found.used_long_ago:
        await tx.run(sql["touch_link"], {"key": key})
    return found

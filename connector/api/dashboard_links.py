"""Links to the dashboard for the client's people, who need no account."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from connector.api.receipts import base_of
from control import audit, dashboard_links
from control.access import require
from control.dashboard_links import Link
from kit import ids
from kit.errors import Conflict, FieldError, Invalid

_ID = "link_01990a6b4c7d7e2fb1a0c3d4e5f60722"


class LinkIn(msgspec.Struct, kw_only=True):
    """For whom the link is (`name`, for your own list), and after how many days it ends."""

    name: Annotated[str, Meta(max_length=200)]
    days: Annotated[int, Meta(ge=1, le=365)] = 30


class LinkOut(msgspec.Struct, frozen=True, kw_only=True):
    """A link without what it holds. Only an `active` one leads to the dashboard."""

    id: str
    name: str
    status: Literal["active", "expired", "ended"]
    made_by: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    last_used_at: datetime | None


class LinkMade(LinkOut, frozen=True, kw_only=True):
    """With its address, which nobody can read again."""

    url: str


class LinkList(msgspec.Struct, frozen=True):
    """The company's newest 200 links, those that are over too."""

    results: list[LinkOut]
    next_cursor: str | None
    has_more: bool


_EXAMPLE: dict[str, Any] = {
    "id": _ID,
    "name": "HR leadership",
    "status": "active",
    "made_by": "user_01990a6b4c7d7e2fb1a0c3d4e5f60718",
    "created_at": "2026-11-22T09:30:00Z",
    "expires_at": "2026-12-22T09:30:00Z",
    "ended_at": None,
    "last_used_at": None,
}
_MADE = {**_EXAMPLE, "url": "https://connector.example.com/admin/shared/3yX", "ignored": []}


class DashboardLinks(Controller):
    """Who holds one reads one company's dashboard and its exports, and nothing else."""

    path = "/v1/dashboard-links"
    tags = ["Assessments"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "searchDashboardLinks",
            "Links to the dashboard",
            scope="settings:read",
            answers={
                200: Answer(
                    kind=LinkList, example={"results": [_EXAMPLE], "next_cursor": None, "has_more": False}
                )
            },
        ),
    )
    async def list(self, call: NamedDependency[Call]) -> Reply:
        """Newest first."""
        async with call.tx() as tx:
            found = await dashboard_links.listing(tx, call.caller.company_id)
        return Reply(LinkList([LinkOut(**_shown(one)) for one in found], None, False))

    @post(
        "/",
        **operation(
            "createDashboardLink",
            "Make a link to the dashboard",
            scope="settings:write",
            body=Body(kind=LinkIn, examples={"for a month": {"name": "HR leadership", "days": 30}}),
            answers={201: Answer(kind=LinkMade, example=_MADE)},
            errors=(Conflict,),
            notes="Needs assessments:read too: nobody shows others what they may not see. The address is in "
            "this answer and nowhere else; whoever has it reads the dashboard until the link ends.",
        ),
    )
    async def create(self, call: NamedDependency[Call]) -> Reply:
        """Its address holds a secret, so that it has to be passed on with care."""
        given, ignored = await call.body(LinkIn)
        require(call.caller, "assessments:read")
        name = " ".join(given.name.split())
        if not name:
            message = "A link needs a name, so that it can be told from others."
            raise Invalid(message, errors=[FieldError("name", message)], action="Say whom it is for.")
        async with call.tx() as tx:
            link, secret = await dashboard_links.make(
                tx, call.caller.company_id, name, call.caller.shown_id, days=given.days
            )
            shown = ids.show("link", link.id)
            detail = {"name": name, "expires_at": link.expires_at.isoformat()}
            await audit.record(tx, call.caller, "dashboard_link.created", shown, detail=detail)
        made = LinkMade(**_shown(link), url=f"{base_of(call)}/admin/shared/{secret}")
        return Reply(made, 201, ignored=ignored)

    @delete(
        "/{link_id:str}",
        **operation(
            "deleteDashboardLink",
            "Take back a link to the dashboard",
            scope="settings:write",
            params={"link_id": _ID},
            answers={204: Answer(kind=None, says="It leads nowhere from now on.")},
        ),
    )
    async def end(self, call: NamedDependency[Call], link_id: FromPath[str]) -> None:
        """It stays in the list, as ended."""
        async with call.tx() as tx:
            await dashboard_links.end(tx, call.caller.company_id, ids.parse("link", link_id))
            await audit.record(tx, call.caller, "dashboard_link.ended", link_id)


def _shown(link: Link) -> dict[str, Any]:
    fields = msgspec.structs.asdict(link)
    del fields["company_id"]
    return {**fields, "id": ids.show("link", link.id)}

"""The plain lists: what came in, and who did what."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.admin.desk import Query
from connector.admin.page import draw, go
from connector.admin.role import file
from connector.admin.visit import Visit

_PAGE = 50
_SHOWN_BYTES = 60_000


class SourceEvents(Controller):
    """What came in, byte for byte."""

    path = "/c/{company:str}/source-events"

    @get("/")
    async def show(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Newest first."""
        wanted: Query = {
            "source": visit.asked_all("source"),
            "status": visit.asked_all("status"),
            "role_id": visit.asked("role_id"),
            "sync_id": visit.asked("sync_id"),
        }
        found = await visit.desk.get(
            "/source-events", {**wanted, "limit": _PAGE, "cursor": visit.asked("cursor")}
        )
        return draw(visit, "source_events.html", **_page(found, wanted))

    @get("/{event_id:str}")
    async def one(self, visit: NamedDependency[Visit], event_id: FromPath[str]) -> Response[Any]:
        """The verdict on each item, and what was sent."""
        event = await visit.desk.get(f"/source-events/{event_id}")
        sent = (await visit.desk.raw(f"/source-events/{event_id}/raw"))[1] if event["kept"] else b""
        text = sent[:_SHOWN_BYTES].decode("utf-8", "replace")
        return draw(visit, "source_event.html", event=event, text=text, cut=len(sent) > _SHOWN_BYTES)

    @get("/{event_id:str}/raw")
    async def raw(self, visit: NamedDependency[Visit], event_id: FromPath[str]) -> Response[bytes]:
        """The bytes as they came, to be saved."""
        _, content = await visit.desk.raw(f"/source-events/{event_id}/raw")
        return file(content, f"{event_id}.bin", "application/octet-stream")

    @post("/{event_id:str}/replay")
    async def replay(self, visit: NamedDependency[Visit], event_id: FromPath[str]) -> Response[Any]:
        """Take the same bytes in again."""
        wish = {"drafts": visit.field("drafts") == "1"}
        receipt = await visit.desk.send("POST", f"/source-events/{event_id}/replay", wish)
        return go(visit, f"{visit.home}/source-events/{receipt['id']}")


class AuditTrail(Controller):
    """Who did what."""

    path = "/c/{company:str}/audit"

    @get("/")
    async def show(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Newest first."""
        wanted: Query = {name: visit.asked(name) for name in ("action", "actor_id", "target")}
        found = await visit.desk.get("/audit", {**wanted, "limit": _PAGE, "cursor": visit.asked("cursor")})
        names: dict[str, str] = {}
        if visit.desk.may("users:read"):
            names |= {one["id"]: one["email"] for one in (await visit.desk.get("/users"))["results"]}
        if visit.desk.may("clients:read"):
            names |= {one["id"]: one["name"] for one in (await visit.desk.get("/clients"))["results"]}
        return draw(visit, "audit.html", **_page(found, wanted), names=names)


def _page(found: dict[str, Any], wanted: Query) -> dict[str, Any]:
    chosen = {key: value for key, value in wanted.items() if value}
    return {
        "rows": found["results"],
        "next": found["next_cursor"],
        "wanted": chosen,
        "query": urlencode(chosen, doseq=True),
    }

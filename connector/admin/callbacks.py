"""Who is called back, and every message to them."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.admin.page import draw, go
from connector.admin.visit import Visit
from pipeline.log.kinds import KINDS


class Subscriptions(Controller):
    """Subscriptions with their deliveries."""

    path = "/c/{company:str}/subscriptions"

    @get("/")
    async def show(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """All of them, and the newest deliveries."""
        return await _all(visit)

    @post("/")
    async def create(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """A subscription with its secret, which is on this answer only."""
        given = {
            "url": visit.field("url"),
            "events": visit.fields("event"),
            "description": visit.field("description"),
        }
        return await _all(visit, made=await visit.desk.send("POST", "/subscriptions", given))

    @post("/{sub_id:str}/rotate")
    async def rotate(self, visit: NamedDependency[Visit], sub_id: FromPath[str]) -> Response[Any]:
        """A new secret; the old one signs beside it for a while."""
        made = await visit.desk.send("POST", f"/subscriptions/{sub_id}/rotate-secret")
        return await _all(visit, made=made)

    @post("/{sub_id:str}/test")
    async def test(self, visit: NamedDependency[Visit], sub_id: FromPath[str]) -> Response[Any]:
        """A test event with every field filled; the way goes on to what became of it."""
        sent = await visit.desk.send("POST", f"/subscriptions/{sub_id}/test")
        return go(visit, f"{visit.home}/subscriptions/deliveries/{sent['delivery_id']}")

    @post("/{sub_id:str}/status")
    async def switch(self, visit: NamedDependency[Visit], sub_id: FromPath[str]) -> Response[Any]:
        """On or off."""
        given = {"status": visit.field("status")}
        await visit.desk.send("PATCH", f"/subscriptions/{sub_id}", given)
        return go(visit, f"{visit.home}/subscriptions")

    @post("/{sub_id:str}/delete")
    async def remove(self, visit: NamedDependency[Visit], sub_id: FromPath[str]) -> Response[Any]:
        """Nobody is called there any more."""
        await visit.desk.send("DELETE", f"/subscriptions/{sub_id}")
        return go(visit, f"{visit.home}/subscriptions")

    @get("/deliveries/{delivery_id:str}")
    async def delivery(self, visit: NamedDependency[Visit], delivery_id: FromPath[str]) -> Response[Any]:
        """What was sent, and what came back at each try."""
        found = await visit.desk.get(f"/deliveries/{delivery_id}")
        return draw(visit, "delivery.html", delivery=found)

    @post("/deliveries/{delivery_id:str}/retry")
    async def retry(self, visit: NamedDependency[Visit], delivery_id: FromPath[str]) -> Response[Any]:
        """Send it again now."""
        await visit.desk.send("POST", f"/deliveries/{delivery_id}/retry")
        return go(visit, f"{visit.home}/subscriptions/deliveries/{delivery_id}")


async def _all(visit: Visit, made: dict[str, Any] | None = None) -> Response[Any]:
    status = visit.asked_all("status")
    deliveries = await visit.desk.get(
        "/deliveries", {"limit": 50, "status": status, "cursor": visit.asked("cursor")}
    )
    return draw(
        visit,
        "subscriptions.html",
        subscriptions=(await visit.desk.get("/subscriptions"))["results"],
        deliveries=deliveries["results"],
        next=deliveries["next_cursor"],
        status=status,
        events=KINDS,
        made=made,
    )

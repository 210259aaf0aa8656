"""Plans that wait: the roles a published mapping made stale, looked at with their price and pushed."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.admin.page import draw, go
from connector.admin.visit import Visit


class Plans(Controller):
    """One kept plan."""

    path = "/c/{company:str}/plans/{plan_id:str}"

    @get("/")
    async def show(self, visit: NamedDependency[Visit], plan_id: FromPath[str]) -> Response[Any]:
        """Who would run, who not and why, what it takes."""
        plan = await visit.desk.get(f"/plans/{plan_id}")
        return draw(visit, "kept_plan.html", plan=plan)

    @post("/push")
    async def push(self, visit: NamedDependency[Visit], plan_id: FromPath[str]) -> Response[Any]:
        """Push it; the way goes on to its first batch, or back to the plan when there are several."""
        wish = {"priority": visit.field("priority") or None}
        made = await visit.desk.send("POST", f"/plans/{plan_id}/push", wish)
        batches = made["batch_ids"]
        place = f"batches/{batches[0]}" if len(batches) == 1 else f"plans/{plan_id}"
        return go(visit, f"{visit.home}/{place}")

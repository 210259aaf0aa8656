"""The dashboard: all visible roles with their scores, for the client's people; also as CSV and XLSX."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.admin import assessed
from connector.admin.page import draw, go
from connector.admin.role import file
from connector.admin.visit import Visit

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"


class Dashboard(Controller):
    """Read-only, but for the links that lead here."""

    path = "/c/{company:str}/dashboard"

    @get("/")
    async def show(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """A page of visible roles."""
        return await _drawn(visit)

    @get("/export.csv")
    async def as_csv(self, visit: NamedDependency[Visit]) -> Response[bytes]:
        """All of them."""
        return file(await assessed.as_csv(visit.desk, visit.asked("family")), "assessments.csv", CSV)

    @get("/export.xlsx")
    async def as_xlsx(self, visit: NamedDependency[Visit]) -> Response[bytes]:
        """All of them, as one sheet."""
        return file(await assessed.as_xlsx(visit.desk, visit.asked("family")), "assessments.xlsx", XLSX)

    @post("/links")
    async def share(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """A link for people without an account; its address is on this answer only."""
        given = {"name": visit.field("name"), "days": visit.field("days", "30")}
        return await _drawn(visit, made=await visit.desk.send("POST", "/dashboard-links", given))

    @post("/links/{link_id:str}/end")
    async def take_back(self, visit: NamedDependency[Visit], link_id: FromPath[str]) -> Response[Any]:
        """It leads nowhere from now on."""
        await visit.desk.send("DELETE", f"/dashboard-links/{link_id}")
        return go(visit, f"{visit.home}/dashboard")


async def _drawn(visit: Visit, made: dict[str, Any] | None = None) -> Response[Any]:
    desk, links = visit.desk, []
    if desk.may("settings:read"):
        links = (await desk.get("/dashboard-links"))["results"]
    shown = await assessed.page(desk, visit.asked("family"), visit.asked("q"), visit.asked("cursor"))
    return draw(visit, "dashboard.html", here=f"{visit.home}/dashboard", links=links, made=made, **shown)

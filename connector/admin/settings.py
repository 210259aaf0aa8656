"""What a company wants, and what it costs."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.admin.desk import Query
from connector.admin.page import draw, go
from connector.admin.visit import Visit
from kit.errors import FieldError, Invalid

_MICROS = 1_000_000


class Usage(Controller):
    """Model calls and money."""

    path = "/c/{company:str}/usage"

    @get("/")
    async def show(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """By day, model and purpose, with the budget."""
        span: Query = {"since": visit.asked("since"), "until": visit.asked("until")}
        return draw(visit, "usage.html", usage=await visit.desk.get("/usage", span))


class Settings(Controller):
    """The company's own choices."""

    path = "/c/{company:str}/settings"

    @get("/")
    async def show(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """All of them on one page."""
        desk = visit.desk
        return draw(
            visit,
            "settings.html",
            company=await desk.get("/company"),
            push=(await desk.get("/settings/push"))["results"],
            model=await desk.get("/settings/model"),
            stages=(await desk.get("/stages"))["results"],
            reviews=await desk.get("/settings/reviews"),
        )

    @post("/company")
    async def company(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Name, dashboard, required documents."""
        given = {
            "name": visit.field("name"),
            "dashboard_url": visit.field("dashboard_url") or None,
            "required_documents": visit.fields("required"),
        }
        await visit.desk.send("PATCH", "/company", given)
        return go(visit, f"{visit.home}/settings")

    @post("/push/{source:str}")
    async def push(self, visit: NamedDependency[Visit], source: FromPath[str]) -> Response[Any]:
        """Which profiles push themselves."""
        given = {
            "mode": visit.field("mode"),
            "families": _parts(visit.field("families")),
            "countries": _parts(visit.field("countries")),
            "daily_cap": visit.field("daily_cap") or None,
        }
        await visit.desk.send("PUT", f"/settings/push/{source}", given)
        return go(visit, f"{visit.home}/settings")

    @post("/model")
    async def model(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Budgets, and what is done while the model is away."""
        given = {
            "hard_budget_micros": _micros(visit, "hard"),
            "soft_budget_micros": _micros(visit, "soft"),
            "period": visit.field("period"),
            "when_away": visit.field("when_away"),
        }
        await visit.desk.send("PUT", "/settings/model", given)
        return go(visit, f"{visit.home}/settings")

    @post("/stages")
    async def stages(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """The ticked enhancements are on, the others off."""
        on = visit.fields("stage")
        found = (await visit.desk.get("/stages"))["results"]
        off = [one["key"] for one in found if not one["critical"] and one["key"] not in on]
        await visit.desk.send("PUT", "/settings/stages", {"off": off})
        return go(visit, f"{visit.home}/settings")

    @post("/reviews")
    async def reviews(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """What becomes of roles with open questions."""
        await visit.desk.send("PUT", "/settings/reviews", {"publish": visit.field("publish")})
        return go(visit, f"{visit.home}/settings")


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _micros(visit: Visit, name: str) -> int | None:
    text = visit.field(name)
    if not text:
        return None
    try:
        return round(float(text.replace(",", ".")) * _MICROS)
    except (ValueError, OverflowError) as exc:
        message = "A budget is an amount of money, such as 50."
        raise Invalid(message, errors=[FieldError(name, message)]) from exc

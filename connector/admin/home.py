"""Home: over all companies of a person, what needs them and what is on its way."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from connector.admin.desk import Desk
from connector.admin.page import draw
from connector.admin.visit import Visit, company_path
from control.people import Membership
from kit.errors import Refused

NEEDS = {
    "validation_failed": "without a document",
    "assessment_failed": "could not be assessed",
    "workflow_failed": "published, with parts missing",
    "stale": "changed since they were assessed",
}
"""States of roles that a person should look at, and how many of them are told."""


class Home(Controller):
    """The first page."""

    path = "/"

    @get("/")
    async def show(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Companies that need somebody come first."""
        cards = await asyncio.gather(*(card(visit, one) for one in visit.memberships))
        cards.sort(key=lambda one: (-len(one["needs"]), one["name"].casefold()))
        return draw(visit, "home.html", cards=cards)

    @get("/c/{company:str}")
    async def company(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """One company: the same, with its newest runs."""
        runs = await visit.desk.get("/runs", {"limit": 10})
        return draw(visit, "company.html", card=await card(visit, visit.here), runs=runs["results"])

    @get("/c/{company:str}/standing")
    async def standing(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """The part of it that moves."""
        return draw(visit, "part/standing.html", card=await card(visit, visit.here))


async def card(visit: Visit, membership: Membership) -> dict[str, Any]:
    """Where a company stands: `needs` are sentences with the page to go to."""
    desk = visit.desk_of(membership)
    home = company_path(membership)
    status, queue = await desk.get("/status"), await desk.get("/queue")
    needs = [
        (f"{status['roles'][state]:,} roles {says}", f"{home}/roles?state={state}")
        for state, says in NEEDS.items()
        if status["roles"].get(state)
    ]
    needs += [(f"{part['part']}: {part['says']}", f"{home}/runs") for part in status["degraded"]]
    if paused := queue["reasons"].get("paused"):
        needs.append((f"{paused:,} runs are paused until somebody resumes them", f"{home}/runs"))
    if desk.may("reviews:read"):
        needs += await _open_reviews(desk, home)
    if desk.may("subscriptions:read"):
        needs += await _silent_subscriptions(desk, home)
    return {"name": membership.company_name, "home": home, "role": membership.role} | {
        "status": status,
        "queue": queue,
        "needs": needs,
    }


async def _open_reviews(desk: Desk, home: str) -> list[tuple[str, str]]:
    found = await desk.get("/reviews", {"status": ["open"], "limit": 100})
    count = len(found["results"])
    more = "more than " if found["has_more"] else ""
    return [(f"{more}{count} results wait for your review", f"{home}/reviews")] if count else []


async def _silent_subscriptions(desk: Desk, home: str) -> list[tuple[str, str]]:
    try:
        found = (await desk.get("/subscriptions"))["results"]
    except Refused:
        return []
    off = [one for one in found if one.get("disabled_at") or one.get("status") == "disabled"]
    return [(f"Callbacks to {one['url']} are switched off", f"{home}/subscriptions") for one in off]

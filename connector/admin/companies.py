"""Companies: all of a person's, new ones, and the checklist from creation to dashboard."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.admin.page import draw, go
from connector.admin.visit import Visit, company_path
from control.access import OF_ROLE
from control.people import Membership
from kit.errors import Action, Forbidden


class Companies(Controller):
    """Every company that somebody looks after."""

    path = "/"

    @get("/companies")
    async def show(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Each with how far its activation is and what is next."""
        found = await asyncio.gather(
            *(visit.desk_of(one).get("/company/activation") for one in visit.memberships)
        )
        rows = [
            {
                "name": one.company_name,
                "home": company_path(one),
                "role": one.role,
                "steps": steps,
                "next": next((step for step in steps["results"] if not step["done_at"]), None),
            }
            for one, steps in zip(visit.memberships, found, strict=True)
        ]
        may_create = any(_creates(one) for one in visit.memberships)
        return draw(visit, "companies.html", rows=rows, may_create=may_create)

    @post("/companies")
    async def create(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """A new company; who made it is its first admin. Asked as the admin that the person is elsewhere."""
        asking = next((one for one in visit.memberships if _creates(one)), None)
        if asking is None:
            raise Forbidden("Only an admin creates companies.", action=Action("Ask an admin.", "admin"))
        made = await visit.desk_of(asking).send("POST", "/companies", {"name": visit.field("name")})
        return go(visit, f"/admin/c/{made['id']}/activation")

    @get("/c/{company:str}/activation")
    async def activation(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """The checklist of one company."""
        return draw(visit, "activation.html", activation=await visit.desk.get("/company/activation"))

    @post("/c/{company:str}/activation/{step:str}")
    async def mark(self, visit: NamedDependency[Visit], step: FromPath[str]) -> Response[Any]:
        """A person says that a step is done, or that it is not."""
        done = {"done": visit.field("done") == "yes"}
        await visit.desk.send("PUT", f"/company/activation/{step}", done)
        return go(visit, f"{visit.home}/activation")


def _creates(membership: Membership) -> bool:
    return "companies:write" in OF_ROLE[membership.role]

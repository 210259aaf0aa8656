"""Companies: all of a person's, new ones, and the checklist from creation to dashboard."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.admin.page import draw, go
from connector.admin.visit import Visit, company_path
from connector.services import Services
from control import audit, companies, people
from control.access import Caller
from kit import ids
from kit.errors import Action, FieldError, Forbidden, Invalid


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
        return draw(visit, "companies.html", rows=rows, may_create=_may_create(visit))

    @post("/companies")
    async def create(
        self, visit: NamedDependency[Visit], services: NamedDependency[Services]
    ) -> Response[Any]:
        """A new company; who made it is its first admin."""
        if not _may_create(visit):
            raise Forbidden("Only an admin creates companies.", action=Action("Ask an admin.", "admin"))
        name = visit.field("name")[:200]
        if not name:
            raise Invalid("A company needs a name.", errors=[FieldError("name", "is empty")])
        person = visit.session.person_id
        async with services.db.engine() as tx:
            company = await companies.create(tx, name)
            await people.put_member(tx, company.id, person, "admin")
            caller = Caller("person", company.id, person, visit.session.email, frozenset())
            await audit.record(tx, caller, "company.created", ids.show("company", company.id))
        return go(visit, f"/admin/c/{ids.show('company', company.id)}/activation")

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


def _may_create(visit: Visit) -> bool:
    return any(one.role == "admin" for one in visit.memberships)

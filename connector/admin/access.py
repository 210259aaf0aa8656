"""Who gets in: OAuth clients and people. A secret or a link is shown once, right where it was made."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.admin.page import draw, go
from connector.admin.visit import Visit
from control.access import SCOPES


class Clients(Controller):
    """OAuth clients of the company."""

    path = "/c/{company:str}/clients"

    @get("/")
    async def show(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """All of them, and a form for another."""
        return await _clients(visit)

    @post("/")
    async def create(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """A client with its secret, which is on this answer only."""
        given = {"name": visit.field("name"), "scopes": visit.fields("scope")}
        made = await visit.desk.send("POST", "/clients", given)
        return await _clients(visit, made={"id": made["id"], "secret": made["secret"], "name": made["name"]})

    @post("/{client_id:str}/rotate")
    async def rotate(self, visit: NamedDependency[Visit], client_id: FromPath[str]) -> Response[Any]:
        """A new secret beside the old one for a day."""
        hours = {"grace_hours": visit.field("grace_hours", "24")}
        made = await visit.desk.send("POST", f"/clients/{client_id}/rotate-secret", hours)
        return await _clients(visit, made={**made, "name": "The client"})

    @post("/{client_id:str}/end")
    async def end(self, visit: NamedDependency[Visit], client_id: FromPath[str]) -> Response[Any]:
        """It and all its tokens are over."""
        await visit.desk.send("DELETE", f"/clients/{client_id}")
        return go(visit, f"{visit.home}/clients")


class People(Controller):
    """Who signs in here for the company."""

    path = "/c/{company:str}/people"

    @get("/")
    async def show(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """All of them, and a form to invite somebody."""
        return await _people(visit)

    @post("/")
    async def invite(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """The link to choose a password is on this answer only."""
        given = {name: visit.field(name) for name in ("email", "name", "role")}
        return await _people(visit, made=await visit.desk.send("POST", "/users", given))

    @post("/{user_id:str}")
    async def change(self, visit: NamedDependency[Visit], user_id: FromPath[str]) -> Response[Any]:
        """What they may do from now on."""
        await visit.desk.send("PUT", f"/users/{user_id}", {"role": visit.field("role")})
        return go(visit, f"{visit.home}/people")

    @post("/{user_id:str}/remove")
    async def remove(self, visit: NamedDependency[Visit], user_id: FromPath[str]) -> Response[Any]:
        """They see the company no more."""
        await visit.desk.send("DELETE", f"/users/{user_id}")
        return go(visit, f"{visit.home}/people")


async def _clients(visit: Visit, made: dict[str, Any] | None = None) -> Response[Any]:
    found = (await visit.desk.get("/clients"))["results"]
    offered = {scope: says for scope, says in SCOPES.items() if visit.desk.may(scope)}
    return draw(visit, "clients.html", clients=found, scopes=offered, made=made)


async def _people(visit: Visit, made: dict[str, Any] | None = None) -> Response[Any]:
    found = (await visit.desk.get("/users"))["results"]
    return draw(visit, "people.html", people=found, made=made)

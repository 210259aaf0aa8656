"""Roles of a company: searched, chosen, planned, pushed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from connector.admin.desk import Query
from connector.admin.page import draw, go
from connector.admin.visit import Visit

_LISTS = ("state", "source", "priority", "country")
_TEXTS = ("q", "family_group", "family", "level", "complete")
_TREE = ("family_group", "family")
"""What the tree chooses; its links keep everything else."""
_PAGE = 50


class Roles(Controller):
    """The list that work begins at."""

    path = "/c/{company:str}/roles"

    @get("/")
    async def show(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """A page of roles, what they can be narrowed by, and saved selections."""
        wanted = _asked(visit)
        found = await visit.desk.get(
            "/roles",
            {**wanted, "order": "newest", "limit": _PAGE, "cursor": visit.asked("cursor")},
        )
        chosen = {key: value for key, value in wanted.items() if value}
        return draw(
            visit,
            "roles.html",
            roles=found["results"],
            next=found["next_cursor"],
            wanted=chosen,
            query=urlencode(chosen, doseq=True),
            kinds=await _kinds(visit),
            families=(await visit.desk.get("/roles/families"))["results"],
            rest=urlencode({key: value for key, value in chosen.items() if key not in _TREE}, doseq=True),
            selections=(await visit.desk.get("/selections"))["results"],
        )

    @post("/plan")
    async def plan(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """What a push of the ticked roles, or of all that the filter means, would come to."""
        plan = await visit.desk.send("POST", "/plans", _wish(visit))
        return draw(visit, "plan.html", plan=plan)

    @post("/push")
    async def push(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Push what was planned; the way goes on to the batch."""
        wish = {"ids": visit.fields("id"), "priority": visit.field("priority") or None}
        batch = await visit.desk.send("POST", "/pushes", wish)
        return go(visit, f"{visit.home}/batches/{batch['id']}")

    @post("/selections")
    async def save(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Keep the filter under a name."""
        wanted = _filter(visit)
        await visit.desk.send("POST", "/selections", {"name": visit.field("name"), "filter": wanted})
        return go(visit, f"{visit.home}/roles?{urlencode(wanted, doseq=True)}")

    @post("/selections/{selection_id:str}/delete")
    async def forget(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Forget a saved filter."""
        await visit.desk.send("DELETE", f"/selections/{visit.request.path_params['selection_id']}")
        return go(visit, f"{visit.home}/roles")

    @post("/new")
    async def create(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """A role by hand, with its first document."""
        text = visit.field("text")
        given = {name: visit.field(name) for name in ("title", "code", "family", "level")}
        documents = [{"kind": "job_description", "text": text}] if text else []
        role = await visit.desk.send("POST", "/roles", {**given, "documents": documents})
        return go(visit, f"{visit.home}/roles/{role['id']}")


def _asked(visit: Visit) -> Query:
    wanted: Query = {name: visit.asked_all(name) for name in _LISTS}
    return {**wanted, **{name: visit.asked(name) for name in _TEXTS}}


def _filter(visit: Visit) -> dict[str, Any]:
    """The filter that a form carries in hidden fields."""
    wanted: dict[str, Any] = {name: visit.fields(name) for name in _LISTS}
    wanted |= {name: visit.field(name) for name in _TEXTS}
    return {name: value for name, value in wanted.items() if value}


def _wish(visit: Visit) -> dict[str, Any]:
    if visit.field("all"):
        return {"filter": {**_filter(visit), "complete_only": False}}
    return {"ids": visit.fields("id")}


async def _kinds(visit: Visit) -> dict[str, list[dict[str, Any]]]:
    """What roles can be narrowed by, by dimension."""
    kinds: dict[str, list[dict[str, Any]]] = {}
    for one in (await visit.desk.get("/roles/summary"))["results"]:
        kinds.setdefault(one["dimension"], []).append(one)
    return kinds

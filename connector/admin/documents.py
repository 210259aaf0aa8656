"""Documents of a company: the list and one of them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.admin.desk import Desk, Query
from connector.admin.page import draw, go
from connector.admin.uploads import newest
from connector.admin.visit import Visit
from kit.errors import Invalid

_PAGE = 50


class Documents(Controller):
    """The texts that roles are assessed by."""

    path = "/c/{company:str}/documents"

    @get("/")
    async def show(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """The place to drop files, what came of the last ones, and the list."""
        wanted: Query = {
            "kind": visit.asked_all("kind"),
            "role_id": visit.asked("role_id"),
            "company_wide": visit.asked("company_wide"),
        }
        found = await visit.desk.get(
            "/documents", {**wanted, "limit": _PAGE, "cursor": visit.asked("cursor")}
        )
        chosen = {key: value for key, value in wanted.items() if value}
        return draw(
            visit,
            "documents.html",
            documents=found["results"],
            next=found["next_cursor"],
            wanted=chosen,
            query=urlencode(chosen, doseq=True),
            **await newest(visit),
        )

    @get("/{document_id:str}")
    async def one(self, visit: NamedDependency[Visit], document_id: FromPath[str]) -> Response[Any]:
        """Its text, and its other versions."""
        document = await visit.desk.get(f"/documents/{document_id}")
        whose: Query = {"role_id": document["role_id"], "company_wide": document["role_id"] is None}
        role = await visit.desk.get(f"/roles/{document['role_id']}") if document["role_id"] else None
        found = await visit.desk.get("/documents", {**whose, "all": True, "limit": 200})
        place = (document["kind"], document["title"])
        versions = [one for one in found["results"] if (one["kind"], one["title"]) == place]
        return draw(
            visit,
            "document.html",
            document=document,
            role=role,
            versions=versions[::-1],
            quality=await visit.desk.get(f"/documents/{document_id}/quality"),
        )

    @post("/{document_id:str}/acknowledge")
    async def acknowledge(self, visit: NamedDependency[Visit], document_id: FromPath[str]) -> Response[Any]:
        """Somebody saw the warnings and knows why they do not matter."""
        seen = {"codes": visit.fields("code"), "note": visit.field("note")}
        await visit.desk.send("POST", f"/documents/{document_id}/acknowledge", seen)
        return go(visit, f"{visit.home}/documents/{document_id}")

    @post("/{document_id:str}/link")
    async def link(self, visit: NamedDependency[Visit], document_id: FromPath[str]) -> Response[Any]:
        """Give the same text to another role too."""
        document = await visit.desk.get(f"/documents/{document_id}")
        role = await _role(visit.desk, visit.field("code"))
        given = {name: document[name] for name in ("kind", "title", "text")}
        made = await visit.desk.send("POST", "/documents", {**given, "role_id": role["id"]})
        return go(visit, f"{visit.home}/documents/{made['id']}")

    @post("/{document_id:str}/retire")
    async def retire(self, visit: NamedDependency[Visit], document_id: FromPath[str]) -> Response[Any]:
        """Take it away from its role; it stays readable."""
        await visit.desk.send("DELETE", f"/documents/{document_id}")
        return go(visit, f"{visit.home}/documents/{document_id}")


async def _role(desk: Desk, named: str) -> dict[str, Any]:
    """The role whose code stands in a name, or whose title it is. Invalid when it is none or several."""
    wanted = " ".join(named.split())
    for part in sorted({wanted, *re.findall(r"[\w-]{2,}", wanted)}, key=len, reverse=True)[:12]:
        found = (await desk.get("/roles", {"q": part, "limit": 50}))["results"]
        own = [
            role
            for role in found
            if part.casefold() in ((role["code"] or "").casefold(), role["title"].casefold())
        ]
        if len(own) == 1:
            return dict(own[0])
    raise Invalid(f"No role is meant by {wanted[:80]!r}: put its code into the name, or name it in the form.")

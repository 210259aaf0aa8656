"""Taxonomies: what roles are mapped to, a company's own among them, and what mapping anew would change."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency

from connector.admin.page import draw, go
from connector.admin.visit import Visit
from kit.errors import FieldError, Invalid

_STAGE = "map_draup_role"
_MEDIA = {".zip": "application/zip", ".csv": "text/csv"}


class Taxonomies(Controller):
    """In use and replaced."""

    path = "/c/{company:str}/taxonomies"

    @get("/")
    async def show(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Newest first, the bundled one last."""
        return draw(visit, "taxonomies.html", taxonomies=await visit.desk.get("/taxonomies"))

    @post("/")
    async def upload(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """One of the company's own, from a file."""
        file = visit.form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            raise Invalid("No file was chosen.", errors=[FieldError("file", "is empty")])
        ending = file.filename[file.filename.rfind(".") :].lower()
        await visit.desk.send(
            "POST",
            "/taxonomies/import",
            await file.read(),
            {name: visit.field(name) for name in ("kind", "name", "version")},
            _MEDIA.get(ending, "text/tab-separated-values"),
        )
        return go(visit, f"{visit.home}/taxonomies")

    @get("/plan")
    async def plan(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Which roles would be linked to another standard role, and what that takes."""
        return draw(visit, "remapping.html", plan=await visit.desk.get("/taxonomies/plan"))

    @post("/plan")
    async def remap(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Map those roles anew; what depends on the link follows."""
        wish = {"ids": visit.fields("id"), "stages": [_STAGE]}
        batch = await visit.desk.send("POST", "/pushes", wish)
        return go(visit, f"{visit.home}/batches/{batch['id']}")

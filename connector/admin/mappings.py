"""Mappings: every source with its versions; drafts begun, thrown away, from a file; changes taken back."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.admin.page import draw, go
from connector.admin.role import file
from connector.admin.visit import Visit


class Mappings(Controller):
    """Every source with its versions."""

    path = "/c/{company:str}/mappings"

    @get("/")
    async def show(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """What is in use, what is being edited, what was before."""
        sources = (await visit.desk.get("/mappings"))["results"]
        drift = {
            one["source"]: (await visit.desk.get(f"/mappings/{one['source']}/drift"))["results"]
            for one in sources
        }
        plans = (await visit.desk.get("/plans"))["results"]
        return draw(visit, "mappings.html", sources=sources, drift=drift, plans=plans)

    @post("/{source:str}/begin")
    async def begin(self, visit: NamedDependency[Visit], source: FromPath[str]) -> Response[Any]:
        """A draft that begins as the published version."""
        await visit.desk.send("PUT", f"/mappings/{source}/draft", {"edit": 0})
        return go(visit, f"{visit.home}/mappings/{source}")

    @post("/{source:str}/take-back")
    async def take_back(self, visit: NamedDependency[Visit], source: FromPath[str]) -> Response[Any]:
        """Read payloads with an older version again."""
        wish = {"version": int(visit.field("version", "0")), "plan": visit.field("plan") == "1"}
        made = await visit.desk.send("POST", f"/mappings/{source}/publish", wish)
        return go(visit, after_publishing(visit, made))

    @post("/{source:str}/discard")
    async def discard(self, visit: NamedDependency[Visit], source: FromPath[str]) -> Response[Any]:
        """The draft goes; what is published stays."""
        await visit.desk.send("DELETE", f"/mappings/{source}/draft", query={"edit": visit.asked("edit", "0")})
        return go(visit, f"{visit.home}/mappings")

    @get("/{source:str}/{version:str}/file")
    async def export(
        self, visit: NamedDependency[Visit], source: FromPath[str], version: FromPath[str]
    ) -> Response[bytes]:
        """One version, to be kept or taken to another company."""
        _, content = await visit.desk.raw(f"/mappings/{source}/versions/{version}/file")
        return file(content, f"{source}-mapping-{version}.json", "application/json")

    @post("/{source:str}/import")
    async def take_file(self, visit: NamedDependency[Visit], source: FromPath[str]) -> Response[Any]:
        """A file becomes the draft."""
        upload = visit.form.get("file")
        content = await upload.read() if isinstance(upload, UploadFile) else b""
        query = {"edit": visit.field("edit", "0")}
        await visit.desk.send("POST", f"/mappings/{source}/import", content, {**query})
        return go(visit, f"{visit.home}/mappings/{source}")


def after_publishing(visit: Visit, made: dict[str, Any]) -> str:
    """The plan that was asked for, else the mappings."""
    return f"{visit.home}/plans/{made['plan_id']}" if made["plan_id"] else f"{visit.home}/mappings"

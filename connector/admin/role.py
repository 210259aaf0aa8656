"""One role: its profile and documents, its runs, and what was found about it."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.admin import evidence
from connector.admin.page import draw, go
from connector.admin.visit import Visit
from kit.errors import Refused

_TEXTS = 5


class Role(Controller):
    """Everything about one role on one page."""

    path = "/c/{company:str}/roles/{role_id:str}"

    @get("/")
    async def show(self, visit: NamedDependency[Visit], role_id: FromPath[str]) -> Response[Any]:
        """Profile, run by stage, assessment with its evidence, documents."""
        desk = visit.desk
        role = await desk.get(f"/roles/{role_id}")
        runs = (await desk.get("/runs", {"role_id": role_id, "limit": 20}))["results"]
        run = await desk.get(f"/runs/{runs[0]['id']}", {"detail": "stages"}) if runs else None
        assessment = await _assessment(visit, role_id)
        return draw(
            visit,
            "role.html",
            role=role,
            run=run,
            runs=runs[1:],
            assessment=assessment,
            texts=await _marked(visit, role, assessment),
            tasks=evidence.tasks(assessment),
        )

    @get("/json")
    async def download(self, visit: NamedDependency[Visit], role_id: FromPath[str]) -> Response[bytes]:
        """Role and assessment as the API has them."""
        role = await visit.desk.get(f"/roles/{role_id}")
        whole = {"role": role, "assessment": await _assessment(visit, role_id)}
        return file(msgspec.json.encode(whole), f"{role_id}.json", "application/json")

    @post("/push")
    async def push(self, visit: NamedDependency[Visit], role_id: FromPath[str]) -> Response[Any]:
        """Run all stages, or the ticked ones again."""
        wish = {"stages": visit.fields("stage"), "cascade": bool(visit.field("cascade"))}
        run = await visit.desk.send("POST", f"/roles/{role_id}/push", wish)
        return go(visit, f"{visit.home}/runs/{run['id']}")

    @post("/archive")
    async def archive(self, visit: NamedDependency[Visit], role_id: FromPath[str]) -> Response[Any]:
        """Take it out of use; nothing is deleted."""
        await visit.desk.send("POST", f"/roles/{role_id}/archive")
        return go(visit, f"{visit.home}/roles/{role_id}")

    @post("/restore")
    async def restore(self, visit: NamedDependency[Visit], role_id: FromPath[str]) -> Response[Any]:
        """Bring it back."""
        await visit.desk.send("POST", f"/roles/{role_id}/restore")
        return go(visit, f"{visit.home}/roles/{role_id}")

    @post("/documents")
    async def add_document(self, visit: NamedDependency[Visit], role_id: FromPath[str]) -> Response[Any]:
        """A text by hand; one of the same kind and title is replaced by it."""
        given = {name: visit.field(name) for name in ("kind", "title", "text")}
        await visit.desk.send("POST", "/documents", {**given, "role_id": role_id})
        return go(visit, f"{visit.home}/roles/{role_id}#documents")


def file(content: bytes, name: str, kind: str) -> Response[bytes]:
    """Bytes to be saved under a name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=kind, headers=headers)


async def _assessment(visit: Visit, role_id: str) -> dict[str, Any] | None:
    """The whole assessment, None while nothing is published."""
    try:
        found: dict[str, Any] = await visit.desk.get(f"/assessments/{role_id}")
    except Refused as refused:
        if refused.status == 404:
            return None
        raise
    return found


async def _marked(
    visit: Visit, role: dict[str, Any], assessment: dict[str, Any] | None
) -> list[tuple[dict[str, Any], Any]]:
    """The role's documents, each with its text in which tasks and evidence are marked."""
    documents = [await visit.desk.get(f"/documents/{one['id']}") for one in role["documents"][:_TEXTS]]
    found = evidence.tasks(assessment)
    return [(one, evidence.marked(one["id"], one["text"], found)) for one in documents]

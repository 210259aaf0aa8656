"""Files on the page: given one by one or many at once, what came of each, and whose it is where asked."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.admin.desk import Desk, Query
from connector.admin.page import draw, go
from connector.admin.visit import Visit
from kit.errors import FieldError, Invalid, Refused, TooLarge

MOST_FILES = 500
_NEWEST = 20
_PART = 10_000_000
_BYTES = "application/octet-stream"


class Uploads(Controller):
    """The way of a file to its roles."""

    path = "/c/{company:str}/documents"

    @post("/")
    async def upload(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Each file on its own: what is wrong with one does not keep the others. Sent by script, a file at a
        time, the answer is its row; sent as a whole form, the page with all of them."""
        files = [one for one in visit.form.getall("file", []) if isinstance(one, UploadFile) and one.filename]
        if not files:
            raise Invalid("No file was chosen.", errors=[FieldError("file", "is empty")])
        if len(files) > MOST_FILES:
            raise TooLarge(f"These are {len(files)} files; {MOST_FILES} go in one upload.")
        rows = [await _give(visit, one, _wish(visit)) for one in files]
        template = "part/upload_rows.html" if visit.partial else "uploads.html"
        return draw(visit, template, rows=rows, whole=None)

    @post("/{document_id:str}/replace")
    async def replace(self, visit: NamedDependency[Visit], document_id: FromPath[str]) -> Response[Any]:
        """The next version of a document, from a file."""
        files = [one for one in visit.form.getall("file", []) if isinstance(one, UploadFile) and one.filename]
        if len(files) != 1:
            raise Invalid("Choose one file.", errors=[FieldError("file", "is empty")])
        row = await _send(visit.desk, files[0].filename, await files[0].read(), {"replaces": document_id})
        return go(visit, f"{visit.home}/documents/{row['documents'][0]['document_id']}")

    @get("/uploads/{upload_id:str}")
    async def one(self, visit: NamedDependency[Visit], upload_id: FromPath[str]) -> Response[Any]:
        """The files of a ZIP; a file by itself is a list of one."""
        whole = await visit.desk.get(f"/uploads/{upload_id}")
        rows = [whole]
        if whole["status"] == "unpacked":
            rows = (await visit.desk.get("/uploads", {"parent_id": upload_id, "limit": MOST_FILES}))[
                "results"
            ]
        return draw(visit, "uploads.html", rows=rows, whole=whole)

    @get("/uploads/{upload_id:str}/row")
    async def row(self, visit: NamedDependency[Visit], upload_id: FromPath[str]) -> Response[Any]:
        """The row of a ZIP anew, while its files are being read."""
        return draw(visit, "part/upload_rows.html", rows=[await visit.desk.get(f"/uploads/{upload_id}")])

    @get("/uploads/{upload_id:str}/count")
    async def count(self, visit: NamedDependency[Visit], upload_id: FromPath[str]) -> Response[Any]:
        """How many files of a ZIP are read: what people fill in beside it stays as it is."""
        return draw(visit, "part/upload_count.html", whole=await visit.desk.get(f"/uploads/{upload_id}"))

    @post("/uploads/{upload_id:str}/link")
    async def link(self, visit: NamedDependency[Visit], upload_id: FromPath[str]) -> Response[Any]:
        """Whose the file is: the ticked roles, the one that was named, or the company."""
        given = {
            "role_id": visit.fields("role_id"),
            "role": visit.field("code"),
            "company_wide": bool(visit.field("company_wide")),
            "kind": visit.field("kind") or None,
        }
        row = await visit.desk.send("POST", f"/uploads/{upload_id}/link", given)
        if visit.partial:
            return draw(visit, "part/upload_rows.html", rows=[row])
        return go(visit, f"{visit.home}/documents")

    @post("/uploads/{upload_id:str}/drop")
    async def drop(self, visit: NamedDependency[Visit], upload_id: FromPath[str]) -> Response[Any]:
        """Nobody needs it any more; documents that were made of it stay."""
        await visit.desk.send("DELETE", f"/uploads/{upload_id}")
        return go(visit, f"{visit.home}/documents")


async def newest(visit: Visit) -> dict[str, Any]:
    """What the page shows of uploads: `asked` need a person, `rows` came last."""
    asked = (await visit.desk.get("/uploads", {"status": ["asks"], "members": True, "limit": _NEWEST}))[
        "results"
    ]
    rows = (await visit.desk.get("/uploads", {"limit": _NEWEST}))["results"]
    known = {one["id"] for one in asked}
    return {"asked": asked, "rows": [one for one in rows if one["id"] not in known]}


def _wish(visit: Visit) -> Query:
    """What the form says of all its files."""
    return {
        "kind": visit.field("kind"),
        "role": visit.field("code"),
        "company_wide": bool(visit.field("company_wide")),
    }


async def _give(visit: Visit, upload: UploadFile, wish: Query) -> dict[str, Any]:
    """The row of a file, also of one that was refused. Raises Refused for whoever may not give files."""
    try:
        return await _send(visit.desk, upload.filename, await upload.read(), wish)
    except Refused as refused:
        if refused.status == 403:
            raise
        if "upload_id" in refused.extra:
            row: dict[str, Any] = await visit.desk.get(f"/uploads/{refused.extra['upload_id']}")
            return row
        problem = {"code": refused.code, "says": refused.detail}
        return {"name": upload.filename, "status": "refused", "problem": problem}


async def _send(desk: Desk, name: str, content: bytes, wish: Query) -> dict[str, Any]:
    """Give a file to the API, a large one in parts."""
    found: dict[str, Any]
    if len(content) <= _PART:
        found = await desk.send("POST", "/documents/files", content, {**wish, "name": name}, _BYTES)
        return found
    begun = await desk.send("POST", "/uploads", {**wish, "name": name})
    path = f"/uploads/{begun['id']}"
    for first in range(0, len(content), _PART):
        part = content[first : first + _PART]
        said = {"content-range": f"bytes {first}-{first + len(part) - 1}/{len(content)}"}
        await desk.send("PUT", f"{path}/bytes", part, kind=_BYTES, headers=said)
    found = await desk.send("POST", f"{path}/commit")
    return found

"""Documents of a company: the list, one of them, and many at once from files."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.admin.desk import Desk, Query
from connector.admin.page import draw, go
from connector.admin.visit import Visit
from kit.errors import FieldError, Invalid, Refused, TooLarge

MOST_FILES = 500
_PAGE = 50
_TEXT = (".txt", ".md", ".text")
_HTML = (".html", ".htm")
_KINDS = (("process_map", ("process map", "process-map", "process_map", "bpmn")), ("sop", ("sop",)))


class Outcome(msgspec.Struct, frozen=True):
    """What became of one file."""

    name: str
    good: bool
    says: str
    role_id: str = ""


class Documents(Controller):
    """The texts that roles are assessed by."""

    path = "/c/{company:str}/documents"

    @get("/")
    async def show(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """The list, and the place to drop files."""
        return await _page(visit)

    @post("/")
    async def upload(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Each file goes to the role that its name tells, or to the one that was named."""
        files = [one for one in visit.form.getall("file", []) if isinstance(one, UploadFile) and one.filename]
        if not files:
            raise Invalid("No file was chosen.", errors=[FieldError("file", "is empty")])
        if len(files) > MOST_FILES:
            raise TooLarge(f"These are {len(files)} files; {MOST_FILES} go in one upload.")
        outcomes = [await _take(visit, one) for one in files]
        return await _page(visit, outcomes)

    @get("/{document_id:str}")
    async def one(self, visit: NamedDependency[Visit], document_id: FromPath[str]) -> Response[Any]:
        """Its text, and its other versions."""
        document = await visit.desk.get(f"/documents/{document_id}")
        role = await visit.desk.get(f"/roles/{document['role_id']}")
        found = await visit.desk.get("/documents", {"role_id": role["id"], "all": True, "limit": 200})
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


async def _page(visit: Visit, outcomes: list[Outcome] | None = None) -> Response[Any]:
    wanted: Query = {"kind": visit.asked_all("kind"), "role_id": visit.asked("role_id")}
    found = await visit.desk.get("/documents", {**wanted, "limit": _PAGE, "cursor": visit.asked("cursor")})
    chosen = {key: value for key, value in wanted.items() if value}
    return draw(
        visit,
        "documents.html",
        documents=found["results"],
        next=found["next_cursor"],
        wanted=chosen,
        query=urlencode(chosen, doseq=True),
        outcomes=outcomes or [],
    )


async def _take(visit: Visit, upload: UploadFile) -> Outcome:
    name = upload.filename[:200]
    try:
        role = await _role(visit.desk, visit.field("code") or name.rpartition(".")[0])
        body = {
            "role_id": role["id"],
            "kind": visit.field("kind") or _kind(name),
            "title": name.rpartition(".")[0],
            **_read(name, await upload.read()),
        }
        await visit.desk.send("POST", "/documents", body)
    except Refused as refused:
        return Outcome(name, False, refused.detail)
    return Outcome(name, True, f"{body['kind'].replace('_', ' ')} of {role['title']}", role["id"])


def _read(name: str, content: bytes) -> dict[str, str]:
    """The file's text for the API. Raises Invalid for what is no text."""
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise _unread() from exc
    if "\x00" in text or ending not in (*_TEXT, *_HTML):
        raise _unread()
    return {"html": text} if ending in _HTML else {"text": text}


def _unread() -> Invalid:
    return Invalid("This is no text file in UTF-8; TXT, MD and HTML are read here.")


def _kind(name: str) -> str:
    lower = name.lower()
    return next((kind for kind, signs in _KINDS if any(sign in lower for sign in signs)), "job_description")


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

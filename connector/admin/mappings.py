"""Mappings: rules of a source, edited beside a real payload, tried, published knowing what changes."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.admin.page import draw, go
from connector.admin.role import file
from connector.admin.visit import Visit
from kit.errors import Action, FieldError, Invalid, Refused

_NEW_ROWS = 2


class Mappings(Controller):
    """Every source with its versions, and the editor of one."""

    path = "/c/{company:str}/mappings"

    @get("/")
    async def show(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """What is in use, what is being edited, what was before."""
        sources = (await visit.desk.get("/mappings"))["results"]
        drift = {
            one["source"]: (await visit.desk.get(f"/mappings/{one['source']}/drift"))["results"]
            for one in sources
        }
        return draw(visit, "mappings.html", sources=sources, drift=drift)

    @post("/{source:str}/begin")
    async def begin(self, visit: NamedDependency[Visit], source: FromPath[str]) -> Response[Any]:
        """A draft that begins as the published version."""
        await visit.desk.send("PUT", f"/mappings/{source}/draft", {"edit": 0})
        return go(visit, f"{visit.home}/mappings/{source}")

    @get("/{source:str}")
    async def edit(self, visit: NamedDependency[Visit], source: FromPath[str]) -> Response[Any]:
        """The draft beside a payload."""
        draft = await visit.desk.get(f"/mappings/{source}/draft")
        return await _editor(visit, source, draft)

    @post("/{source:str}")
    async def save(self, visit: NamedDependency[Visit], source: FromPath[str]) -> Response[Any]:
        """Keep the draft. When somebody else was quicker, nothing is lost: both are shown."""
        mine = {"edit": int(visit.field("edit", "0") or 0), "note": visit.field("note")}
        mapping = _rules(visit, source)
        try:
            await visit.desk.send("PUT", f"/mappings/{source}/draft", {**mine, "mapping": mapping})
        except Refused as refused:
            if "difference" not in refused.extra:
                raise
            draft = {**(await visit.desk.get(f"/mappings/{source}/draft")), "mapping": mapping}
            return await _editor(visit, source, draft, theirs=refused)
        return go(visit, f"{visit.home}/mappings/{source}")

    @post("/{source:str}/preview")
    async def preview(self, visit: NamedDependency[Visit], source: FromPath[str]) -> Response[Any]:
        """What the rules in the form make of the chosen payload, as production would."""
        wish = {
            "mapping": _rules(visit, source),
            "item": int(visit.field("item", "0") or 0),
            **_payload(visit),
        }
        seen = await visit.desk.send("POST", f"/mappings/{source}/preview", wish)
        return draw(visit, "part/preview.html", seen=seen)

    @post("/{source:str}/propose")
    async def propose(self, visit: NamedDependency[Visit], source: FromPath[str]) -> Response[Any]:
        """Rules that the chosen payload suggests, each with its reason."""
        found = await visit.desk.send("POST", f"/mappings/{source}/propose", _payload(visit))
        return draw(visit, "part/proposals.html", found=found)

    @post("/{source:str}/impact")
    async def impact(self, visit: NamedDependency[Visit], source: FromPath[str]) -> Response[Any]:
        """What publishing the rules in the form would change."""
        wish = {"mapping": _rules(visit, source)}
        found = await visit.desk.send("POST", f"/mappings/{source}/impact", wish)
        return draw(visit, "part/impact.html", impact=found)

    @post("/{source:str}/publish")
    async def publish(self, visit: NamedDependency[Visit], source: FromPath[str]) -> Response[Any]:
        """From now on; an older version is how one is taken back."""
        wish = {
            "version": int(visit.field("version", "0")),
            "edit": int(visit.field("edit")) if visit.field("edit") else None,
            "push": visit.field("push") == "1",
        }
        await visit.desk.send("POST", f"/mappings/{source}/publish", wish)
        return go(visit, f"{visit.home}/mappings")

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


async def _editor(
    visit: Visit, source: str, draft: dict[str, Any], theirs: Refused | None = None
) -> Response[Any]:
    desk = visit.desk
    events = await desk.get("/source-events", {"source": [source], "limit": 20})
    return draw(
        visit,
        "mapping.html",
        source=source,
        draft=draft,
        rules=[("role", rule) for rule in draft["mapping"]["role"]]
        + [("documents", rule) for rule in draft["mapping"].get("documents", [])],
        new_rows=_NEW_ROWS,
        theirs=theirs,
        vocabulary=await desk.get("/mappings/vocabulary"),
        samples=(await desk.get(f"/mappings/{source}/samples"))["results"],
        events=[one for one in events["results"] if one["kept"]],
    )


def _payload(visit: Visit) -> dict[str, str]:
    """What the rules are tried on: a bundled sample, something that came in, or something pasted."""
    if visit.field("payload"):
        return {"payload": visit.field("payload")}
    kind, _, name = visit.field("on").partition(":")
    return {"source_event_id" if kind == "event" else "sample": name}


def _rules(visit: Visit, source: str) -> dict[str, Any]:
    """The mapping that the rows of the form are; a row without a target is none. Raises Invalid naming the
    row whose steps are no JSON."""
    columns = ("part", "target", "source", "transforms", "required", "heading", "rule_note")
    rows = zip(*(visit.form.getall(name, []) for name in columns), strict=False)
    rules: dict[str, list[dict[str, Any]]] = {"role": [], "documents": []}
    for number, row in enumerate(rows, start=1):
        part, target, expression, steps, required, heading, note = (str(cell).strip() for cell in row)
        if not target:
            continue
        rule: dict[str, Any] = {"target": target, "source": expression, "required": required == "yes"}
        given = {"transforms": _steps(steps, number, target), "heading": heading, "note": note}
        rules.get(part, rules["role"]).append(rule | {key: value for key, value in given.items() if value})
    version = int(visit.field("version", "0") or 0)
    return {"source": source, "version": version, "name": visit.field("name") or source, **rules}


def _steps(text: str, number: int, target: str) -> list[Any]:
    """`trim, date` or JSON with arguments."""
    if not text:
        return []
    if not text.startswith("["):
        return [{"name": name.strip()} for name in text.split(",") if name.strip()]
    try:
        return msgspec.json.decode(text, type=list[Any])
    except msgspec.DecodeError as exc:
        message = f"The steps of row {number} ({target[:40]}) are no JSON: {str(exc)[:80]}"
        raise Invalid(
            message,
            errors=[FieldError(target, message)],
            action=Action("Write names with commas between, or a JSON list of name and args."),
        ) from exc

"""The editor of a mapping: source, rules and result side by side, tried as it is written."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.admin import mapping_form as rows_of
from connector.admin.mapping_form import Row
from connector.admin.mapping_moves import moved
from connector.admin.mappings import after_publishing
from connector.admin.page import draw, go
from connector.admin.source_tree import tree
from connector.admin.visit import Visit
from kit.errors import Refused
from mappings.vocabulary import vocabulary

_WRONG = (404, 409, 422)
"""What the person who edits can put right; whatever else is refused is told as on every screen."""

_MOST_OF_A_PLACE = 9  # digits: no payload holds that many job profiles


class MappingEditor(Controller):
    """One draft."""

    path = "/c/{company:str}/mappings/{source:str}"

    @get("/")
    async def edit(self, visit: NamedDependency[Visit], source: FromPath[str]) -> Response[Any]:
        """The draft beside a payload; without one the way goes on to where it is begun."""
        try:
            draft = await visit.desk.get(f"/mappings/{source}/draft")
        except Refused as refused:
            if refused.code != "no_draft":
                raise
            return go(visit, f"{visit.home}/mappings")
        return await _editor(visit, source, draft, [*rows_of.of_mapping(draft["mapping"]), Row(part="role")])

    @post("/rules")
    async def change(self, visit: NamedDependency[Visit], source: FromPath[str]) -> Response[Any]:
        """The rules after one button: a row more or less, moved, or with another step. Nothing is saved."""
        rows, focus = moved(rows_of.read(visit.form), visit.field("do"), visit.form)
        answer = draw(visit, "part/rules.html", **_shown(source, rows), focus=focus)
        answer.headers["HX-Trigger-After-Settle"] = "rules-changed"
        return answer

    @post("/preview")
    async def preview(self, visit: NamedDependency[Visit], source: FromPath[str]) -> Response[Any]:
        """What the rules in the form make of the chosen payload, as production would."""
        rows = rows_of.read(visit.form)
        shown = {**_shown(source, rows), "seen": None, "nodes": [], "payload_fault": None}
        faults = rows_of.unfinished(rows)
        wish = {"mapping": _mapping(visit, source, rows), "item": _place(visit), **_payload(visit)}
        try:
            shown["seen"] = await visit.desk.send("POST", f"/mappings/{source}/preview", wish)
            shown["nodes"] = tree(shown["seen"]["tree"])
        except Refused as refused:
            if refused.status not in _WRONG:
                raise
            if refused.code == "mapping_invalid":
                found, shown["others"] = rows_of.by_row(rows, list(refused.errors))
                faults = {**faults, **found}
            else:
                shown["payload_fault"] = refused
        newer = (await visit.desk.get(f"/mappings/{source}"))["draft"]
        mine = visit.field("edit", "0")
        late = newer if newer and str(newer["edit"]) != mine else None
        return draw(visit, "part/preview.html", **{**shown, "faults": faults, "late": late})

    @post("/propose")
    async def propose(self, visit: NamedDependency[Visit], source: FromPath[str]) -> Response[Any]:
        """Rules that the chosen payload suggests, each with its reason."""
        found = await visit.desk.send("POST", f"/mappings/{source}/propose", _payload(visit))
        return draw(visit, "part/proposals.html", found=found, source=source)

    @post("/impact")
    async def impact(self, visit: NamedDependency[Visit], source: FromPath[str]) -> Response[Any]:
        """What publishing the rules in the form would change, and the choice of publishing them."""
        wish = {"mapping": _mapping(visit, source, rows_of.read(visit.form))}
        found = await visit.desk.send("POST", f"/mappings/{source}/impact", wish)
        return draw(visit, "part/impact.html", impact=found, source=source)

    @post("/")
    async def save(self, visit: NamedDependency[Visit], source: FromPath[str]) -> Response[Any]:
        """Keep the draft. What is wrong, or was changed by somebody else, is shown; nothing is lost."""
        rows = rows_of.read(visit.form)
        try:
            await _keep(visit, source, rows)
        except Refused as refused:
            return await _again(visit, source, rows, refused)
        tried = urlencode({"on": visit.field("on"), "item": visit.field("item", "1")})
        return go(visit, f"{visit.home}/mappings/{source}?{tried}")

    @post("/publish")
    async def publish(self, visit: NamedDependency[Visit], source: FromPath[str]) -> Response[Any]:
        """Keep what is in the form, and read payloads with it from now on."""
        rows = rows_of.read(visit.form)
        try:
            kept = await _keep(visit, source, rows)
            wish = {
                "version": kept["version"],
                "edit": kept["edit"],
                "plan": visit.field("then") == "plan",
            }
            made = await visit.desk.send("POST", f"/mappings/{source}/publish", wish)
        except Refused as refused:
            return await _again(visit, source, rows, refused)
        return go(visit, after_publishing(visit, made))


async def _keep(visit: Visit, source: str, rows: list[Row]) -> Any:
    """The draft with the rows of the form as its rules. Raises Refused."""
    open_rows = rows_of.unfinished(rows)
    if open_rows:
        raise Unfinished(open_rows)
    wish = {
        "edit": visit.field("edit", "0"),
        "note": visit.field("note"),
        "mapping": _mapping(visit, source, rows),
    }
    return await visit.desk.send("PUT", f"/mappings/{source}/draft", wish)


class Unfinished(Refused):
    """Rows that are no rules yet."""

    status, code, title = 422, "rules_unfinished", "Rules not finished"

    def __init__(self, rows: dict[int, list[str]]) -> None:
        super().__init__("Some rules are not finished; each says what it needs.")
        self.rows = rows


async def _again(visit: Visit, source: str, rows: list[Row], refused: Refused) -> Response[Any]:
    """The editor with what the person wrote, and what stands against saving it."""
    if refused.status not in _WRONG:
        raise refused
    stands = await visit.desk.get(f"/mappings/{source}")
    if stands["draft"]:
        draft = await visit.desk.get(f"/mappings/{source}/draft")
    else:
        version = stands["versions"][0]["version"] + 1
        draft = {**stands["published"], "version": version, "differences": [], "mapping": {}}
    faults, others = rows_of.by_row(rows, list(refused.errors))
    if isinstance(refused, Unfinished):
        faults = refused.rows
    draft |= {"edit": refused.extra.get("edit", visit.field("edit", "0")), "note": visit.field("note")}
    return await _editor(visit, source, draft, rows, refused=refused, faults=faults, others=others)


async def _editor(
    visit: Visit,
    source: str,
    draft: dict[str, Any],
    rows: list[Row],
    *,
    refused: Refused | None = None,
    faults: dict[int, list[str]] | None = None,
    others: list[str] | None = None,
) -> Response[Any]:
    desk = visit.desk
    events: list[dict[str, Any]] = []
    if desk.may("source_events:read"):
        events = (await desk.get("/source-events", {"source": [source], "limit": 20}))["results"]
    return draw(
        visit,
        "mapping.html",
        **{**_shown(source, rows), "faults": faults or {}, "others": others or []},
        draft=draft,
        refused=refused,
        on=visit.field("on") or visit.asked("on"),
        item=visit.field("item") or visit.asked("item", "1"),
        payload=visit.field("payload"),
        samples=(await desk.get(f"/mappings/{source}/samples"))["results"],
        events=[one for one in events if one["kept"] and one["accepted"]],
    )


def _shown(source: str, rows: list[Row]) -> dict[str, Any]:
    """What the rules are drawn from."""
    return {
        "source": source,
        "rows": rows,
        "words_of": vocabulary(),
        "boxes": rows_of.boxes,
        "faults": {},
        "others": [],
    }


def _payload(visit: Visit) -> dict[str, str]:
    """What the rules are tried on: a bundled sample, something that came in, or something pasted."""
    if visit.field("payload"):
        return {"payload": visit.field("payload")}
    kind, _, name = visit.field("on").partition(":")
    return {"source_event_id" if kind == "event" else "sample": name}


def _place(visit: Visit) -> int:
    """The job profile in the payload, which people count from 1."""
    return max(0, (rows_of.counted(visit.field("item", "1")[:_MOST_OF_A_PLACE]) or 1) - 1)


def _mapping(visit: Visit, source: str, rows: list[Row]) -> dict[str, Any]:
    return {"source": source, "name": visit.field("name") or source, **rows_of.rules(rows)}

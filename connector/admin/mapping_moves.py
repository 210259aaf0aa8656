"""What the buttons of the mapping editor do to its rows: add, remove, move, steps, a proposed rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from connector.admin.mapping_form import Row, counted, of_rule


def moved(rows: list[Row], do: str, form: Mapping[str, Any]) -> tuple[list[Row], str]:
    """The rows after one button, and the id of the field that has to do with it. A button that means
    nothing (a page that is out of date) changes nothing.

    `add role grade`, `add documents sop`, `remove 3`, `up 3`, `down 3`, `step 3`, `unstep 3 1` count rows
    from 0 as the form was drawn; `take {...}` puts a proposed rule in the place of the one for its target."""
    act, _, rest = do.partition(" ")
    words = rest.split()
    rows = list(rows)
    if act == "add":
        return _added(rows, words, form)
    if act == "take":
        return _taken(rows, rest)
    place = counted(words[0]) if words else None
    if place is None or place >= len(rows):
        return rows, ""
    if act == "remove":
        del rows[place]
        return rows, "add-role"
    if act in ("up", "down"):
        return _shifted(rows, place, -1 if act == "up" else 1), f"{act}-{place}"
    if act == "step":
        return _with_step(rows, place, str(form.get(f"r{place}-new", "")))
    if act == "unstep" and len(words) > 1:
        steps = [step for number, step in enumerate(rows[place].steps) if number != counted(words[1])]
        rows[place] = msgspec.structs.replace(rows[place], steps=steps)
        return rows, f"new-{place}"
    return rows, ""


def _added(rows: list[Row], words: list[str], form: Mapping[str, Any]) -> tuple[list[Row], str]:
    part = "documents" if words[:1] == ["documents"] else "role"
    target = words[1] if len(words) > 1 else str(form.get("new-kind", "")) if part == "documents" else ""
    place = _place_after(rows, part, target)
    rows.insert(place, Row(part=part, target=target))
    return rows, f"r{place}-source" if target else f"r{place}-target"


def _place_after(rows: list[Row], part: str, target: str) -> int:
    """Behind the last section of the same document, or the last row of the part."""
    same = [place for place, row in enumerate(rows) if row.part == part and row.target == target]
    parts = [place for place, row in enumerate(rows) if row.part == part]
    after = same if part == "documents" and same else parts
    return after[-1] + 1 if after else 0 if part == "role" else len(rows)


def _taken(rows: list[Row], text: str) -> tuple[list[Row], str]:
    try:
        given = msgspec.json.decode(text, type=dict[str, Any])
        row = of_rule("documents" if given.pop("where", "") == "documents" else "role", given)
    except (msgspec.DecodeError, TypeError):
        return rows, ""
    for place, one in enumerate(rows):
        if (one.part, one.target, one.heading) == (row.part, row.target, row.heading):
            rows[place] = row
            return rows, f"r{place}-source"
    place = _place_after(rows, row.part, row.target)
    rows.insert(place, row)
    return rows, f"r{place}-source"


def _shifted(rows: list[Row], place: int, by: int) -> list[Row]:
    """A section before or behind its neighbour in the same document."""
    row = rows[place]
    same = [n for n, one in enumerate(rows) if (one.part, one.target) == (row.part, row.target)]
    to = same.index(place) + by
    if 0 <= to < len(same):
        rows[place], rows[same[to]] = rows[same[to]], row
    return rows


def _with_step(rows: list[Row], place: int, name: str) -> tuple[list[Row], str]:
    if not name:
        return rows, f"new-{place}"
    steps = [*rows[place].steps, {"name": name}]
    rows[place] = msgspec.structs.replace(rows[place], steps=steps)
    return rows, f"r{place}-s{len(steps) - 1}"

"""The form of the mapping editor: rules as fields that a person fills in, and back, without JSON.

Row 3 has the fields `r3-part`, `r3-target`, `r3-source`, ..., its second step `r3-s1-name` and an argument of
that `r3-s1-a-separator`. What cannot be written as a line or lines is kept as JSON in `r3-s1-j-value`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from kit.errors import FieldError
from mappings.vocabulary import Argument, vocabulary

_ROW = re.compile(r"r(\d{1,4})-part")
_PLACE = re.compile(r"(role|documents)\[(\d+)\]")
_OWN = "attributes."
_MOST_STEPS = 20
_MOST_DIGITS = 15  # what every reader of JSON keeps exact
_ARROW = " = "
_ARGUMENTS = {one.name: one.arguments for one in vocabulary().transforms}


class Box(msgspec.Struct, frozen=True):
    """An argument as it stands in the form: `kind` says how it is asked for, `text` what stands there."""

    name: str
    kind: str
    text: str
    required: bool


class Row(msgspec.Struct, kw_only=True):
    """One rule as it is being edited; `target` may be empty still."""

    part: str
    target: str = ""
    source: str = ""
    steps: list[dict[str, Any]] = []
    required: bool = False
    heading: str = ""
    note: str = ""

    @property
    def blank(self) -> bool:
        """Whether nobody has written anything into it."""
        return not (self.source or self.steps or self.note or (self.part == "role" and self.target))

    @property
    def finished(self) -> bool:
        """Whether it says what is read and what that becomes."""
        return bool(self.target and (self.source or self.steps))

    def rule(self) -> dict[str, Any]:
        """The row as a mapping has it."""
        given = {"transforms": self.steps, "heading": self.heading, "note": self.note}
        plain = {"target": self.target, "source": self.source, "required": self.required}
        return plain | {name: value for name, value in given.items() if value}


def of_mapping(mapping: dict[str, Any]) -> list[Row]:
    """The rules of a mapping as rows, those of the role first."""
    return [of_rule(part, rule) for part in ("role", "documents") for rule in mapping.get(part) or ()]


def of_rule(part: str, rule: dict[str, Any]) -> Row:
    """One rule as a row."""
    plain = {name: value for name, value in rule.items() if name != "transforms"}
    return Row(part=part, steps=list(rule.get("transforms") or ()), **plain)


def read(form: Mapping[str, Any]) -> list[Row]:
    """The rows that a form holds, in the order of their numbers: a page draws the rows of one part together,
    so the last row of the role stands before those of the documents there."""
    numbers = sorted(int(found[1]) for name in form if (found := _ROW.fullmatch(name)))
    return [_row(form, f"r{number}") for number in numbers]


def rules(rows: list[Row]) -> dict[str, list[dict[str, Any]]]:
    """The rules that finished rows are."""
    return {
        part: [row.rule() for row in rows if row.part == part and row.finished]
        for part in ("role", "documents")
    }


def unfinished(rows: list[Row]) -> dict[int, list[str]]:
    """What a person has to choose yet, by the place of the row."""
    return {
        place: [
            "Choose what it becomes." if not row.target else "Give it a source: click a value of the source."
        ]
        for place, row in enumerate(rows)
        if not row.finished and not row.blank
    }


def by_row(rows: list[Row], errors: list[FieldError]) -> tuple[dict[int, list[str]], list[str]]:
    """Faults of rules (`role[3].source`) by the place of their row, and those that are about no row."""
    places = {
        part: [place for place, row in enumerate(rows) if row.part == part and row.finished]
        for part in ("role", "documents")
    }
    found: dict[int, list[str]] = {}
    others: list[str] = []
    for error in errors:
        at = _PLACE.match(error.field)
        if at and int(at[2]) < len(places[at[1]]):
            found.setdefault(places[at[1]][int(at[2])], []).append(error.message)
        else:
            others.append(error.message)
    return found, others


def counted(text: str) -> int | None:
    """The number that somebody wrote in digits, of which it may have 15; None for anything else."""
    text = text.strip()
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else None


def boxes(step: dict[str, Any]) -> list[Box]:
    """The arguments of a step as a form asks for them."""
    args = step.get("args") or {}
    return [_box(argument, args) for argument in _ARGUMENTS.get(step.get("name", ""), ())]


def _row(form: Mapping[str, Any], name: str) -> Row:
    target = _text(form, f"{name}-target").strip()
    if target == _OWN:
        own = _text(form, f"{name}-own").strip()
        target = _OWN + own if own else ""
    return Row(
        part="documents" if form.get(f"{name}-part") == "documents" else "role",
        target=target,
        source=_text(form, f"{name}-source").strip(),
        steps=list(_steps(form, name)),
        required=f"{name}-required" in form,
        heading=_text(form, f"{name}-heading").strip(),
        note=_text(form, f"{name}-note").strip(),
    )


def _steps(form: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = []
    for number in range(_MOST_STEPS):
        at = f"{name}-s{number}"
        step = _text(form, f"{at}-name")
        if not step:
            break
        args = {}
        for argument in _ARGUMENTS.get(step, ()):
            value = _argument(form, at, argument)
            if argument.required or value != argument.default:
                args[argument.name] = value
        found.append({"name": step, "args": args} if args else {"name": step})
    return found


def _argument(form: Mapping[str, Any], at: str, argument: Argument) -> Any:
    kept = form.get(f"{at}-j-{argument.name}")
    if isinstance(kept, str):
        try:
            return msgspec.json.decode(kept)
        except msgspec.DecodeError:
            return kept
    if argument.kind == "yes_no":
        return f"{at}-a-{argument.name}" in form
    return _value(argument.kind, _text(form, f"{at}-a-{argument.name}"))


def _value(kind: str, text: str) -> Any:
    """What somebody who writes this means."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if kind == "table":
        pairs = (line.partition("=") for line in lines)
        return {left.strip(): right.strip() for left, _, right in pairs}
    if kind == "expressions":
        return lines
    if kind == "number":
        number = counted(text)
        return text if number is None else number
    return text or None if kind == "value" else text


def _box(argument: Argument, args: dict[str, Any]) -> Box:
    value = args.get(argument.name, argument.default)
    kind: str = argument.kind
    if kind == "yes_no":
        return Box(argument.name, kind, "yes" if value else "", argument.required)
    text = _written(kind, value)
    if value is not None and (_value(kind, text) != value or (kind in ("text", "value") and "\n" in text)):
        kind, text = "json", msgspec.json.encode(value).decode()
    return Box(argument.name, kind, text, argument.required)


def _written(kind: str, value: Any) -> str:
    if kind == "table" and isinstance(value, dict):
        return "\n".join(f"{left}{_ARROW}{right}" for left, right in value.items())
    if kind == "expressions" and isinstance(value, list):
        return "\n".join(map(str, value))
    return "" if value is None else str(value)


def _text(form: Mapping[str, Any], name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""

"""One record of named columns: a report's row, a REST object, a recipe's own flat JSON.

A cell is a text, an object (a reference in any encoding, or a row of its own) or a list of them.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from adapters.model import Ref
from adapters.text import boolean, plain, storable
from adapters.workday.fields import Columns, comparable
from adapters.workday.references import is_wid, ref
from adapters.workday.tree import Node

_NAMES = frozenset(("name", "title", "descriptor", "text", "description", "value", "displayname"))
_LEVELS = ("level", "rating", "proficiency")
_CODES = ("id", "code")
_WIDS = ("wid", "workdayid")
_ROWS_FIRST = 1_000  # rows of their own say more than the same column as one text


class Row(msgspec.Struct, frozen=True):
    """A record's cells by canonical field, and those of columns that nobody knows."""

    cells: dict[str, list[Node]]
    other: dict[str, list[Node]]
    columns: Columns

    def text(self, field: str) -> str | None:
        """The first text of a field, without the space around it; None when it says nothing."""
        return next((text for node in self.cells.get(field, ()) if (text := node.text.strip())), None)

    def texts(self, field: str) -> list[str]:
        """Every text of a field. Workday joins many values with `; ` and does not escape it in them."""
        return [text for node in self.cells.get(field, ()) for text in split(node.text)]

    def objects(self, field: str) -> Iterator[Node]:
        """The cells of a field that are objects."""
        return (node for node in self.cells.get(field, ()) if node.children or node.attributes)


class Part(msgspec.Struct, frozen=True):
    """One thing that a cell names; `text` is its name as it was sent, with its lines."""

    ref: Ref
    text: str | None = None
    level: str | None = None
    required: bool | None = None


def row(record: Node, columns: Columns) -> Row:
    """The record's cells; of several columns for one field the first of the field map that says something."""
    ranked: dict[str, tuple[int, list[Node]]] = {}
    other: dict[str, list[Node]] = {}
    for column, nodes in record.children.items():
        full = [node for node in nodes if node.children or node.attributes or node.text.strip()]
        if not full:
            continue
        field, rank = _field(column, full, columns)
        if field is None:
            other[column] = full
        elif field not in ranked or rank < ranked[field][0]:
            ranked[field] = rank, full
    return Row({field: nodes for field, (_, nodes) in ranked.items()}, other, columns)


def _field(column: str, nodes: list[Node], columns: Columns) -> tuple[str | None, int]:
    rows = columns.rows(column)
    if rows is not None and any(node.children for node in nodes):
        return rows[0], rows[1] - _ROWS_FIRST
    return columns.find(column) or rows or (None, 0)


def split(text: str) -> list[str]:
    """The values of a text that may be a list."""
    return [part for part in (piece.strip() for piece in text.split("; ")) if part]


def parts(row: Row, field: str, kind: str, *, many: bool = True) -> list[Part]:
    """What the cells of `field` and of `field.code` name; `kind` is the type of their codes.

    Names and codes in two columns belong together only when there is one of each: which name has which
    code is not guessed from their places.
    """
    if field not in row.cells and f"{field}.code" not in row.cells:
        return []
    found = [
        made for node in row.objects(field) if (made := part(node, field, kind, row.columns)) is not None
    ]
    plainly = [node.text for node in row.cells.get(field, ()) if not node.children and not node.attributes]
    names = [name for text in plainly for name in (split(text) if many else [text.strip()])]
    codes = row.texts(f"{field}.code")
    if found:
        return found
    if len(codes) == len(names) == 1 or not many:
        return _single(codes, names, kind)
    if codes:
        return [Part(Ref(storable(code), None, {kind: storable(code)})) for code in codes]
    return [Part(Ref(None, plain(name))) for name in names]


def _single(codes: list[str], names: list[str], kind: str) -> list[Part]:
    code = storable(codes[0]) if codes else None
    name = plain(names[0]) if names else None
    return [Part(Ref(code, name, {kind: code} if code else {}))] if code or name else []


def part(node: Node, field: str, kind: str, columns: Columns) -> Part | None:
    """What one object names: a reference, or a row whose columns say name, code, level, required."""
    own = ref(node, kind)
    said: dict[str, str] = {}
    for column, nodes in node.children.items():
        role = _role(column, field, columns)
        if role is None or not nodes:
            continue
        inner = ref(nodes[0], kind) if nodes[0].children or nodes[0].attributes else None
        if inner is not None and role == "name":
            own = own or inner
        elif (text := nodes[0].text.strip()) and not (role == "code" and is_wid(text)):
            said.setdefault(role, storable(text))
    return _part(own or Ref(), said, kind)


def _part(own: Ref, said: dict[str, str], kind: str) -> Part | None:
    typed = {key: said[role] for role, key in (("wid", "WID"), ("code", kind)) if role in said}
    made = Ref(own.code or said.get("code"), own.name or plain(said.get("name")), own.ids | typed)
    if not made.ids and not made.name:
        return None
    return Part(made, said.get("name"), plain(said.get("level")), boolean(said.get("required")))


def _role(column: str, field: str, columns: Columns) -> str | None:
    """What a column of such a row says about the thing, told by its name."""
    name, found = comparable(column), columns.find(column)
    if column == "ID":  # typed ids, read with the reference
        return None
    if name == "required":
        return "required"
    if name.endswith(_WIDS):
        return "wid"
    if name in _NAMES or (found is not None and found[0] == field):
        return "name"
    if name.endswith(_CODES) and (name == "id" or found is None or found[0] in (f"{field}.code", "code")):
        return "code"
    return "level" if name.endswith(_LEVELS) else None

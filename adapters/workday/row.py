"""One record of named columns: a report's row, a REST object, a recipe's own flat JSON.

A cell is a text, an object (a reference in any encoding, or a row of its own) or a list of them.
"""

from __future__ import annotations

from typing import Any

import msgspec

from adapters.model import Ref
from adapters.text import boolean, plain, storable
from adapters.workday.fields import LONGEST, REMEMBERED, Columns, Roles, comparable
from adapters.workday.json_tree import CONTAINERS, as_cell, has_elements, scalar, what
from adapters.workday.json_tree import cells as json_cells
from adapters.workday.references import code_of, is_wid, plain_ids, ref
from adapters.workday.tree import Node

_NAMES = frozenset(("name", "title", "descriptor", "text", "description", "value", "displayname"))
_LEVELS = ("level", "rating", "proficiency")
_CODES = ("id", "code")
_WIDS = ("wid", "workdayid")
_ROWS_FIRST = 1_000  # rows of their own say more than the same column as one text


Cell = str | Node
"""What is in a column: a text, or an object."""


class Row(msgspec.Struct, frozen=True):
    """A record's cells by canonical field, and those of columns that nobody knows."""

    cells: dict[str, list[Cell]]
    other: dict[str, list[Cell]]
    columns: Columns

    def text(self, field: str) -> str | None:
        """The first text of a field, without the space around it; None when it says nothing."""
        for cell in self.cells.get(field, ()):
            if text := text_of(cell).strip():
                return text
        return None

    def texts(self, field: str) -> list[str]:
        """Every text of a field. Workday joins many values with `; ` and does not escape it in them."""
        return [text for cell in self.cells.get(field, ()) for text in split(text_of(cell))]

    def objects(self, field: str) -> list[Node]:
        """The cells of a field that are objects."""
        return [cell for cell in self.cells.get(field, ()) if not isinstance(cell, str)]


def text_of(cell: Cell) -> str:
    """The text of a cell, or of the element that it is."""
    return cell if isinstance(cell, str) else cell.text


class Part(msgspec.Struct, frozen=True):
    """One thing that a cell names; `text` is its name as it was sent, with its lines."""

    ref: Ref
    text: str | None = None
    level: str | None = None
    required: bool | None = None


def row(record: Node, columns: Columns) -> Row:
    """The record as a row."""
    return row_of(columns_of(record), columns)


def columns_of(record: Node) -> dict[str, list[Cell]]:
    """The columns of an object that say something, by their names."""
    if isinstance(record.held, dict):
        return json_cells(record)
    found = {
        name: [made for node in nodes for made in as_cell(node)] for name, nodes in record.children.items()
    }
    return {name: cells for name, cells in found.items() if cells}


def row_of(record: dict[str, list[Cell]], columns: Columns) -> Row:
    """A row of columns that say something. Of several for one field the first of the field map counts."""
    found: dict[str, list[Cell]] = {}
    ranks: dict[str, int] = {}
    other: dict[str, list[Cell]] = {}
    for column, cells in record.items():
        known = _field(column, cells, columns)
        if known is None:
            other[column] = cells
            continue
        field, rank = known
        if field not in found or rank < ranks[field]:
            found[field], ranks[field] = cells, rank
    return Row(found, other, columns)


def _field(column: str, cells: list[Cell], columns: Columns) -> tuple[str, int] | None:
    if not column.endswith("_group"):
        return columns.find(column)
    rows = columns.rows(column)
    if rows is not None and any(not isinstance(cell, str) and has_elements(cell) for cell in cells):
        return rows[0], rows[1] - _ROWS_FIRST
    return columns.find(column) or rows


def split(text: str) -> list[str]:
    """The values of a text that may be a list."""
    return [part for part in (piece.strip() for piece in text.split("; ")) if part]


def parts(row: Row, field: str, kind: str, *, many: bool = True) -> list[Part]:
    """What the cells of `field` and of `field.code` name; `kind` is the type of their codes.

    Names and codes in two columns belong together only when there is one of each: which name has which
    code is not guessed from their places.
    """
    cells, coded = row.cells.get(field), f"{field}.code"
    if cells is None and coded not in row.cells:
        return []
    found: list[Part] = []
    names: list[str] = []
    for cell in cells or ():
        if isinstance(cell, str):
            names += split(cell) if many else [cell.strip()]
        elif (made := part(cell, field, kind, row.columns)) is not None:
            found.append(made)
    if found:
        return found
    codes = row.texts(coded) if coded in row.cells else []
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
    if isinstance(node.held, dict) and CONTAINERS.isdisjoint(map(type, node.held.values())):
        roles = _roles(tuple(node.held), field, columns)
        if roles is not None:
            return _part_of(node.held, roles, kind)
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


def _roles(keys: tuple[str, ...], field: str, columns: Columns) -> Roles | None:
    """The keys of an object that say something of the thing it names; None when some may be no columns."""
    place = keys, field
    if place in columns.roles:
        return columns.roles[place]
    plain_columns = all(what(key) == ("element", key) and key != "ID" for key in keys)
    roles = [(key, role) for key in keys if (role := _role(key, field, columns)) is not None]
    if len(columns.roles) < REMEMBERED and sum(map(len, keys)) <= LONGEST:
        columns.roles[place] = roles if plain_columns else None
    return roles if plain_columns else None


def _part_of(held: dict[str, Any], roles: Roles, kind: str) -> Part | None:
    """What an object of texts names: as `part`, but it need not be opened."""
    said: dict[str, str] = {}
    for key, role in roles:
        text = scalar(held[key]).strip()
        if text and role not in said and not (role == "code" and is_wid(text)):
            said[role] = storable(text)
    by_type = plain_ids(held)
    shown = held["descriptor"] if "descriptor" in held else held.get("name")
    return _part(Ref(code_of(by_type, (kind,)), plain(scalar(shown)), by_type), said, kind)


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

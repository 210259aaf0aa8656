"""A custom report as CSV: the first line names the columns, cells may have lines of their own."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

import msgspec

from adapters.model import Item, Problem, Unreadable
from adapters.text import TEXT_LIMIT
from adapters.workday.fields import Columns
from adapters.workday.flat import about_a_profile
from adapters.workday.row import Cell, Row, row_of
from adapters.workday.shapes import Found
from adapters.workday.tree import ADVICE, SIZE_LIMIT, too_large

RENDERING = "csv"
_DELIMITERS = ",;\t"
_COLUMNS = 1_000
_CELL = 4 * TEXT_LIMIT  # a text above its limit has to arrive, to be told so
csv.field_size_limit(max(_CELL, csv.field_size_limit()))


class Line(msgspec.Struct, frozen=True):
    """One record: its row, or why there is none."""

    row: Row
    broken: Item | None = None


def read(body: bytes, content_type: str | None, columns: Columns) -> Found:
    """The rows of a whole report. Raises Unreadable (`unknown_shape`, `wrong_charset`, `broken_csv`)."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise wrong_charset() from None
    found = Found()
    for number, line in enumerate(lines(io.StringIO(text, newline=""), content_type, columns)):
        if number * len(found.rows[0].cells if found.rows else ()) > 2 * SIZE_LIMIT:
            raise too_large()
        found.rows.append(line.row)
        if line.broken is not None:
            found.broken[number] = line.broken
    return found


def lines(source: Iterable[str], content_type: str | None, columns: Columns) -> Iterator[Line]:
    """The records of a report, given its lines. Raises Unreadable as `read` does."""
    started = iter(source)
    first = next(started, "")
    delimiter = max(_DELIMITERS, key=first.count)
    records = csv.reader(_chained(first, started), delimiter=delimiter, strict=True)
    names: list[str] | None = None
    count = 0
    try:
        for record in records:
            if names is None:
                names = _header(record, first, content_type, columns)
            elif any(cell.strip() for cell in record):
                yield _line(count, names, record, columns)
                count += 1
    except csv.Error as error:
        raise Unreadable(
            "broken_csv",
            f"The CSV cannot be read after row {count} ({str(error)[:100]}).",
            fix="Send the whole report as Workday gave it.",
        ) from None


def wrong_charset() -> Unreadable:
    """The refusal of bytes that are no UTF-8."""
    return Unreadable("wrong_charset", "The text is not UTF-8.", fix="Send it as UTF-8.")


def _chained(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _header(record: list[str], first: str, content_type: str | None, columns: Columns) -> list[str]:
    names = [name.strip() for name in record[:_COLUMNS]]
    probe = row_of({name: ["1"] for name in names if name}, columns)
    if len(names) > 1 and about_a_profile(probe):
        return names
    declared = f" ({content_type[:30]})" if content_type else ""
    start = first[:24].encode("ascii", "replace").decode()
    found = "is neither XML, JSON nor a CSV with a column Job_Profile_ID"
    raise Unreadable(
        "unknown_shape",
        f"The body{declared} starts with {start!r} and {found}.",
        fix=ADVICE,
    )


def _line(index: int, names: list[str], record: list[str], columns: Columns) -> Line:
    cells = dict(zip(names, record, strict=False))
    said: dict[str, list[Cell]] = {name: [cell] for name, cell in cells.items() if name and cell.strip()}
    made = row_of(said, columns)
    if len(record) == len(names):
        return Line(made)
    detail = (
        f"The row has {len(record)} cells under {len(names)} columns: it is cut short, or a cell with "
        "the delimiter in it is not quoted."
    )
    return Line(made, Item(index, problem=Problem("wrong_cell_count", detail)))

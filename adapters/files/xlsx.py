"""Excel workbooks: the visible sheets in their order, each as a table; formulas as their last results."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from adapters.files.model import MOST_CELLS, ReadFile
from adapters.files.office import (
    attribute,
    child,
    local,
    main_part,
    of_type,
    part,
    related,
    relation_of,
    within,
)
from adapters.files.packed import Package
from adapters.files.writer import Writer
from adapters.model import Unreadable

_MOST_COLUMNS = 200
_DATES = {
    *range(14, 23),
    *range(27, 37),
    *range(45, 48),
    *range(50, 59),
}  # built-in formats, ECMA-376 18.8.30
_DATE_SIGNS = re.compile(r"[ymdhs]", re.IGNORECASE)
_NO_SIGNS = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_EPOCHS = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}  # noqa: DTZ001 - a sheet has no zone


class _Book:
    """What every sheet needs: texts that cells share, which styles are dates, from when days are counted."""

    def __init__(self, package: Package, name: str) -> None:
        shared = of_type(package, name, "sharedStrings")
        self.texts = [] if shared is None else [_joined(one) for one in shared]
        self.dates = _date_styles(of_type(package, name, "styles"))
        self.root = part(package, name)
        properties = child(self.root, "workbookPr")
        self.epoch = _EPOCHS[properties is not None and attribute(properties, "date1904") in ("1", "true")]


def read(package: Package) -> ReadFile:
    """The cells of an XLSX. Raises Unreadable, `too_many_cells` for more than MOST_CELLS."""
    name = main_part(package)
    book = _Book(package, name)
    targets = related(package, name)
    listed = child(book.root, "sheets")
    writer = Writer()
    left = MOST_CELLS
    for sheet in listed if listed is not None else ():
        _, target = targets.get(relation_of(sheet), ("", ""))
        if sheet.get("state") in ("hidden", "veryHidden") or not package.has(target):
            continue
        rows = _rows(part(package, target), book, left)
        left -= sum(map(len, rows))
        if any(any(row) for row in rows):
            writer.heading(sheet.get("name") or "")
            writer.table(rows)
    return ReadFile("xlsx", html=writer.html())


def _rows(sheet: Any, book: _Book, most: int) -> list[list[str]]:
    rows: list[list[str]] = []
    data = child(sheet, "sheetData")
    for row in data if data is not None else ():
        cells: list[str] = []
        for cell in row:
            place = _column(cell.get("r") or "")
            at = len(cells) if place is None else place
            if at < _MOST_COLUMNS:
                cells.extend([""] * (at + 1 - len(cells)))
                cells[at] = _value(cell, book)
        most -= len(cells)
        if most < 0:
            said = f"The workbook has more than {MOST_CELLS:,} cells."
            raise Unreadable("too_many_cells", said, fix="Send the sheet that describes the work.")
        rows.append(cells)
    return rows


def _column(reference: str) -> int | None:
    """The column of `BC12`, counted from 0."""
    found = re.match(r"[A-Z]{1,3}", reference)
    if found is None:
        return None
    number = 0
    for letter in found[0]:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _value(cell: Any, book: _Book) -> str:
    kind = cell.get("t")
    if kind == "inlineStr":
        return _joined(cell)
    found = child(cell, "v")
    raw = (found.text or "") if found is not None else ""
    if kind == "s":
        return book.texts[int(raw)] if raw.isdigit() and int(raw) < len(book.texts) else ""
    if kind == "b":
        return {"1": "yes", "0": "no"}.get(raw, raw)
    if kind == "e":
        return ""
    if kind in (None, "n") and cell.get("s") in book.dates:
        return _moment(raw, book.epoch)
    return raw


def _moment(raw: str, epoch: datetime) -> str:
    try:
        moment = epoch + timedelta(days=float(raw))
    except (ValueError, OverflowError):
        return raw
    return f"{moment:%Y-%m-%d}" if moment.time() == datetime.min.time() else f"{moment:%Y-%m-%d %H:%M}"


def _joined(element: Any) -> str:
    """The runs of a text, without what says how it is read aloud."""
    texts = (one for one in within(element, "t") if not any(local(up) == "rPh" for up in one.iterancestors()))
    return "".join(one.text or "" for one in texts)


def _date_styles(root: Any) -> set[str]:
    """The indexes of cell styles that show a number as a date."""
    if root is None:
        return set()
    formats = child(root, "numFmts")
    own = {
        one.get("numFmtId")
        for one in (formats if formats is not None else ())
        if _DATE_SIGNS.search(_NO_SIGNS.sub("", one.get("formatCode") or ""))
    }
    styles = child(root, "cellXfs")
    return {
        str(index)
        for index, one in enumerate(styles if styles is not None else ())
        if (number := one.get("numFmtId")) in own or (number and number.isdigit() and int(number) in _DATES)
    }

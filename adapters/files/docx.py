"""Word documents: headings, paragraphs, lists and tables of the body, in their order."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from adapters.files.model import ReadFile
from adapters.files.office import attribute, child, local, main_part, of_type, part
from adapters.files.packed import Package
from adapters.files.writer import Writer

_SKIPPED = {"del", "moveFrom", "Fallback", "instrText", "delText", "txbxContent", "pPr", "rPr"}
_WRAPPERS = {"sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag", "body"}
_LABEL_WORDS = 8


def read(package: Package) -> ReadFile:
    """The text of a DOCX. Raises Unreadable."""
    name = main_part(package)
    body = child(part(package, name), "body")
    writer = Writer()
    if body is not None:
        formats = _numbering(of_type(package, name, "numbering"))
        _Body(formats, _styles(of_type(package, name, "styles")), writer).write(body)
    return ReadFile("docx", html=writer.html())


class _Style:
    """What a paragraph's style says: whether it is a heading, and the list it belongs to."""

    def __init__(self, element: Any) -> None:
        named = child(element, "name")
        name = "" if named is None else (attribute(named, "val") or "").lower()
        properties = child(element, "pPr")
        self.heading = name.startswith(("heading", "title", "subtitle")) or (
            properties is not None and child(properties, "outlineLvl") is not None
        )
        self.bullet = name.startswith("list bullet")
        self.number = name.startswith("list number")
        self.list = None if properties is None else _list_of(properties)


class _Body:
    """Walks blocks and writes them; counts the items of numbered lists."""

    def __init__(
        self, formats: dict[tuple[str, int], str], styles: dict[str, _Style], writer: Writer
    ) -> None:
        self._formats = formats
        self._styles = styles
        self._writer = writer
        self._counts: defaultdict[tuple[str, int], int] = defaultdict(int)

    def write(self, parent: Any) -> None:
        for element in parent:
            kind = local(element)
            if kind == "p":
                self._paragraph(element)
            elif kind == "tbl":
                self._table(element)
            elif kind in _WRAPPERS:
                self.write(element)

    def _paragraph(self, element: Any) -> None:
        properties = child(element, "pPr")
        named = None if properties is None else child(properties, "pStyle")
        style = self._styles.get(attribute(named, "val") or "") if named is not None else None
        text = _text(element)
        listed = (_list_of(properties) if properties is not None else None) or (style.list if style else None)
        if style is not None and style.heading:
            self._writer.heading(text)
        elif listed is not None and listed[0] != "0":
            self._item(text, *listed)
        elif style is not None and (style.bullet or style.number):
            self._item(text, "style", 0, ordered=style.number)
        else:
            self._writer.paragraph(text)
        for box in element.iter():
            if local(box) == "txbxContent" and _around(box, "p") is element and not _is_fallback(box):
                self.write(box)

    def _item(self, text: str, list_id: str, depth: int, *, ordered: bool | None = None) -> None:
        if not text.strip():
            return
        counted = (
            ordered if ordered is not None else self._formats.get((list_id, depth), "bullet") != "bullet"
        )
        self._counts[list_id, depth] += 1
        for deeper in [key for key in self._counts if key[0] == list_id and key[1] > depth]:
            del self._counts[deeper]
        self._writer.item(text, depth, self._counts[list_id, depth] if counted else None)

    def _table(self, element: Any) -> None:
        """A row with a cell of several lines is a frame around them, its short first cell their heading."""
        rows: list[list[str]] = []
        for row in (one for one in element.iter() if local(one) == "tr" and _around(one, "tbl") is element):
            cells = [one for one in row.iter() if local(one) == "tc" and _around(one, "tr") is row]
            if any(_blocks(cell) > 1 for cell in cells) or len(cells) == 1:
                self._writer.table(rows)
                rows = []
                self._frame(cells)
            else:
                rows.append([_line(cell) for cell in cells])
        self._writer.table(rows)

    def _frame(self, cells: list[Any]) -> None:
        label = _text(cells[0][-1]) if len(cells) > 1 and _blocks(cells[0]) == 1 else ""
        if label and len(label.split()) <= _LABEL_WORDS:
            self._writer.heading(label)
            cells = cells[1:]
        for cell in cells:
            self.write(cell)


def _blocks(cell: Any) -> int:
    """How many lines a cell has: its paragraphs with text, and a table in it counts as two."""
    return sum(bool(_text(one).strip()) if local(one) == "p" else 2 * (local(one) == "tbl") for one in cell)


def _line(cell: Any) -> str:
    """A cell's words, those in text boxes too, on one line."""
    return " ".join(_text(one) for one in cell.iter() if local(one) == "p" and not _is_fallback(one))


def _around(element: Any, kind: str) -> Any:
    """The nearest element of a kind that this one stands in."""
    return next((up for up in element.iterancestors() if local(up) == kind), None)


def _is_fallback(element: Any) -> bool:
    """Whether it says for older programs what stands beside it already."""
    return _around(element, "Fallback") is not None


def _text(paragraph: Any) -> str:
    """A paragraph's words as they stand after all tracked changes."""
    found: list[str] = []

    def walk(element: Any) -> None:
        for one in element:
            kind = local(one)
            if kind == "t":
                found.append(one.text or "")
            elif kind in ("tab", "ptab"):
                found.append(" ")
            elif kind in ("br", "cr"):
                found.append("\n")
            elif kind == "noBreakHyphen":
                found.append("-")
            elif kind not in _SKIPPED:
                walk(one)

    walk(paragraph)
    return "".join(found)


def _list_of(properties: Any) -> tuple[str, int] | None:
    """The list a paragraph belongs to and its depth there; "0" means that it is taken out of its style's."""
    number = child(properties, "numPr")
    id_ = None if number is None else child(number, "numId")
    if number is None or id_ is None:
        return None
    level = child(number, "ilvl")
    depth = attribute(level, "val") if level is not None else "0"
    return attribute(id_, "val") or "0", int(depth) if depth and depth.isdigit() else 0


def _numbering(root: Any) -> dict[tuple[str, int], str]:
    """(list, depth) -> its format: bullet, decimal ..."""
    if root is None:
        return {}
    kinds = {
        (attribute(one, "abstractNumId"), attribute(level, "ilvl")): attribute(child(level, "numFmt"), "val")
        for one in root
        if local(one) == "abstractNum"
        for level in one
        if local(level) == "lvl" and child(level, "numFmt") is not None
    }
    found: dict[tuple[str, int], str] = {}
    for one in (element for element in root if local(element) == "num"):
        points = child(one, "abstractNumId")
        abstract = attribute(points, "val") if points is not None else None
        for (owner, depth), kind in kinds.items():
            if owner == abstract and depth and depth.isdigit():
                found[attribute(one, "numId") or "", int(depth)] = kind or "bullet"
    return found


def _styles(root: Any) -> dict[str, _Style]:
    if root is None:
        return {}
    return {attribute(one, "styleId") or "": _Style(one) for one in root if local(one) == "style"}

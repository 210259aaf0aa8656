"""Simple HTML from headings, paragraphs, list items and tables, as the product cleans and reads it."""

from __future__ import annotations

from html import escape

from adapters.model import Unreadable
from adapters.text import TEXT_LIMIT

_DEEPEST = 4


class Writer:
    """Collects blocks. Raises Unreadable `text_too_large` as soon as there is more text than one document may
    have."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._lists: list[str] = []
        self._size = 0

    def heading(self, text: str) -> None:
        """A heading."""
        self._block("h3", text)

    def paragraph(self, text: str) -> None:
        """A paragraph; `\\n` in it stays a line's end."""
        self._block("p", text)

    def item(self, text: str, depth: int = 0, number: int | None = None) -> None:
        """An item of a list; consecutive ones of a depth (0 is the outermost) make one list."""
        if not text.strip():
            return
        tag = "ul" if number is None else "ol"
        depth = min(max(depth, 0), _DEEPEST)
        while len(self._lists) > depth + 1 or (len(self._lists) == depth + 1 and self._lists[-1] != tag):
            self._add(f"</{self._lists.pop()}>")
        while len(self._lists) <= depth:
            opened = tag if len(self._lists) == depth else "ul"
            self._add(f'<ol start="{number}">' if opened == "ol" else f"<{opened}>")
            self._lists.append(opened)
        self._add(f"<li>{_inner(text)}</li>")

    def table(self, rows: list[list[str]]) -> None:
        """Rows of cells; columns and rows without any text are left out."""
        if not rows:
            return
        width = max(map(len, rows))
        full = [column for column in range(width) if any(len(r) > column and r[column].strip() for r in rows)]
        self._end_lists()
        self._add("<table>")
        for row in rows:
            cells = [row[column] if len(row) > column else "" for column in full]
            if any(cell.strip() for cell in cells):
                self._add("<tr>" + "".join(f"<td>{_inner(cell)}</td>" for cell in cells) + "</tr>")
        self._add("</table>")

    def html(self) -> str:
        """Everything so far."""
        self._end_lists()
        return "".join(self._parts)

    def _block(self, tag: str, text: str) -> None:
        if text.strip():
            self._end_lists()
            self._add(f"<{tag}>{_inner(text)}</{tag}>")

    def _end_lists(self) -> None:
        while self._lists:
            self._add(f"</{self._lists.pop()}>")

    def _add(self, part: str) -> None:
        self._size += len(part)
        if self._size > TEXT_LIMIT:
            said = f"The file has more than {TEXT_LIMIT:,} characters of text."
            raise Unreadable("text_too_large", said, fix="Split it into smaller documents.")
        self._parts.append(part)


def _inner(text: str) -> str:
    return escape(text.strip(), quote=False).replace("\n", "<br>")

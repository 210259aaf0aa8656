"""HTML made safe (nh3) and readable, in time that grows evenly with its length.

nh3 follows the HTML standard, where deep nesting, thousands of attributes and bare ampersands cost time by
the square; long texts therefore lose attributes and inline tags before parsing. What it answers is regular:
every element is closed, every attribute quoted; so its text is read from the tags as they come.
"""

from __future__ import annotations

import html
import re

import nh3


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_TAGS = (
    "a abbr address article aside b big blockquote body br center cite code dd del div dl dt em figure "
    "font footer form h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins kbd label li link main "
    "mark meta nav nobr object ol p picture pre q s samp script section small span strike strong style sub "
    "sup svg table tbody td textarea tfoot th thead title tr tt u ul var video xml"
)
TAG = re.compile(
    rf"<(?:/?(?:{'|'.join(_TAGS.split())}|[ovw]:[a-z]+)(?=[\s/>])[^<>]*>|!--|!doctype\s)",
    re.IGNORECASE,
)

_SAFE = _words(
    "a abbr b blockquote br caption code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i ins li ol p pre s small "
    "span strong sub sup table tbody td tfoot th thead tr u ul"
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start"},
}
_DROPPED = _words("script style head title template noscript iframe object svg math textarea")
_CLEANER = nh3.Cleaner(
    tags=set(_SAFE),
    attributes=_ATTRIBUTES,
    clean_content_tags=set(_DROPPED),
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow",
)

_LONG = 65_536  # characters above which attributes and inline tags are left out
_MANY = 1000  # tags above which their nesting is counted
_TOKEN = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:[^<>"]|"[^"]*")*)>|([^<]+)')
_START = re.compile(r'\sstart="([0-9]{1,6})"')
_VOID = _words("br hr")
_DEEP = 100  # open tags inside one another; more is not a text
_ANY_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]*)[^<>]*>")
_AMPERSAND = re.compile(r"&(?:#[0-9]{1,7};|#[xX][0-9a-fA-F]{1,6};|[a-zA-Z][a-zA-Z0-9]{1,31};)?")
_PRIVATE = {"\ue000": "&amp;", "\ue001": "&lt;", "\ue002": "&gt;"}
_TO_PRIVATE = str.maketrans({"&": "\ue000", "<": "\ue001", ">": "\ue002"})
_FROM_PRIVATE = str.maketrans(_PRIVATE)
_NO_PRIVATE = str.maketrans(dict.fromkeys(_PRIVATE, ""))
_CLOSED_BY_NEXT = _words("p li dt dd td th tr br hr img input meta link col option wbr")
_INLINE = _words("a abbr b big code del em font i ins label nobr s small span strike strong tt u")


def clean_html(source: str) -> str:
    """Safe HTML: no scripts, styles, images or other remote resources, links by http(s) and mailto only."""
    if source.count("<") > _MANY and _depth(source) > _DEEP:
        source = _ANY_TAG.sub(" ", source)
    return _CLEANER.clean(source) if len(source) <= _LONG else _clean_long(source)


def html_text(safe: str) -> str:
    """The text of `clean_html`'s answer: paragraphs apart, `- ` and `1. ` lists, ` | ` between cells."""
    tokens = _TOKEN.findall(safe)
    layout = _layout_cells(tokens) if "<td" in safe or "<th" in safe else frozenset()
    writer = _Writer()
    for place, (closing, tag, attributes, text) in enumerate(tokens):
        if text:
            writer.add(html.unescape(text) if "&" in text else text)
        elif tag in _BLOCKS:
            if closing:
                _leave(tag, writer)
            else:
                _enter(tag, attributes, place in layout, writer)
        elif tag == "br":
            writer.broken()
    return writer.text()


def _layout_cells(tokens: list[tuple[str, str, str, str]]) -> frozenset[int]:
    """The places of cells that are alone in their rows: frames around a text, not a table."""
    rows: list[list[int]] = [[]]
    alone: set[int] = set()
    for place, (closing, tag, _, text) in enumerate(tokens):
        if text or tag in _VOID:
            continue
        if not closing:
            if tag in _CELLS:
                rows[-1].append(place)
            rows.append([])
        elif len(rows) > 1 and len(cells := rows.pop()) == 1:
            alone.update(cells)
    return frozenset(alone.union(*(cells for cells in rows if len(cells) == 1)))


def _clean_long(source: str) -> str:
    """References become private characters while nh3 works: it copies all text so far at each one."""
    bare = _ANY_TAG.sub(_bare_tag, source.translate(_NO_PRIVATE))
    return _CLEANER.clean(_AMPERSAND.sub(_private, bare)).translate(_FROM_PRIVATE)


def _private(reference: re.Match[str]) -> str:
    return html.unescape(reference[0]).translate(_TO_PRIVATE)


def _depth(source: str) -> int:
    depth = deepest = 0
    for closing, name in _ANY_TAG.findall(source):
        if name.lower() not in _CLOSED_BY_NEXT:
            depth = max(depth - 1, 0) if closing else depth + 1
            deepest = max(deepest, depth)
    return deepest


def _bare_tag(tag: re.Match[str]) -> str:
    name = tag[2].lower()
    return "" if name in _INLINE else f"<{tag[1]}{name}>"


_PARAGRAPHS = _words("p h1 h2 h3 h4 h5 h6 blockquote pre table ul ol dl hr")
_LINES = _words("div li tr dt dd caption")
_CELLS = _words("td th")
_BREAKS = dict.fromkeys(_PARAGRAPHS, 2) | dict.fromkeys(_LINES, 1)
_BLOCKS = _BREAKS.keys() | _CELLS
_BULLETS = frozenset("•·▪◦●‣–*-")


class _Writer:
    """Collects text; breaks and list markers wait for the next text, so that empty elements leave nothing."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.breaks = 0
        self.marker = ""
        self.lists: list[int | None] = []  # the next number of each open list; None for bullets
        self.cells: list[bool] = []  # the open cells; False for one alone in its row, a layout frame
        self.verbatim = 0
        self.in_row = False

    def text(self) -> str:
        return "".join(self.parts).strip()

    def add(self, text: str) -> None:
        words = text.split()
        start = self.breaks or self.marker or not self.parts
        before = "" if start or not text[:1].isspace() or self.parts[-1][-1].isspace() else " "
        if not words:
            if before:
                self.parts.append(before)
            return
        if self.breaks and self.parts:
            self.parts[-1] = self.parts[-1].rstrip(" ")
            self.parts.append("\n" * self.breaks)
        if self.marker:
            before = self.marker
            words = words[1:] if words[0] in _BULLETS else words
        after = " " if text[-1].isspace() else ""
        self.parts.append(before + (text.strip("\n") if self.verbatim else " ".join(words) + after))
        self.breaks, self.marker = 0, ""

    def line(self, count: int = 1) -> None:
        if self.cells and any(self.cells):
            self.add(" ")
        else:
            wanted = 1 if self.lists else count
            if wanted > self.breaks:
                self.breaks = wanted

    def item(self) -> None:
        self.line()
        number = self.lists[-1] if self.lists else None
        if number is not None:
            self.lists[-1] = number + 1
        indent = "" if any(self.cells) else "  " * (len(self.lists) - 1)
        self.marker = indent + ("- " if number is None else f"{number}. ")

    def cell(self, alone: bool) -> None:
        if alone or any(self.cells):
            self.line()
        elif self.in_row:
            self.add(" | ")
        self.in_row = True
        self.cells.append(not alone)

    def broken(self) -> None:
        if any(self.cells):
            self.add(" ")
        else:
            self.breaks = min(self.breaks + 1, 2)


def _enter(tag: str, attributes: str, alone: bool, writer: _Writer) -> None:
    if tag == "li":
        writer.item()
    elif tag in _CELLS:
        writer.cell(alone)
    else:
        writer.line(_BREAKS[tag])
        if tag in ("ul", "ol"):
            writer.lists.append(_start(attributes) if tag == "ol" else None)
        elif tag == "tr" and not any(writer.cells):
            writer.in_row = False
        elif tag == "pre":
            writer.verbatim += 1


def _leave(tag: str, writer: _Writer) -> None:
    if tag in _CELLS:
        writer.cells.pop()
        return
    if tag == "li":
        writer.marker = ""
    elif tag in ("ul", "ol"):
        writer.lists.pop()
    elif tag == "pre":
        writer.verbatim -= 1
    writer.line(_BREAKS[tag])


def _start(attributes: str) -> int:
    found = _START.search(attributes)
    return int(found[1]) if found else 1

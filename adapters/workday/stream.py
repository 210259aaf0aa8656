"""Reports of any size, row by row: a custom report is not paged, it comes whole."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from adapters import xml
from adapters.model import Item, Unreadable
from adapters.workday import csv_report, flat, tree
from adapters.workday.fields import Columns, columns
from adapters.workday.json_tree import from_json
from adapters.workday.reader import BOM, XML_STARTS
from adapters.workday.row import row

_HEAD = 4_096  # bytes that tell what it is
_ROW = 16 * 1024 * 1024  # characters of one row
_JSON_START = re.compile(r'\s*(?:\{\s*"(?:wd:)?Report_Data"\s*:\s*)?\{\s*"(?:wd:)?Report_Entry"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")
_DECODER = json.JSONDecoder()
_END = re.compile(r"[\s}]*")


def stream(
    chunks: Iterable[bytes], content_type: str | None = None, *, fields: Mapping[str, str] | None = None
) -> Iterator[Item]:
    """The rows of a custom report in XML, JSON or CSV, as items, while its bytes arrive. `fields` is as in
    `reader.read`.

    Takes the memory of one row, which may have 16 million characters. Raises Unreadable where the report
    breaks off or breaks: the items until then are good. Raises BadFieldMap before anything is read.
    """
    known = columns(fields)
    head, rest = _headed(chunks)
    if head.lstrip().startswith(XML_STARTS):
        return _xml(chain([head.lstrip()], rest), known)
    if head.lstrip()[:1] in (b"{", b"["):
        return _json(chain([head], rest), known)
    return _csv(chain([head], rest), content_type, known)


def _headed(chunks: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    source = iter(chunks)
    head = b""
    for chunk in source:
        head += chunk
        if len(head.lstrip()) >= _HEAD:
            break
    head = head.removeprefix(BOM)
    if not head.strip():
        raise Unreadable("empty_body", "The body is empty.", fix=tree.ADVICE)
    return head, source


def _xml(chunks: Iterable[bytes], known: Columns) -> Iterator[Item]:
    target = tree.XmlBuild("Report_Entry")
    number = 0
    for _ in xml.feed(chunks, target, tree.ADVICE):
        for entry in target.rows:
            yield flat.item(number, row(entry, known), "report_xml")
            number += 1
        target.rows.clear()


def _csv(chunks: Iterable[bytes], content_type: str | None, known: Columns) -> Iterator[Item]:
    for number, line in enumerate(csv_report.lines(_lines(chunks), content_type, known)):
        yield line.broken or flat.item(number, line.row, "report_csv")


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    waiting = ""
    for text in _texts(chunks):
        *whole, waiting = (waiting + text).split("\n")
        yield from (f"{line}\n" for line in whole)
        if len(waiting) > _ROW:
            raise tree.too_large()
    if waiting:
        yield waiting


def _texts(chunks: Iterable[bytes]) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in chunks:
            yield decoder.decode(chunk)
    except UnicodeDecodeError:
        raise csv_report.wrong_charset() from None
    if decoder.getstate()[0]:
        raise Unreadable("truncated", "The report ends inside a letter.", fix="Send the whole document.")


def _json(chunks: Iterable[bytes], known: Columns) -> Iterator[Item]:
    for number, value in enumerate(_values(_texts(chunks))):
        yield flat.item(number, row(from_json(value), known), "report_json")


def _values(texts: Iterator[str]) -> Iterator[Any]:
    """The elements of the Report_Entry array, one after the other."""
    buffer = next(texts, "")
    place, tried = _started(buffer), 0
    while True:
        place = _after(_BETWEEN, buffer, place)
        length = len(buffer) - place
        if buffer.startswith("]", place):
            return _ended(buffer[place + 1 :], texts)
        if length >= 2 * tried:  # half a row is looked at anew only when it has doubled
            found = _decoded(buffer, place)
            if found is not None:
                value, place = found
                tried = 0
                yield value
                continue
            tried = max(length, 1)
        more = next(texts, None)
        if length > _ROW:
            raise tree.too_large()
        if more is None and tried == max(length, 1):
            raise _broken("it ends before the report does, or a row is not valid JSON")
        buffer, place = buffer[place:] + (more or ""), 0
        tried = tried if more is not None else 0


def _started(buffer: str) -> int:
    start = _JSON_START.match(buffer)
    if start is None:
        raise Unreadable(
            "unknown_shape",
            "The JSON does not begin with a report's Report_Entry array; only reports are read row by row.",
            422,
        )
    return start.end()


def _decoded(buffer: str, place: int) -> tuple[Any, int] | None:
    """The value at a place and where it ends; None when it is not whole."""
    try:
        return _DECODER.raw_decode(buffer, place)
    except json.JSONDecodeError:
        return None
    except RecursionError:
        raise tree.too_deep() from None
    except ValueError as error:  # a number of thousands of digits
        raise _broken(str(error)[:100]) from None


def _ended(rest: str, texts: Iterator[str]) -> None:
    for text in chain([rest], texts):
        if _after(_END, text, 0) != len(text):
            raise _broken("something comes after the report's rows")


def _after(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    return found.end() if found else place


def _broken(reason: str) -> Unreadable:
    return Unreadable(
        "broken_json", f"The JSON cannot be read ({reason}).", fix="Send the whole, valid document."
    )

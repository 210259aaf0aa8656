"""Invented payloads in every form that Workday, its clients and recipes send: for demos, tests and trials.

Each shape has the name that `reader.read` gives to a payload of it (`workato_stripped` is read as `workato`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Generator, Iterable, Iterator
from xml.sax.saxutils import escape

import msgspec

from adapters.model import JobProfile
from adapters.workday import render_columns as columns
from adapters.workday import render_soap as soap
from adapters.workday.invent import profiles
from adapters.workday.renderings import DIALECTS, rendered

Render = Callable[[Iterable[JobProfile], int], Iterator[str]]
_REPORT = "urn:com.workday.report/CR_INT_Job_Profiles"
_PAGE = 100


def payload(shape: str, count: int, seed: int) -> bytes:
    """One payload of `count` invented job profiles; the same for the same seed. Raises ValueError for a
    shape that there is not."""
    return b"".join(chunks(shape, count, seed))


def chunks(shape: str, count: int, seed: int) -> Iterator[bytes]:
    """The same piece by piece: XML, reports and lists of any size take no memory."""
    if shape not in _RENDER:
        raise ValueError(f"There is no shape {shape!r}; there are {', '.join(SHAPES)}.")
    return (piece.encode() for piece in _RENDER[shape](profiles(count, seed), count))


def render(shape: str, given: Iterable[JobProfile]) -> bytes:
    """A payload of these job profiles; what the shape cannot say is left out."""
    listed = list(given)
    return "".join(_RENDER[shape](listed, len(listed))).encode()


def soap_page(given: list[JobProfile], page: int, pages: int, total: int) -> bytes:
    """One page of many of Get_Job_Profiles."""
    return "".join(soap.response(map(soap.record, given), total, page, pages)).encode()


def _soap_xml(given: Iterable[JobProfile], count: int) -> Iterator[str]:
    return soap.response(map(soap.record, given), count)


def _soap_json(dialect: str) -> Render:
    def made(given: Iterable[JobProfile], count: int) -> Iterator[str]:
        yield rendered("".join(_soap_xml(given, count)).encode(), dialect).decode()

    return made


def _listed(before: str, row: Callable[[JobProfile], object], after: str) -> Render:
    def made(given: Iterable[JobProfile], count: int) -> Iterator[str]:
        yield before
        for number, one in enumerate(given):
            yield ("," if number else "") + msgspec.json.encode(row(one)).decode()
        yield after.replace("COUNT", str(count))

    return made


def _one_or_listed(
    row: Callable[[JobProfile], object],
) -> Render:
    def made(given: Iterable[JobProfile], count: int) -> Iterator[str]:
        many = _listed("[", row, "]") if count != 1 else _listed("", row, "")
        return many(given, count)

    return made


def _events(given: Iterable[JobProfile], count: int) -> Iterator[str]:
    made = [columns.event(one, number) for number, one in enumerate(given)]
    yield msgspec.json.encode(made[0] if count == 1 else made).decode()


def _report_xml(given: Iterable[JobProfile], count: int) -> Iterator[str]:
    yield f"<?xml version='1.0' encoding='UTF-8'?>\n<wd:Report_Data xmlns:wd=\"{_REPORT}\">"
    for one in given:
        yield f"<wd:Report_Entry>{_elements(columns.report_row(one))}</wd:Report_Entry>\n"
    yield "</wd:Report_Data>\n"


def _elements(row: columns.Columns) -> str:
    pairs = [
        (name, one) for name, value in row.items() for one in (value if isinstance(value, list) else [value])
    ]
    return "".join(f"<wd:{name}>{_inner(one)}</wd:{name}>" for name, one in pairs)


def _inner(value: object) -> str:
    return _elements(value) if isinstance(value, dict) else escape(str(value))


def _report_csv(given: Iterable[JobProfile], count: int) -> Iterator[str]:
    waiting: list[dict[str, str]] = []
    names: list[str] = []
    for one in given:
        row = columns.csv_row(one)
        if names:
            yield _csv_line([row.get(name, "") for name in names])
            continue
        waiting.append(row)
        if len(waiting) == _PAGE:
            names = yield from _csv_head(waiting)
    if not names:
        yield from _csv_head(waiting)


def _csv_head(rows: list[dict[str, str]]) -> Generator[str, None, list[str]]:
    """The heading that the first rows need, and they; a report's columns are the same in every row."""
    names = list(dict.fromkeys(name for row in rows for name in row)) or ["Workday ID", "Job Profile Name"]
    yield "\ufeff" + _csv_line(names)
    for row in rows:
        yield _csv_line([row.get(name, "") for name in names])
    return names


def _csv_line(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


_RENDER: dict[str, Render] = {
    "soap_xml": _soap_xml,
    **{f"soap_{dialect}_json": _soap_json(dialect) for dialect in DIALECTS},
    "rest_json": _one_or_listed(columns.rest_object),
    "rest_list_json": _listed('{"data":[', columns.rest_listed, '],"total":COUNT}'),
    "report_json": _listed('{"Report_Entry":[', columns.report_row, "]}"),
    "report_xml": _report_xml,
    "report_csv": _report_csv,
    "flat_json": _one_or_listed(columns.recipe_object),
    "event_json": _events,
}
SHAPES = tuple(_RENDER)

"""Roles as a CSV: one row a role, taken in by the same road as an HRIS's job profiles, always as drafts."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from typing import Any, Literal

import msgspec

from adapters.model import Problem, Unreadable
from adapters.text import TEXT_LIMIT, boolean, plain
from kit.errors import Invalid
from mappings.model import DocumentRecord, RoleRecord
from pipeline.records import documents
from pipeline.records.model import Bad, Incoming
from pipeline.records.reading import Kind
from pipeline.records.revising import MAPPING, SOURCE

SHEET = "csv"
MOST_ROWS = 1_000
_NAMES = {
    "title": ("title", "jobtitle", "name", "role", "roletitle", "rolename"),
    "source_id": ("sourceid", "id", "roleid", "jobid"),
    "code": ("code", "jobcode", "rolecode", "jobprofileid"),
    "family": ("family", "jobfamily"),
    "level": ("level", "joblevel", "managementlevel"),
    "grade": ("grade", "jobgrade", "paygrade"),
    "country": ("country", "countries"),
    "status": ("status", "active"),
    "job_description": ("jobdescription", "jd", "description"),
    "process_map": ("processmap", "processmaps"),
    "sop": ("sop", "standardoperatingprocedure"),
    "other": ("other", "otherdocument"),
}
_FIELD = {name: field for field, names in _NAMES.items() for name in names}
_DOCUMENTS: tuple[Kind, ...] = ("job_description", "process_map", "sop", "other")
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")


class Sheet(msgspec.Struct, frozen=True):
    """A CSV, understood: its rows in order (index 0 is the first row below the header), what was odd."""

    items: list[Incoming | Bad]
    warnings: tuple[Problem, ...]


def read(body: bytes) -> Sheet:
    """Read a CSV in UTF-8 with a header line; commas, semicolons or tabs. Raises Unreadable."""
    text = _text(body)
    csv.field_size_limit(2 * TEXT_LIMIT)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True))
    except csv.Error as exc:
        raise Unreadable("bad_csv", f"The CSV cannot be read: {str(exc)[:100]}.") from exc
    if not lines:
        raise Unreadable("empty_body", "The body is empty; send a CSV with a header line such as title,code.")
    fields, warnings = _header(lines[0])
    rows = [line for line in lines[1:] if any(cell.strip() for cell in line)]
    if len(rows) > MOST_ROWS:
        detail = f"The CSV has {len(rows)} rows; the limit is {MOST_ROWS}."
        raise Unreadable("too_many_rows", detail, 413)
    return Sheet([_item(index, fields, cells) for index, cells in enumerate(rows)], warnings)


def _text(body: bytes) -> str:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        detail = f"The CSV is not UTF-8 (byte {exc.start}); save it as CSV UTF-8 and send it again."
        raise Unreadable("bad_charset", detail) from exc
    if "\x00" in text:
        raise Unreadable("nul_character", "The CSV holds NUL characters; save it as CSV UTF-8.")
    return text


def _delimiter(text: str) -> str:
    first = text.lstrip("\r\n").partition("\n")[0]
    return max(",;\t", key=first.count)


def _header(names: list[str]) -> tuple[list[str | None], tuple[Problem, ...]]:
    fields = [_FIELD.get(_NOT_PLAIN.sub("", name.strip().lower())) for name in names]
    if "title" not in fields:
        raise Unreadable("no_title_column", "The header line has no column title; a role needs a name.")
    twice = sorted({field for field in fields if field and fields.count(field) > 1})
    if twice:
        raise Unreadable("column_twice", f"The header line has two columns for {twice[0]}.")
    unknown = [name.strip() for name, field in zip(names, fields, strict=True) if not field and name.strip()]
    detail = "This column is not known, so it was ignored."
    return fields, tuple(Problem("unknown_column", detail, name[:60]) for name in unknown[:50])


def _item(index: int, fields: list[str | None], cells: list[str]) -> Incoming | Bad:
    values = {field: cell for field, cell in zip(fields, cells, strict=False) if field and cell.strip()}
    title = plain(values.get("title"))
    code = plain(values.get("code"))
    source_id = plain(values.get("source_id")) or code or (f"title:{title.casefold()}" if title else None)
    if len(cells) > len(fields) and any(cell.strip() for cell in cells[len(fields) :]):
        detail = "The row has more cells than the header line; put quotes around texts with commas."
        return Bad(index, Problem("too_many_cells", detail), source_id)
    if not title or not source_id:
        return Bad(index, Problem("no_title", "The row has no title; a role needs a name.", "title"))
    if max(len(title), len(source_id)) > 500:
        return Bad(index, Problem("too_long", "Title and code may have 500 characters.", "title"))
    try:
        status = _status(values.get("status"))
        texts = [documents.read(kind, None, None, values[kind]) for kind in _DOCUMENTS if kind in values]
    except Invalid as exc:
        return Bad(
            index, Problem("bad_value", exc.detail, exc.errors[0].field if exc.errors else None), source_id
        )
    role = RoleRecord(
        title=title,
        code=code,
        family=plain(values.get("family")),
        level=plain(values.get("level")),
        grade=plain(values.get("grade")),
        status=status,
        countries=[
            one.strip().upper() for one in re.split(r"[|/;,]", values.get("country", "")) if one.strip()
        ],
    )
    return _incoming(index, source_id, role, texts)


def _status(text: str | None) -> Literal["active", "inactive"]:
    if text is None:
        return "active"
    said = {"active": True, "inactive": False}.get(text.strip().lower(), boolean(text.strip()))
    if said is None:
        raise Invalid(f"The status {text.strip()[:30]} is neither active nor inactive.")
    return "active" if said else "inactive"


def _incoming(index: int, source_id: str, role: RoleRecord, texts: list[documents.Text]) -> Incoming:
    said: list[Any] = [source_id, role, [[text.kind, text.text] for text in texts]]
    return Incoming(
        index=index,
        source=SOURCE,
        source_id=source_id,
        identities={"source_id": source_id},
        role=role,
        documents=tuple(DocumentRecord(text.kind, text.title, text.html or "", text.text) for text in texts),
        revision_hash=hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest(),
        mapping_version=MAPPING,
    )

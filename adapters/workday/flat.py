"""A record of named columns to a JobProfile: reports (RaaS), REST objects, a recipe's own JSON.

Where each field comes from stands in `fields.json`; columns that nobody knows become custom fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from adapters.countries import alpha_2
from adapters.model import (
    Description,
    Hint,
    Item,
    JobProfile,
    Problem,
    Provenance,
    Qualification,
    Ref,
    Status,
)
from adapters.text import TextTooLarge, boolean, calendar_date, lines, plain, rich_text, storable
from adapters.workday.facts import attributes
from adapters.workday.fields import comparable
from adapters.workday.identity import no_identifier, source_id_of, too_long
from adapters.workday.keeping import part_of
from adapters.workday.known import UNKNOWN_LIMIT
from adapters.workday.references import country, ids, is_wid, label, shown
from adapters.workday.row import Cell, Part, Row, part, parts, text_of
from adapters.workday.row import row as build
from adapters.workday.tree import Node

_STATUS: dict[bool | None, Status] = {True: "active", False: "inactive", None: "unknown"}
_REQUIREMENTS = {
    "experience": "Work_Experience_ID",
    "education": "Degree_ID",
    "language": "Language_ID",
    "competency": "Competency_ID",
    "certification": "Certification_ID",
    "training": "Training_Type_ID",
}
# Fields that say which object it is and what happened to it, and nothing of what it is.
_NAMING = frozenset(("code", "reference", "inactive", "active", "status", "as_of_date", "source_updated_at"))


def only_names(row: Row) -> bool:
    """Whether the record names a job profile without saying anything about it (an event, a reference)."""
    said = {field for field in row.cells if not field.startswith(("ids.", "event."))}
    return bool(identities(row)) and said <= _NAMING and not row.other


def only_listed(row: Row) -> bool:
    """Whether the record says no more than a name and whether it is in use."""
    said = {field for field in row.cells if not field.startswith("ids.")}
    return said <= _NAMING | {"title"} and not row.other


def about_a_profile(row: Row) -> bool:
    """Whether the record is about a job profile. An `id` alone could be anything's: then it needs a title or
    a description, or nothing else."""
    about = comparable(row.text("event.object_type") or "jobprofile")
    named = identities(row)
    if not named or "jobprofile" not in about:
        return False
    strong = {"ids.WID", "ids.Job_Profile_ID", "code"} & row.cells.keys()
    described = {"title", "descriptions.Job_Description"} & row.cells.keys()
    return bool(strong or described or _referred(row)) or only_names(row)


def hint(row: Row, around: Node | None) -> Hint:
    """What an event says of itself and of the object it names; `around` is what it was wrapped in."""
    outer = build(around, row.columns) if around is not None else row
    named = identities(row)

    def said(field: str) -> str | None:
        return plain(row.text(field) or outer.text(field))

    spare = outer.text("ids.any")
    return Hint(
        named,
        event_id=said("event.id") or (spare if spare not in named.values() else None),
        event_type=said("event.type") or (around.attributes.get("type") if around is not None else None),
        occurred_at=said("event.occurred_at"),
        effective_from=calendar_date(said("event.effective_from") or said("as_of_date")),
    )


def item(index: int, row: Row, shape: str) -> Item:
    """One record as an Item: its profile with warnings, or the problem that keeps it out."""
    named = identities(row)
    source_id = source_id_of(named)
    if source_id is None:
        return Item(index, problem=no_identifier("The row", "a column for one of them"))
    names = {name: row.text(name) or "" for name in ("title", "default_job_title")}
    problem = too_long(named | names, source_id)
    if problem is not None:
        return Item(index, problem=problem, source_id=source_id)
    warnings: list[Problem] = []
    try:
        made = _profile(row, source_id, named, _provenance(row, shape), warnings)
    except TextTooLarge as error:
        return Item(index, problem=error.problem(f"Job_Profile {source_id}"), source_id=source_id)
    return Item(index, made, None, tuple(warnings), source_id, (part_of(made),))


def identities(row: Row) -> dict[str, str]:
    """The record's identifiers by type. A column that is just called `id` holds the WID if it has that form,
    and the Job_Profile_ID if there is no other identifier."""
    found = _referred(row)
    for field in row.cells:
        kind = field.removeprefix("ids.")
        text = row.text(field) if kind != field else None
        if text and kind != "any":
            found[kind] = storable(text)
    code, anyhow = row.text("code"), row.text("ids.any")
    if anyhow and is_wid(anyhow):
        found.setdefault("WID", anyhow)
    elif anyhow and not found and not code:
        found["Job_Profile_ID"] = storable(anyhow)
    return found | {"Job_Code": storable(code)} if code else found


def _referred(row: Row) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in row.objects("reference"):
        found |= ids(node)
    return found


def unknown_columns(rows: list[Row]) -> tuple[str, ...]:
    """The columns that no field map knows, sorted, at most UNKNOWN_LIMIT."""
    return tuple(sorted({column[:100] for row in rows for column in row.other})[:UNKNOWN_LIMIT])


def _provenance(row: Row, shape: str) -> Provenance:
    return Provenance(shape, unknown=unknown_columns([row]) if row.other else ())


def _profile(
    row: Row, source_id: str, named: dict[str, str], provenance: Provenance, warnings: list[Problem]
) -> JobProfile:
    return JobProfile(
        system="workday",
        source_id=source_id,
        provenance=provenance,
        ids=named,
        code=named.get("Job_Code") or named.get("Job_Profile_ID"),
        title=_title(row, warnings),
        titles=_titles(row),
        default_job_title=plain(row.text("default_job_title")),
        summary=lines(row.text("summary")),
        status=_status(row),
        families=_refs(row, "families", "Job_Family_ID"),
        family_groups=_refs(row, "family_groups", "Job_Family_Group_ID"),
        management_level=_ref(row, "management_level", "Management_Level_ID"),
        level=_ref(row, "level", "Job_Level_ID"),
        category=_ref(row, "category", "Job_Category_ID"),
        grade=_ref(row, "grade", "Compensation_Grade_ID"),
        classifications=_refs(row, "classifications", "Job_Classification_Reference_ID"),
        countries=_countries(row, warnings),
        descriptions=list(_descriptions(row)),
        responsibilities=list(_responsibilities(row)),
        requirements=[made for kind, of in _REQUIREMENTS.items() for made in _qualifications(row, kind, of)],
        skills=list(_skills(row)),
        attributes=attributes(row),
        custom_fields=_custom_fields(row),
        as_of_date=_as_of(row, warnings),
        source_updated_at=plain(row.text("source_updated_at")),
    )


def _title(row: Row, warnings: list[Problem]) -> str | None:
    own = plain(row.text("title")) or next(
        (name for node in row.objects("title") if (name := label(node))), None
    )
    if own:
        return own
    stand_in = next((_shown(cell) for cell in row.cells.get("reference", ())), None)
    if stand_in is None:
        columns = ", ".join(name[:60] for name in sorted(row.other)[:8])
        detail = f"No column says the title{f'; these are not known: {columns}' if columns else ''}."
        warnings.append(Problem("no_title", detail, "title"))
    return stand_in


def _shown(cell: Cell) -> str | None:
    return plain(cell) if isinstance(cell, str) else shown(cell) or plain(cell.text)


def _titles(row: Row) -> dict[str, str]:
    found = {
        field.removeprefix("titles."): plain(row.text(field)) for field in row.cells if field[:7] == "titles."
    }
    return {locale: title for locale, title in found.items() if title}


def _status(row: Row) -> Status:
    inactive, active = boolean(row.text("inactive")), boolean(row.text("active"))
    if inactive is not None:
        return _STATUS[not inactive]
    if active is not None:
        return _STATUS[active]
    said = (row.text("status") or "").lower()
    return "active" if said == "active" else "inactive" if said == "inactive" else "unknown"


def _refs(row: Row, field: str, kind: str) -> list[Ref]:
    return [one.ref for one in parts(row, field, kind)]


def _ref(row: Row, field: str, kind: str) -> Ref | None:
    found = parts(row, field, kind, many=False)
    return found[0].ref if found else None


def _countries(row: Row, warnings: list[Problem]) -> list[str]:
    found: set[str] = set()
    for cell in row.cells.get("countries", ()):
        for name, code in _named_countries(cell) if isinstance(cell, str) else [(None, country(cell))]:
            if code:
                found.add(code)
                continue
            shown = name or (None if isinstance(cell, str) else label(cell)) or "without an id"
            detail = f"The country {shown[:60]} has no ISO 3166 code and is left out of the countries."
            warnings.append(Problem("country_without_iso_code", detail, "countries"))
    return sorted(found)


def _named_countries(text: str) -> list[tuple[str, str | None]]:
    names = (name.strip() for name in text.replace(",", ";").split(";"))
    return [(name, alpha_2(name)) for name in names if name]


def _descriptions(row: Row) -> Iterator[Description]:
    for field in ("Job_Description", "Additional_Job_Description"):
        cells = row.cells.get(f"descriptions.{field}")
        content = rich_text(text_of(cells[0])) if cells else None
        if content is not None:
            yield Description(field, content)


def _responsibilities(row: Row) -> Iterator[Qualification]:
    for cell in row.cells.get("responsibilities", ()):
        made = None
        if not isinstance(cell, str):
            made = part(cell, "responsibilities", "Responsibility_ID", row.columns)
        one = made or Part(Ref(), text_of(cell))
        content = rich_text(one.text or text_of(cell) or one.ref.name)
        if content is not None:
            yield Qualification("responsibility", content.text, one.ref.code, one.level, one.required)


def _qualifications(row: Row, kind: str, of: str) -> Iterator[Qualification]:
    yield from _qualified(row, f"requirements.{kind}", kind, of)


def _skills(row: Row) -> Iterator[Qualification]:
    yield from _qualified(row, "skills", "skill", "Skill_ID")


def _qualified(row: Row, field: str, kind: str, of: str) -> Iterator[Qualification]:
    for one in parts(row, field, of):
        text = lines(one.text) or one.ref.name or one.ref.code or one.ref.ids.get("WID")
        if text:
            yield Qualification(kind, text, one.ref.code, one.level, one.required)


def _custom_fields(row: Row) -> dict[str, Any]:
    cells = {
        field.removeprefix("custom_fields."): row.cells[field]
        for field in row.cells
        if field[:14] == "custom_fields."
    }
    return {name[:100]: _plainly(several) for name, several in (row.other | cells).items()}


def _plainly(cells: Sequence[Cell]) -> Any:
    made = [
        {name: _plainly(inner) for name, inner in cell.children.items()}
        if not isinstance(cell, str) and cell.children
        else storable(text_of(cell).strip())
        for cell in cells
    ]
    return made[0] if len(made) == 1 else made


def _as_of(row: Row, warnings: list[Problem]) -> str | None:
    said = row.text("as_of_date")
    date = calendar_date(said)
    if said and date is None:
        detail = f"The as-of date {said[:40]!r} is not a date; it is left out."
        warnings.append(Problem("date_unreadable", detail, "as_of_date"))
    return date

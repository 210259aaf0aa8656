"""JSON that a customer laid out (Integration Center, a recipe's own object): columns by name, never by place.

Facts: Integration Center sends flat JSON with labels an administrator typed, and the empty text where
nothing is known. A record is made into the records SuccessFactors itself would send, so that everything
after this is the same for all renderings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from adapters.model import Problem, Unreadable
from adapters.successfactors.odata import LOCALE, Record
from adapters.successfactors.values import code_of
from adapters.text import plain

ZONE, RECORDS = "@time_zone", "@records"
STATUS = {"a": "A", "active": "A", "true": "A", "i": "I", "inactive": "I", "false": "I"}

# Our field -> the column or navigation of FOJobCode that says the same.
JOB_CODE = {
    "code": "externalCode", "status": "status", "valid_from": "startDate", "valid_to": "endDate",
    "source_updated_at": "lastModifiedDateTime", "function.code": "jobFunction",
    "function.name": "jobFunctionNav", "level.code": "jobLevel", "level.name": "jobLevelNav",
    "grade.code": "grade", "grade.name": "gradeNav", "parent.code": "parentJobCode",
    "attributes.standardHours": "standardHours", "attributes.isFulltimeEmployee": "isFulltimeEmployee",
    "attributes.employeeClass": "employeeClass", "attributes.supervisorLevel": "supervisorLevel",
    "attributes.regularTemporary": "regularTemporary", "attributes.workerCompCode": "workerCompCode",
}  # fmt: skip
# Our list -> the content navigation of JobProfile and the column of its entity.
LISTS = {
    "responsibilities": ("jobResponsibilityContents", "duty"),
    "skills": ("skillContents", "name"),
    "requirements.competency": ("competencyContents", "name"),
    "requirements.certification": ("certificationContents", "certification"),
    "requirements.education": ("educationDegreeContents", "degree"),
    "requirements.condition": ("employmentConditionContents", "condition"),
    "requirements.experience": ("relevantIndustryContents", "industry"),
}
TEXTS = {"title": "name", "titles": "name", "descriptions.description": "description"}
PROFILE_TEXTS = {f"descriptions.{name}": name for name in ("header", "shortDesc", "longDesc", "footer")}
OTHERS = ("ids.job_profile", "families.code", "families.name", "custom_fields", "ignored")
FIELDS = (*JOB_CODE, *TEXTS, *PROFILE_TEXTS, *LISTS, *OTHERS)
# Labels that are the names of SuccessFactors' own columns or plain English for one of our fields. Not
# externalCode: every foundation object has one, and a department's row would be taken for a job.
DEFAULTS = {
    "jobCode": "code", "title": "title", "jobTitle": "title", "name": "title", "status": "status",
    "startDate": "valid_from", "endDate": "valid_to", "lastModified": "source_updated_at",
    "lastModifiedDateTime": "source_updated_at", "description": "descriptions.description",
    "shortDescription": "descriptions.shortDesc", "longDescription": "descriptions.longDesc",
    "responsibilities": "responsibilities", "skills": "skills", "jobFunction": "function.code",
    "jobLevel": "level.code", "grade": "grade.code", "event": "ignored", "eventId": "ignored",
    "eventType": "ignored",
}  # fmt: skip


class BadFieldMap(ValueError):
    """A company's field map that names a field which no job profile of SuccessFactors has."""


class Columns(msgspec.Struct, frozen=True):
    """Column -> our field. `own`: the company said so; then further columns are left aside, else they
    make the record one that is not known."""

    known: dict[str, str]
    own: bool = False
    records: str = ""
    zone: str = ""


NO_FIELDS = Columns(DEFAULTS)


def columns(fields: Mapping[str, str] | None) -> Columns:
    """The default labels, with a company's own (`column -> field`) over them.

    A column may be a path (`job.code`). `@records` names the list the records are in, `@time_zone` the
    zone in whose midnight a recipe's dates were (`Europe/Berlin`). Raises BadFieldMap.
    """
    if not fields:
        return NO_FIELDS
    own = dict(fields or {})
    zone, records = own.pop(ZONE, ""), own.pop(RECORDS, "")
    for column, field in own.items():
        if not _possible(field):
            known = ", ".join(FIELDS)
            raise BadFieldMap(f"The column {column!r} is mapped to {field!r}, which is no field: {known}.")
    if zone:
        zone_of(zone)
    return Columns(own | {k: v for k, v in DEFAULTS.items() if k not in own}, bool(own), records, zone)


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name. Raises BadFieldMap."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadFieldMap(f"{ZONE} is {name!r}, which is no time zone such as Europe/Berlin.") from None


def records_of(data: Any, known: Columns) -> list[Any]:
    """The records of a body: at `@records`, else the body itself or the list it is."""
    found = _at(data, known.records) if known.records else data
    return found if isinstance(found, list) else [found]


def fits(record: Any, known: Columns) -> bool:
    """Whether a record can be read by its labels: it has a code and a title, and, unless the company
    mapped columns itself, no label that is not known (an employee's record has a job code too)."""
    if not isinstance(record, dict):
        return False
    fields = {field for column, field in known.known.items() if _at(record, column) is not None}
    if known.own:
        return "code" in fields
    return {"code", "title"} <= fields and all(column in known.known for column in record)


def made(record: Record, known: Columns) -> list[tuple[str, Record]]:
    """The record as SuccessFactors would send it: a FOJobCode and, when there is one in it, a JobProfile."""
    job: Record = {}
    profile: Record = {}
    role: Record = {}
    for column, field in known.known.items():
        value = _at(record, column)
        if value not in (None, ""):
            _put(field, value, column, job, profile, role)
    code = code_of(job.get("externalCode"))
    found: list[tuple[str, Record]] = [("FOJobCode", job)]
    if code and (profile or role):
        found.append(("JobProfile", profile | {"roleNav": role | {"jobCodeMappings": [{"jobCode": code}]}}))
    return found


def unknown(records: list[Any], known: Columns) -> Unreadable:
    """The refusal of JSON none of whose records fits, with the labels found and the way to map them."""
    first = next((record for record in records if isinstance(record, dict)), {})
    names = [(plain(str(key)) or "?")[:16] for key in list(first)[:4]]
    looked = next((column for column, field in known.known.items() if field == "code"), "jobCode")
    said = (
        f"JSON object with keys {', '.join(names) or '(none)'}: neither OData v2 nor a {looked[:16]} with a "
        "title."
    )
    fix = "Send FOJobCode or JobProfile as OData v2, or map the columns."
    return Unreadable("unknown_shape", said, 422, fix)


def problem(place: int, record: Any, known: Columns) -> Problem:
    """Why one record among good ones cannot be used."""
    if not isinstance(record, dict):
        return Problem("not_an_object", f"Record {place} is not a JSON object.")
    looked = [column for column, field in known.known.items() if field == "code"]
    detail = f"Record {place} has no job code; looked for {', '.join(looked)[:120]}."
    return Problem("no_identifier", detail, looked[-1] if looked else None)


def _possible(field: str) -> bool:
    base, _, rest = field.rpartition(".")
    localised = base in TEXTS or base in PROFILE_TEXTS
    return field in FIELDS or (localised and LOCALE.match(rest) is not None) or (base == "custom_fields")


def _at(record: Any, path: str) -> Any:
    if isinstance(record, dict) and path in record:
        return record[path]
    for step in path.split("."):
        record = record.get(step) if isinstance(record, dict) else None
    return record


def _put(field: str, value: Any, column: str, job: Record, profile: Record, role: Record) -> None:
    base, _, rest = field.rpartition(".")
    if field in JOB_CODE:
        _job(field, value, job)
    elif field in LISTS:
        navigation, name = LISTS[field]
        profile.setdefault(navigation, _contents(value, name))
    elif field in TEXTS or field in PROFILE_TEXTS:
        _text(field, "defaultValue", value, job, profile)
    elif field == "families.code":
        role.setdefault("family", value)
    elif field == "families.name":
        role.setdefault("familyNav", {"name_defaultValue": value})
    elif field == "ids.job_profile":
        profile.setdefault("externalCode", value)
    elif base == "custom_fields" or field == "custom_fields":
        job.setdefault(f"cust_{rest if base else column}", value)
    elif base:
        _text(base, rest, value, job, profile)


def _job(field: str, value: Any, job: Record) -> None:
    name = JOB_CODE[field]
    if field.endswith(".name"):
        value = {"name": value, "label": value}
    elif field == "status":
        value = STATUS.get(str(value).strip().lower(), value)
    job.setdefault(name, value)


def _text(field: str, locale: str, value: Any, job: Record, profile: Record) -> None:
    if field in PROFILE_TEXTS:
        profile.setdefault(f"{PROFILE_TEXTS[field]}_{locale}", value)
    else:
        job.setdefault(f"{TEXTS[field]}_{locale}", value)


def _contents(value: Any, name: str) -> list[Record]:
    """The rows of a list: its texts, or the lines of one text."""
    texts: Iterable[Any] = (
        value.splitlines() if isinstance(value, str) else value if isinstance(value, list) else ()
    )
    lines = [text.strip() for text in texts if isinstance(text, str) and text.strip()]
    return [{"order": place, "entityNav": {f"{name}_defaultValue": text}} for place, text in enumerate(lines)]

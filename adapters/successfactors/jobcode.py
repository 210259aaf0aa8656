"""FOJobCode: a job classification with its effective-dated slices.

One code comes as one record per slice, in any order. Every slice is kept; the one that holds today
fills the profile, because a slice that becomes current changes nothing at the source.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from adapters.model import JobProfile, Problem, Provenance, Ref, Slice, Status
from adapters.successfactors.odata import (
    Columns,
    Record,
    columns_of,
    line,
    many,
    one,
    own_text,
    verbatim,
)
from adapters.successfactors.texts import described
from adapters.successfactors.values import OPEN, Warnings, calendar, code_of, instant, number
from adapters.text import boolean

PICKLISTS = (
    "supervisorLevel", "defaultSupervisorLevel", "defaultJobLevel", "employeeClass",
    "defaultEmployeeClass", "regularTemporary", "isRegular", "workerCompCode",
)  # fmt: skip
CUSTOM = ("customString", "cust_", "localNav", "toJobClassificationCountry")
PROVENANCE = Provenance(shape="odata_fojobcode", version="v2")
STATUS: dict[str, Status] = {"A": "active", "I": "inactive"}


class Dated(msgspec.Struct, frozen=True):
    """One slice as read, when its record was changed last ("" = not said), and the record."""

    slice: Slice
    changed: str
    record: Record


def from_slices(code: str, records: list[Record], today: date, warnings: Warnings) -> JobProfile:
    """The job profile of one code out of all its records, as it stands on `today`.

    A code whose slices are all in the future or all over is inactive and says so in a warning.
    """
    slices = _ordered(records, warnings)
    shown, state = _shown(slices, today.isoformat())
    record, columns = shown.record, columns_of(shown.record)
    if state:
        warnings.append(Problem(code=state, detail=_not_current(shown.slice, state), field="startDate"))
    return JobProfile(
        system="successfactors",
        source_id=code,
        provenance=PROVENANCE,
        ids=_ids(code, record),
        code=code,
        title=shown.slice.title,
        titles=titles_of(record, "name", columns.texts(record, "name")),
        status="inactive" if state else shown.slice.status,
        function=ref(record, "jobFunction"),
        level=_level(record),
        grade=ref(record, "grade"),
        countries=_countries(record, columns),
        descriptions=described(record, columns, "description", "description", warnings),
        parent=ref(record, "parentJobCode"),
        valid_from=shown.slice.valid_from,
        valid_to=shown.slice.valid_to,
        slices=[part.slice for part in slices],
        attributes=_attributes(record, warnings),
        custom_fields=_custom(record, columns),
        source_updated_at=max([part.changed for part in slices]) or None,
    )


def empty_fields(profile: JobProfile, records: list[Record]) -> tuple[str, ...]:
    """The description, when the records have its columns and nothing stands in them."""
    if profile.descriptions:
        return ()
    asked = any("description" in record or columns_of(record).starting("description") for record in records)
    return ("descriptions.description",) if asked else ()


def titles_of(record: Record, base: str, texts: dict[str, str]) -> dict[str, str]:
    """Titles by locale (`texts` are those of `base`), and under `default` that of the default column."""
    found = {locale: title for locale, raw in texts.items() if locale and (title := line(raw))}
    default = line(record.get(f"{base}_defaultValue")) or line(record.get(base))
    if default:
        found["default"] = default
    return found


def status_of(record: Record) -> Status:
    """active for A, inactive for I, unknown for anything else."""
    raw = record.get("status")
    return STATUS.get(raw, "unknown") if isinstance(raw, str) else "unknown"


def ref(record: Record, field: str) -> Ref | None:
    """The code in `field` with the name its expanded navigation gives."""
    target = one(record, field + "Nav")
    code = code_of(record.get(field)) or (code_of(target.get("externalCode")) if target else None)
    return Ref(code, line(own_text(target, "name")) if target else None) if code else None


def _ordered(records: list[Record], warnings: Warnings) -> list[Dated]:
    """The slices by start date; of rows with the same start the one changed last is kept."""
    kept: dict[str, Dated] = {}
    for record in records:
        end = calendar(record.get("endDate"), "endDate", warnings)
        start = calendar(record.get("startDate"), "startDate", warnings)
        title, status = line(own_text(record, "name")), status_of(record)
        part = Dated(
            Slice(start, None if end == OPEN else end, title, status),
            instant(record.get("lastModifiedDateTime")) or "",
            record,
        )
        known = kept.get(start or "")
        if known is None or _rank(part) > _rank(known):
            kept[start or ""] = part
    return [kept[start] for start in sorted(kept)]


def _rank(part: Dated) -> tuple[str, bytes]:
    return part.changed, msgspec.json.encode(verbatim(part.record), order="sorted")


def _shown(slices: list[Dated], today: str) -> tuple[Dated, str]:
    """The slice to show and, when it does not hold today, why: `not_yet_valid`, `no_longer_valid`."""
    over: Dated | None = None
    for part in reversed(slices):
        if (part.slice.valid_from or "") <= today:
            if part.slice.valid_to is None or part.slice.valid_to >= today:
                return part, ""
            over = over or part
    return (over, "no_longer_valid") if over else (slices[0], "not_yet_valid")


def _not_current(shown: Slice, state: str) -> str:
    if state == "not_yet_valid":
        return f"The job code starts on {shown.valid_from}; until then it is kept as inactive."
    return f"The job code ended on {shown.valid_to} and nothing follows; it is kept as inactive."


def _ids(code: str, record: Record) -> dict[str, str]:
    uuid = code_of(record.get("entityUUID"))
    return {"job_code": code, "entity_uuid": uuid} if uuid else {"job_code": code}


def _level(record: Record) -> Ref | None:
    """The job level: its code as the column holds it, its label and other ids from the picklist."""
    code = code_of(record.get("jobLevel"))
    option = one(record, "jobLevelNav")
    if code is None or not option:
        return Ref(code=code) if code else None
    labels = {str(part.get("locale")): part.get("label") for part in many(option, "picklistLabels")}
    name = (
        line(labels.get("en_US"))
        or line(own_text(option, "label"))
        or line(next(iter(labels.values()), None))
    )
    ids = {key: found for key in ("id", "externalCode", "optionId") if (found := code_of(option.get(key)))}
    return Ref(code=code, name=name, ids=ids)


def _countries(record: Record, columns: Columns) -> list[str]:
    """Codes of countries for which the classification has details, as sent (SAP uses three letters)."""
    parts = many(record, "toJobClassificationCountry")
    for key in columns.starting("localNav"):
        parts = parts + many(record, key)
    return [] if not parts else sorted({code for part in parts if (code := code_of(part.get("country")))})


def _attributes(record: Record, warnings: Warnings) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in PICKLISTS:
        value = record.get(name)  # most are empty
        if value is not None and (code := code_of(value)) is not None:
            found[name] = code
    if (full_time := boolean(record.get("isFulltimeEmployee"))) is not None:
        found["isFulltimeEmployee"] = full_time
    if (hours := number(record.get("standardHours"), "standardHours", warnings)) is not None:
        found["standardHours"] = hours
    return found


def _custom(record: Record, columns: Columns) -> dict[str, Any]:
    """The customer's own columns, and details per country, verbatim."""
    names = columns.starting(CUSTOM)
    filled = [name for name in names if record[name] is not None]
    return {name: value for name in filled if (value := verbatim(record[name])) is not None}

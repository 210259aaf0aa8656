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
    by_locale,
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
    """One slice's record with its dates read: `start` and `end` inclusive, None = not said or open."""

    start: str | None
    end: str | None
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
        warnings.append(Problem(code=state, detail=_not_current(shown, state), field="startDate"))
    return JobProfile(
        system="successfactors",
        source_id=code,
        provenance=PROVENANCE,
        ids=_ids(code, record),
        code=code,
        title=line(own_text(record, "name")),
        titles=titles_of(record, "name", columns),
        status="inactive" if state else status_of(record),
        function=ref(record, "jobFunction"),
        level=_level(record),
        grade=ref(record, "grade"),
        countries=_countries(record, columns),
        descriptions=described(record, "description", "description", warnings, columns),
        parent=ref(record, "parentJobCode"),
        valid_from=shown.start,
        valid_to=shown.end,
        slices=[_slice(part) for part in slices],
        attributes=_attributes(record, warnings),
        custom_fields=_custom(record, columns),
        source_updated_at=max([part.changed for part in slices]) or None,
    )


def empty_fields(profile: JobProfile, records: list[Record]) -> tuple[str, ...]:
    """The description, when the records have its columns and nothing stands in them."""
    if profile.descriptions:
        return ()
    asked = any(columns_of(record).starting("description") for record in records)
    return ("descriptions.description",) if asked else ()


def titles_of(record: Record, base: str, columns: Columns | None = None) -> dict[str, str]:
    """Titles by locale, and under `default` the one of the column without a locale."""
    found = {
        locale: title for locale, raw in by_locale(record, base, columns).items() if (title := line(raw))
    }
    default = line(record.get(f"{base}_defaultValue")) or line(record.get(base))
    return found | ({"default": default} if default else {})


def status_of(record: Record) -> Status:
    """active for A, inactive for I, unknown for anything else."""
    raw = record.get("status")
    return STATUS.get(raw, "unknown") if isinstance(raw, str) else "unknown"


def ref(record: Record, field: str) -> Ref | None:
    """The code in `field` with the name its expanded navigation gives."""
    target = one(record, field + "Nav")
    code = code_of(record.get(field)) or code_of(target.get("externalCode"))
    return Ref(code=code, name=line(own_text(target, "name")) if target else None) if code else None


def _ordered(records: list[Record], warnings: Warnings) -> list[Dated]:
    """The slices by start date; of rows with the same start the one changed last is kept."""
    kept: dict[str, Dated] = {}
    for record in records:
        end = calendar(record.get("endDate"), "endDate", warnings)
        part = Dated(
            start=calendar(record.get("startDate"), "startDate", warnings),
            end=None if end == OPEN else end,
            changed=instant(record.get("lastModifiedDateTime")) or "",
            record=record,
        )
        known = kept.get(part.start or "")
        if known is None or _rank(part) > _rank(known):
            kept[part.start or ""] = part
    return [kept[start] for start in sorted(kept)]


def _rank(part: Dated) -> tuple[str, bytes]:
    return part.changed, msgspec.json.encode(verbatim(part.record), order="sorted")


def _shown(slices: list[Dated], today: str) -> tuple[Dated, str]:
    """The slice to show and, when it does not hold today, why: `not_yet_valid`, `no_longer_valid`."""
    started = [part for part in slices if (part.start or "") <= today]
    current = [part for part in started if part.end is None or part.end >= today]
    if current:
        return current[-1], ""
    return (started[-1], "no_longer_valid") if started else (slices[0], "not_yet_valid")


def _not_current(part: Dated, state: str) -> str:
    if state == "not_yet_valid":
        return f"The job code starts on {part.start}; until then it is kept as inactive."
    return f"The job code ended on {part.end} and nothing follows; it is kept as inactive."


def _slice(part: Dated) -> Slice:
    return Slice(part.start, part.end, line(own_text(part.record, "name")), status_of(part.record))


def _ids(code: str, record: Record) -> dict[str, str]:
    uuid = code_of(record.get("entityUUID"))
    return {"job_code": code} | ({"entity_uuid": uuid} if uuid else {})


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
    filled = [name for name in PICKLISTS if record.get(name) is not None]
    found: dict[str, Any] = {name: code for name in filled if (code := code_of(record[name])) is not None}
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

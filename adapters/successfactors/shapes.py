"""What a body is: told from its own structure, and refused by name when it is not role data."""

from __future__ import annotations

from typing import Any

from adapters.model import Unreadable
from adapters.successfactors.body import ADVICE
from adapters.successfactors.odata import ENTITY_SETS, Record, type_of
from adapters.text import plain

# Columns and navigations that no other entity of the foundation or the profile builder has.
JOB_PROFILE_KEYS = {
    "roleNav", "templateNav", "shortDesciptions", "longDesciptions", "jobResponsibilityContents",
    "skillContents", "competencyContents", "certificationContents", "longDesc_defaultValue",
}  # fmt: skip
ROLE_KEYS = {"jobCodeMappings", "roleSkillMappings", "roleCompetencyMappings"}
JOB_CODE_KEYS = {
    "jobFunction", "jobFunctionNav", "workerCompCode", "parentJobCode", "parentJobCodeNav",
    "defaultJobLevel", "regularTemporary", "isFulltimeEmployee", "toJobClassificationCountry",
}  # fmt: skip


def refuse_answers(data: Any) -> None:
    """Raise `Unreadable` for an error answer (`source_error`) or an upsert answer (`upsert_answer`)."""
    if not isinstance(data, dict):
        return
    error = data.get("error")
    if isinstance(error, dict) and ("code" in error or "message" in error):
        raise Unreadable("source_error", _error(error), 422, ADVICE)
    rows = data.get("d")
    if isinstance(rows, list) and any(isinstance(row, dict) and "editStatus" in row for row in rows):
        raise Unreadable(
            "upsert_answer",
            f"The body is SuccessFactors' answer to an upsert ({len(rows)} rows), not role data.",
            422,
            ADVICE,
        )


def entity_set(record: Record, hint: str = "") -> str:
    """Which entity set a record belongs to, or "" when it is none that describes a role.

    The record's own metadata decides; then the name it was found under; then columns that only one
    entity has. `externalCode` and `startDate` alone prove nothing: every foundation object has them.
    """
    named = type_of(record) or hint
    if named:
        return named if named in ENTITY_SETS else ""
    keys = record.keys()
    if "effectiveStatus" in keys:
        return ""
    for name, telling in (
        ("JobProfile", JOB_PROFILE_KEYS),
        ("RoleEntity", ROLE_KEYS),
        ("FOJobCode", JOB_CODE_KEYS),
    ):
        if not telling.isdisjoint(keys):
            return name
    return ""


def unknown(data: Any, records: list[Any]) -> Unreadable:
    """The refusal of a body in which nothing is role data: what was looked for, what was found."""
    first = next((record for record in records if isinstance(record, dict)), None)
    if first is None:
        found = f"a JSON {_kind(data)} without records"
    else:
        found = f"{len(records)} record(s) of {(plain(type_of(first)) or '?')[:40]}"
    looked = "neither FOJobCode, JobProfile nor RoleEntity of OData v2"
    return Unreadable("unknown_shape", f"Found {found}: {looked}.", 422, ADVICE)


def _kind(data: Any) -> str:
    return {dict: "object", list: "list", str: "text", bool: "truth value"}.get(type(data), "value")


def _error(error: Record) -> str:
    message = error.get("message")
    text = message.get("value") if isinstance(message, dict) else message
    code = plain(str(error.get("code") or "")) or "without a code"
    detail = (plain(text) or "")[:300] if isinstance(text, str) else ""
    said = (detail or "no message").rstrip(".")
    return f"The body is a SuccessFactors error answer, {code[:80]}: {said}."

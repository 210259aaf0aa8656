"""Responsibilities, skills and requirements: content rows of a profile, mapping rows of a role."""

from __future__ import annotations

from adapters.model import Qualification
from adapters.successfactors.odata import Record, columns_of, line, many, one, own_text
from adapters.successfactors.texts import rich
from adapters.successfactors.values import Warnings, code_of, numeric

# navigation -> our kind, the columns of the entity that hold its text (the first filled one wins)
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "jobResponsibilityContents": ("responsibility", ("duty", "description", "name")),
    "skillContents": ("skill", ("name",)),
    "competencyContents": ("competency", ("name",)),
    "certificationContents": ("certification", ("certification",)),
    "educationDegreeContents": ("education", ("degree",)),
    "educationMajorContents": ("education", ("major",)),
    "employmentConditionContents": ("condition", ("condition",)),
    "physicalReqContents": ("condition", ("requirement",)),
    "relevantIndustryContents": ("experience", ("industry",)),
}
LISTS = tuple(
    name for name, (kind, _) in KINDS.items() if kind not in ("responsibility", "skill", "competency")
)
GONE = ("D", "F")
LAST = float("inf")  # rows that say no place


def qualifications(profile: Record, navigation: str, warnings: Warnings) -> list[Qualification]:
    """The rows of one content navigation in the order the profile shows them, per locale.

    Rows that are inactive or deleted at the source are left out, and so are rows of which only the
    code is known (their entity was not expanded).
    """
    rows = many(profile, navigation)
    if not rows:
        return []
    kind, columns = KINDS[navigation]
    found: list[Qualification] = []
    for row in _alive(rows):
        entity = one(row, "entityNav")
        code = code_of(row.get("entity")) or code_of(entity.get("externalCode"))
        found += _in_locales(kind, entity, columns, code, line(own_text(row, "proLevel")), warnings)
    return found


def role_mappings(role: Record, what: str) -> list[Qualification]:
    """The skills or competencies of the role itself, used when the profile lists none."""
    name, level = (
        ("roleSkillMappings", "proLevel") if what == "skill" else ("roleCompetencyMappings", "rating")
    )
    rows = many(role, name)
    if not rows:
        return []
    found: list[Qualification] = []
    for row in _alive(rows):
        entity = one(row, what + "Nav")
        code = code_of(row.get(what)) or code_of(entity.get("externalCode"))
        found += _in_locales(what, entity, ("name",), code, line(own_text(row, level)), [])
    return found


def _in_locales(
    kind: str,
    entity: Record,
    columns: tuple[str, ...],
    code: str | None,
    level: str | None,
    warnings: Warnings,
) -> list[Qualification]:
    """One for each text of an entity: first the one without a locale, then by locale."""
    found = []
    for locale, raw in sorted(columns_of(entity).texts(entity, *columns).items()):
        if text := rich(raw, kind, warnings):
            found.append(Qualification(kind, text.text, code, level, None, locale or None))
    return found


def _alive(rows: list[Record]) -> list[Record]:
    """The rows that are neither inactive nor deleted, in their order."""
    alive = [row for row in rows if row.get("status") != "I" and row.get("mdfSystemRecordStatus") not in GONE]
    return sorted(alive, key=_place) if len(alive) > 1 else alive


def _place(row: Record) -> tuple[float, str]:
    place = numeric(str(row.get("order", "")))
    return LAST if place is None else place, code_of(row.get("externalCode")) or ""

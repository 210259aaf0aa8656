"""Responsibilities, skills and requirements: content rows of a profile, mapping rows of a role."""

from __future__ import annotations

from adapters.model import Qualification
from adapters.successfactors.odata import Record, by_locale, columns_of, line, many, one, own_text
from adapters.successfactors.texts import rich
from adapters.successfactors.values import NUMBER, Warnings, code_of

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


def qualifications(profile: Record, navigation: str, warnings: Warnings) -> list[Qualification]:
    """The rows of one content navigation in the order the profile shows them, per locale.

    Rows that are inactive or deleted at the source are left out, and so are rows of which only the
    code is known (their entity was not expanded).
    """
    kind, columns = KINDS[navigation]
    rows = [row for row in many(profile, navigation) if _alive(row)]
    if not rows:
        return []
    found: list[Qualification] = []
    for row in sorted(rows, key=_place):
        entity = one(row, "entityNav")
        code = code_of(row.get("entity")) or code_of(entity.get("externalCode"))
        base = Qualification(kind, "", code, _level(row, "proLevel"))
        found += _in_locales(base, entity, columns, warnings)
    return found


def role_mappings(role: Record, what: str) -> list[Qualification]:
    """The skills or competencies of the role itself, used when the profile lists none."""
    name, level = (
        ("roleSkillMappings", "proLevel") if what == "skill" else ("roleCompetencyMappings", "rating")
    )
    found: list[Qualification] = []
    for row in sorted((r for r in many(role, name) if _alive(r)), key=_place):
        entity = one(row, what + "Nav")
        code = code_of(row.get(what)) or code_of(entity.get("externalCode"))
        found += _in_locales(Qualification(what, "", code, _level(row, level)), entity, ("name",), [])
    return found


def _in_locales(
    base: Qualification, entity: Record, columns: tuple[str, ...], warnings: Warnings
) -> list[Qualification]:
    texts: dict[str | None, str] = {}
    named = columns_of(entity)
    for column in columns:
        if own := own_text(entity, column):
            texts.setdefault(None, own)
        for locale, text in by_locale(entity, column, named).items():
            texts.setdefault(locale, text)
    cleaned = {locale: rich(raw, base.kind, warnings) for locale, raw in texts.items()}
    return [
        Qualification(base.kind, text.text, base.code, base.level, locale=locale)
        for locale, text in sorted(cleaned.items(), key=lambda pair: pair[0] or "")
        if text
    ]


def _alive(row: Record) -> bool:
    return row.get("status") != "I" and row.get("mdfSystemRecordStatus") not in GONE


def _place(row: Record) -> tuple[float, str]:
    order = str(row.get("order", ""))
    return (float(order) if NUMBER.match(order) else float("inf")), code_of(row.get("externalCode")) or ""


def _level(row: Record, base: str) -> str | None:
    return line(own_text(row, base))

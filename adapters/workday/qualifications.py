"""Qualification_Replacement_Data: responsibilities, requirements by kind, skills."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from adapters.model import Qualification
from adapters.text import boolean, plain, rich_text
from adapters.workday.references import code, label
from adapters.workday.tree import MISSING, Node


class Qualifications(msgspec.Struct):
    """What the job asks for, in the order the source gives within each kind."""

    responsibilities: list[Qualification]
    requirements: list[Qualification]
    skills: list[Qualification]


def qualifications(data: Node) -> Qualifications:
    """All qualifications of a profile. Raises TextTooLarge for an oversized text."""
    if data is MISSING:
        return Qualifications([], [], [])
    requirements = [
        made
        for name, make in _REQUIREMENTS.items()
        for row in _rows(data, name)
        if (made := make(row)) is not None
    ]
    return Qualifications(
        _all(data, "Responsibility", _responsibility), requirements, _all(data, "Skill", _skill)
    )


def _all(data: Node, name: str, make: Callable[[Node], Qualification | None]) -> list[Qualification]:
    return [made for row in _rows(data, name) if (made := make(row)) is not None]


def _rows(data: Node, name: str) -> Iterator[Node]:
    for block in data.all(f"{name}_Qualification_Replacement"):
        if boolean(block.attributes.get("Delete")) is not True:
            yield from block.all(f"{name}_Qualification_Replacement_Data")


def _made(
    kind: str, row: Node, text: str | None, own_code: str | None = None, level: str | None = None
) -> Qualification | None:
    if not text:
        return None
    return Qualification(kind, text, own_code, plain(level), boolean(row.value("Required")))


def _responsibility(row: Node) -> Qualification | None:
    content = rich_text(row.one("Responsibility_Description").text)
    return _made("responsibility", row, content.text if content else None)


def _experience(row: Node) -> Qualification | None:
    node = row.one("Worker_Experience_Reference", "Work_Experience_Reference")
    level = label(row.one("Work_Experience_Rating_Reference"), "Work_Experience_Rating_ID")
    return _made(
        "experience", row, label(node, "Work_Experience_ID"), code(node, "Work_Experience_ID"), level
    )


def _education(row: Node) -> Qualification | None:
    degree, field = row.one("Degree_Reference"), row.one("Field_Of_Study_Reference")
    text = _joined(label(degree, "Degree_ID"), label(field, "Field_Of_Study_ID"))
    return _made("education", row, text, code(degree, "Degree_ID") or code(field, "Field_Of_Study_ID"))


def _language(row: Node) -> Qualification | None:
    node = row.one("Language_Reference")
    abilities = (
        ": ".join(
            filter(
                None,
                (
                    label(part.one("Language_Ability_Type_Reference"), "Language_Ability_Type_ID"),
                    label(part.one("Language_Proficiency_Reference"), "Language_Proficiency_ID"),
                ),
            )
        )
        for part in row.all("Language_Ability_Profile_Data")
    )
    level = "; ".join(filter(None, abilities)) or None
    return _made("language", row, label(node, "Language_ID"), code(node, "Language_ID"), level)


def _competency(row: Node) -> Qualification | None:
    node = row.one("Competency_Reference")
    rating = row.one("Proficiency_Rating_Reference", "Competency_Level_Reference")  # renamed after v26.1
    level = label(rating, "Proficiency_Rating_ID", "Competency_Level_ID")
    return _made("competency", row, label(node, "Competency_ID"), code(node, "Competency_ID"), level)


def _certification(row: Node) -> Qualification | None:
    node = row.one("Certification_Reference")
    name = label(node, "Certification_ID") or _joined(plain(row.value("Name")), plain(row.value("Issuer")))
    specialities = [
        label(part.one(kind), kind.replace("_Reference", "_ID"))
        for part in row.all("Specialty_Achievement_Reference", "Specialty_Achievement_Data")
        for kind in ("Specialty_Reference", "Subspecialty_Reference")
    ]
    special = _joined(*specialities)
    text = f"{name} ({special})" if name and special else name or special
    return _made("certification", row, text, code(node, "Certification_ID"))


def _training(row: Node) -> Qualification | None:
    description = rich_text(row.one("Description").text)
    text = ": ".join(
        filter(None, (plain(row.value("Training_Name")), description.text if description else None))
    )
    kind = row.one("Training_Type_Reference")
    return _made("training", row, text, code(kind, "Training_Type_ID"))


def _skill(row: Node) -> Qualification | None:
    node = row.one("Skill_Reference")
    return _made("skill", row, label(node, "Skill_ID") or plain(row.value("Name")), code(node, "Skill_ID"))


def _joined(*parts: str | None) -> str | None:
    return ", ".join(filter(None, parts)) or None


_REQUIREMENTS: dict[str, Callable[[Node], Qualification | None]] = {
    "Work_Experience": _experience,
    "Education": _education,
    "Language": _language,
    "Competency": _competency,
    "Certification": _certification,
    "Training": _training,
}

"""The words that HRIS use for what a role says, as far as their documentation and exports show."""

from __future__ import annotations

import re

ABBREVIATIONS = {
    "cd": "code",
    "cds": "codes",
    "ctry": "country",
    "desc": "description",
    "eff": "effective",
    "descr": "description",
    "fam": "family",
    "func": "function",
    "grd": "grade",
    "lang": "language",
    "loc": "locale",
    "lvl": "level",
    "mgmt": "management",
    "nbr": "number",
    "nm": "name",
    "no": "number",
    "num": "number",
    "pos": "position",
    "quals": "qualifications",
    "ref": "reference",
    "reqs": "requirements",
    "resp": "responsibilities",
    "sal": "salary",
    "stat": "status",
    "txt": "text",
    "tx": "text",
}
FILLERS = {"cust", "custom", "list", "set", "data", "field", "fld", "the", "of", "hr", "c"}
CODES = {"code", "id", "key", "number", "reference", "external"}
NAMES = {"name", "label", "title", "text", "value", "description", "descriptor", "display"}
SYNONYMS: dict[str, tuple[str, ...]] = {
    "title": (
        "title",
        "job title",
        "position title",
        "position name",
        "job profile name",
        "job name",
        "role name",
        "designation",
    ),
    "titles": ("titles", "localised titles", "translated titles", "title translations", "job titles"),
    "code": ("code", "job code", "job profile id", "job id", "position code", "job reference", "job number"),
    "family": ("job family", "family", "job function", "function", "discipline", "occupation group"),
    "level": ("job level", "level", "management level", "career level", "seniority", "hierarchy level"),
    "grade": ("grade", "pay grade", "salary grade", "compensation grade", "pay band", "band", "salary band"),
    "status": ("status", "record status", "effective status", "inactive", "active", "is active", "state"),
    "locale": ("locale", "language", "language code"),
    "countries": ("country", "countries", "country codes", "location country", "applicable countries"),
    "description": (
        "description",
        "job description",
        "descriptions",
        "about the role",
        "long description",
        "position description",
        "job purpose",
    ),
    "summary": ("summary", "overview", "job summary", "short description", "abstract"),
    "responsibilities": ("responsibilities", "duties", "accountabilities", "key tasks", "main duties"),
    "requirements": (
        "requirements",
        "qualifications",
        "education and experience",
        "prerequisites",
        "must have",
    ),
    "skills": ("skills", "competencies", "capabilities", "skill set", "knowledge and skills"),
    "process_map": ("process map", "process flow", "workflow steps", "process description"),
    "sop": ("sop", "standard operating procedure", "operating procedure", "work instruction"),
}
SECTIONS = {
    "summary": ("job_description", "Summary"),
    "description": ("job_description", "Description"),
    "responsibilities": ("job_description", "Responsibilities"),
    "requirements": ("job_description", "Requirements"),
    "skills": ("job_description", "Skills"),
    "process_map": ("process_map", ""),
    "sop": ("sop", ""),
}
"""Concept -> the kind of document and the heading it makes a section of."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words(name: str) -> list[str]:
    """`custJobFamCd` as `job family code`: split, unabbreviated, in the singular, without fillers."""
    found = [ABBREVIATIONS.get(word.lower(), word.lower()) for word in _WORD.findall(name)]
    kept = [_singular(word) for word in found if word not in FILLERS]
    return kept or found or [name.lower()]


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word

"""Which columns and navigations are asked for: what the reader uses, as far as the tenant has it.

Columns that hold pay or interview questions are not in the list, so they never leave the tenant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from adapters.successfactors.pull.metadata import Entity

_TEXTS = ("shortDesc", "longDesc", "header", "footer")
_OWN = ("_defaultValue", "_localized")
_CONTENTS = (
    *("jobResponsibility", "skill", "competency", "certification", "educationDegree", "educationMajor"),
    *("employmentCondition", "physicalReq", "relevantIndustry"),
)
_ROLE = (
    *("jobCodeMappings", "familyNav", "roleSkillMappings/skillNav", "roleCompetencyMappings/competencyNav"),
)


class Asked(msgspec.Struct, frozen=True):
    """What one kind of record is asked for: its keys, its columns by name and by pattern, its navigations."""

    keys: tuple[str, ...]
    columns: tuple[str, ...]
    pattern: str
    expand: tuple[str, ...]


ASKED: dict[str, Asked] = {
    "FOJobCode": Asked(
        ("externalCode", "startDate"),
        (
            *("endDate", "status", "name", "description", "jobFunction", "grade", "jobLevel"),
            *("parentJobCode", "supervisorLevel", "defaultSupervisorLevel", "defaultJobLevel"),
            *("employeeClass", "defaultEmployeeClass", "regularTemporary", "isRegular"),
            *("isFulltimeEmployee", "standardHours", "workerCompCode", "lastModifiedDateTime"),
        ),
        r"(name|description)_\w+|cust_\w+|customString\w+|entityUUID",
        ("jobFunctionNav", "gradeNav", "parentJobCodeNav", "jobLevelNav", "toJobClassificationCountry"),
    ),
    "JobProfile": Asked(
        ("externalCode",),
        (
            *("role", "status", "draft", "lastModifiedDateTime", "effectiveStartDate", "effectiveEndDate"),
            *(text + own for text in _TEXTS for own in _OWN),
        ),
        r"name_\w+",
        (
            *(f"roleNav/{one}" for one in _ROLE),
            *("shortDesciptions", "longDesciptions", "headers", "footers"),
            *(f"{one}Contents/entityNav" for one in _CONTENTS),
        ),
    ),
    "RoleEntity": Asked(("externalCode",), ("status", "family", "lastModifiedDateTime"), r"name_\w+", _ROLE),
}
# What a tenant need not have: its absence is no news to anybody.
_QUIET = re.compile(r"\w+_(defaultValue|localized)|default\w+|supervisorLevel|educationM\w+|educationD\w+")


class Plan(msgspec.Struct, frozen=True):
    """What is asked of one kind of record in this tenant; an empty `select` asks for every column."""

    select: tuple[str, ...]
    expand: tuple[str, ...]

    def without(self, entity: str, names: Iterable[str]) -> Plan:
        """The same without what these names mean: `FOJobCode/jobLevel`, `JobProfile/roleNav/familyNav`, the
        column of another entity that a navigation leads to, or a bare name that may be anywhere."""
        gone = tuple(names)

        def stays(path: str) -> bool:
            return not any(_means(name, entity, path) for name in gone)

        return Plan(tuple(filter(stays, self.select)), tuple(filter(stays, self.expand)))

    def left_out(self, entity: str, smaller: Plan) -> tuple[str, ...]:
        """What this plan has and the smaller one has not, by full names."""
        kept = {*smaller.select, *smaller.expand}
        return tuple(f"{entity}/{path}" for path in (*self.select, *self.expand) if path not in kept)


def _means(name: str, entity: str, path: str) -> bool:
    head, _, rest = name.partition("/")
    if head == entity and rest:
        return path == rest or path.startswith(f"{rest}/")
    if not rest:
        return name in path.split("/")
    return path == name or path.startswith(f"{name}/") or rest in path.split("/")[1:]


def plan(entity: str, types: Mapping[str, Entity]) -> tuple[Plan, tuple[str, ...]]:
    """The plan for one kind of record, and what of it the tenant turned out not to have."""
    asked, known = ASKED[entity], types.get(entity)
    if known is None:
        return Plan((), asked.expand), ()
    more = sorted(name for name in known.columns if re.fullmatch(asked.pattern, name))
    wished = Plan(tuple(dict.fromkeys((*asked.keys, *asked.columns, *more))), asked.expand)
    missing = {path: _missing(path, entity, types) for path in wished.expand}
    found = Plan(
        tuple(name for name in wished.select if name in known.columns),
        tuple(_labelled(path, known) for path in wished.expand if missing[path] is None),
    )
    absent = [name for name in wished.select if name not in known.columns and not _QUIET.fullmatch(name)]
    names = dict.fromkeys((*absent, *(step for step in missing.values() if step)))
    return found, tuple(f"{entity}/{name}" for name in names)


def _labelled(path: str, known: Entity) -> str:
    """The path, to the labels where it leads to an old picklist, whose options have none of their own."""
    return f"{path}/picklistLabels" if known.navigations.get(path) == "PicklistOption" else path


def _missing(path: str, entity: str, types: Mapping[str, Entity]) -> str | None:
    """The part of a navigation path that the tenant does not have. A type that the document does not
    describe is taken to have what is asked for; the answer itself says if it has not."""
    here, walked = types.get(entity), []
    for step in path.split("/"):
        walked.append(step)
        if here is None:
            return None
        if step not in here.navigations:
            return "/".join(walked)
        here = types.get(here.navigations[step])
    return None

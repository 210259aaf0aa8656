"""JobProfile (Job Profile Builder) and the RoleEntity that ties it to job codes.

Facts: two navigations are misspelled at the source (`shortDesciptions`, `longDesciptions`); contents
come unordered and `order` is text; `jobCodeMappings` hangs on the role, may be empty or hold several
codes, and several profiles may share one code. Interview questions and compensation are never read.
"""

from __future__ import annotations

import msgspec

from adapters.model import Description, JobProfile, Provenance, Qualification, Ref, Status
from adapters.successfactors.contents import LISTS, qualifications, role_mappings
from adapters.successfactors.jobcode import status_of, titles_of
from adapters.successfactors.odata import Columns, Record, columns_of, line, many, one, own_text
from adapters.successfactors.texts import described
from adapters.successfactors.values import OPEN, Warnings, calendar, code_of, instant

TEXTS = (
    ("header", "headers", "header"),
    ("shortDesc", "shortDesciptions", "shortDesc"),
    ("longDesc", "longDesciptions", "longDesc"),
    ("footer", "footers", "footer"),
)


LISTED = {
    "jobResponsibilityContents": "responsibilities",
    "skillContents": "skills",
    "roleSkillMappings": "skills",
    "competencyContents": "requirements.competency",
    "roleCompetencyMappings": "requirements.competency",
    "certificationContents": "requirements.certification",
    "educationDegreeContents": "requirements.education",
    "educationMajorContents": "requirements.education",
    "employmentConditionContents": "requirements.condition",
    "physicalReqContents": "requirements.condition",
    "relevantIndustryContents": "requirements.experience",
    **{navigation: f"descriptions.{field}" for field, navigation, _ in TEXTS},
}
REQUIREMENTS = ("competencyContents", *LISTS)


class Source(msgspec.Struct, frozen=True):
    """A JobProfile record (empty when only the role was sent) with its role's record (or an empty one)."""

    profile: Record
    role: Record

    @property
    def code(self) -> str:
        """Its own code: the profile's, else the role's."""
        return code_of(self.profile.get("externalCode")) or code_of(self.role.get("externalCode")) or ""

    @property
    def job_codes(self) -> list[str]:
        """The job codes its role is mapped to, sorted, each once."""
        mappings = many(self.role, "jobCodeMappings")
        return sorted({code for part in mappings if (code := code_of(part.get("jobCode")))})

    @property
    def mapped(self) -> bool:
        """Whether the answer says anything about job codes, were it that there is none."""
        value = self.role.get("jobCodeMappings")
        return value is not None and not (isinstance(value, dict) and "__deferred" in value)

    @property
    def draft(self) -> bool:
        """Whether the profile is still being written at the source."""
        return self.profile.get("draft") in (True, "true")

    @property
    def status(self) -> Status:
        """The profile's own status."""
        return status_of(self.profile)


def from_profile(profile: Record, code: str | None, warnings: Warnings) -> JobProfile:
    """What a JobProfile record says of job code `code`; None keeps it as a role of its own.

    A profile without a job code gets `job_profile:<its code>` as source id, so that it can never be
    taken for the job code with the same digits.
    """
    own = code_of(profile.get("externalCode")) or ""
    role = code_of(profile.get("role"))
    columns = columns_of(profile)
    names = columns.texts(profile, "name")
    valid_to = calendar(profile.get("effectiveEndDate"), "effectiveEndDate", warnings)
    return JobProfile(
        system="successfactors",
        source_id=code or f"job_profile:{own}",
        provenance=Provenance(
            shape="odata_jobprofile",
            version="v2",
            notes=((f"job_profile {own}",) if own else ()) + ((f"job_role {role}",) if role else ()),
        ),
        ids=_ids("job_profile", own, code),
        code=code or own,
        title=line(names.get("")),
        titles=titles_of(profile, "name", names) if "" in names else {},
        status=status_of(profile),
        descriptions=_descriptions(profile, columns, warnings),
        responsibilities=qualifications(profile, "jobResponsibilityContents", warnings),
        requirements=_requirements(profile, warnings),
        skills=qualifications(profile, "skillContents", warnings),
        valid_from=calendar(profile.get("effectiveStartDate"), "effectiveStartDate", warnings),
        valid_to=None if valid_to == OPEN else valid_to,
        source_updated_at=instant(profile.get("lastModifiedDateTime")),
    )


def from_role(role: Record, code: str | None) -> JobProfile:
    """What a RoleEntity record says of job code `code`; None keeps it as `job_role:<its code>`."""
    own = code_of(role.get("externalCode")) or ""
    names = columns_of(role).texts(role, "name")
    notes = (f"job_role {own}",) if own else ()
    return JobProfile(
        system="successfactors",
        source_id=code or f"job_role:{own}",
        provenance=Provenance(shape="odata_roleentity", version="v2", notes=notes),
        ids=_ids("job_role", own, code),
        code=code or own,
        title=line(names.get("")),
        titles=titles_of(role, "name", names),
        families=_families(role),
        requirements=role_mappings(role, "competency"),
        skills=role_mappings(role, "skill"),
        source_updated_at=instant(role.get("lastModifiedDateTime")),
    )


def empty_fields(record: Record) -> tuple[str, ...]:
    """The lists and texts of which a JobProfile or RoleEntity says that there are none: all their
    navigations that it has were expanded and are empty. One that was not expanded, or null, says nothing."""
    empty: dict[str, bool] = {}
    for navigation, field in LISTED.items():
        said = record.get(navigation)
        if said is not None:
            listed = said.get("results") if isinstance(said, dict) else said
            empty[field] = listed == [] and empty.get(field, True)
    return tuple([field for field, none in empty.items() if none])


def _ids(kind: str, own: str, code: str | None) -> dict[str, str]:
    """Only what identifies this role alone: a profile or role that belongs to several job codes does not."""
    return {"job_code": code} if code else {kind: own}


def _requirements(profile: Record, warnings: Warnings) -> list[Qualification]:
    found: list[Qualification] = []
    for navigation in REQUIREMENTS:
        if navigation in profile:
            found += qualifications(profile, navigation, warnings)
    return found


def _families(role: Record) -> list[Ref]:
    family = one(role, "familyNav")
    code = code_of(role.get("family")) or code_of(family.get("externalCode"))
    return [Ref(code=code, name=line(own_text(family, "name")))] if code else []


def _descriptions(profile: Record, columns: Columns, warnings: Warnings) -> list[Description]:
    """Per kind of text the navigation's records; the short columns only when it gave nothing."""
    found: list[Description] = []
    for field, navigation, column in TEXTS:
        texts: list[Description] = []
        for part in many(profile, navigation):
            texts += described(part, columns_of(part), "desc", field, warnings)
        found += texts or described(profile, columns, column, field, warnings)
    return found

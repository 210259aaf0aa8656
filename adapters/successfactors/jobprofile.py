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
from adapters.successfactors.odata import Record, line, many, one, own_text
from adapters.successfactors.texts import described
from adapters.successfactors.values import OPEN, Warnings, calendar, code_of, instant

TEXTS = (
    ("header", "headers", "header"),
    ("shortDesc", "shortDesciptions", "shortDesc"),
    ("longDesc", "longDesciptions", "longDesc"),
    ("footer", "footers", "footer"),
)


LISTED = {
    "responsibilities": ("jobResponsibilityContents",),
    "skills": ("skillContents", "roleSkillMappings"),
    "requirements.competency": ("competencyContents", "roleCompetencyMappings"),
    "requirements.certification": ("certificationContents",),
    "requirements.education": ("educationDegreeContents", "educationMajorContents"),
    "requirements.condition": ("employmentConditionContents", "physicalReqContents"),
    "requirements.experience": ("relevantIndustryContents",),
    **{f"descriptions.{field}": (navigation,) for field, navigation, _ in TEXTS},
}


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

    @property
    def named(self) -> Record:
        """The record that carries the name: the profile's, else the role's."""
        return self.profile if own_text(self.profile, "name") else self.role


def build(source: Source, code: str | None, warnings: Warnings) -> JobProfile:
    """The job profile under job code `code`; None keeps it as a role of its own.

    A profile without a job code gets `job_profile:<its code>` as source id, so that it can never be
    taken for the job code with the same digits.
    """
    profile, role = source.profile, source.role
    valid_to = calendar(profile.get("effectiveEndDate"), "effectiveEndDate", warnings)
    kind = "job_profile" if profile else "job_role"
    return JobProfile(
        system="successfactors",
        source_id=code or f"{kind}:{source.code}",
        provenance=Provenance(
            shape="odata_jobprofile" if profile else "odata_roleentity", version="v2", notes=_origin(source)
        ),
        ids=_ids(source, code, kind),
        code=code or source.code,
        title=line(own_text(source.named, "name")),
        titles=titles_of(source.named, "name"),
        status=source.status,
        families=_families(role),
        descriptions=_descriptions(profile, warnings) if profile else [],
        responsibilities=qualifications(profile, "jobResponsibilityContents", warnings),
        requirements=_requirements(profile, role, warnings),
        skills=qualifications(profile, "skillContents", warnings) or role_mappings(role, "skill"),
        valid_from=calendar(profile.get("effectiveStartDate"), "effectiveStartDate", warnings),
        valid_to=None if valid_to == OPEN else valid_to,
        source_updated_at=_updated(profile, role),
    )


def empty_fields(record: Record) -> tuple[str, ...]:
    """The lists and texts of which a JobProfile or RoleEntity says that there are none: all their
    navigations that it has were expanded and are empty. One that was not expanded, or null, says nothing."""
    found = []
    for field, navigations in LISTED.items():
        said = [record[name] for name in navigations if record.get(name) is not None]
        lists = [part.get("results") if isinstance(part, dict) else part for part in said]
        if lists and all(part == [] for part in lists):
            found.append(field)
    return tuple(found)


def _ids(source: Source, code: str | None, kind: str) -> dict[str, str]:
    """Only what identifies this role alone: a profile or role that belongs to several job codes does not."""
    return {"job_code": code} if code else {kind: source.code}


def _origin(source: Source) -> tuple[str, ...]:
    """The profile and the role it was made of, for whoever traces it back."""
    found = {
        "job_profile": code_of(source.profile.get("externalCode")),
        "job_role": code_of(source.role.get("externalCode")) or code_of(source.profile.get("role")),
    }
    return tuple(f"{name} {value}" for name, value in found.items() if value)


def _families(role: Record) -> list[Ref]:
    family = one(role, "familyNav")
    code = code_of(role.get("family")) or code_of(family.get("externalCode"))
    return [Ref(code=code, name=line(own_text(family, "name")))] if code else []


def _descriptions(profile: Record, warnings: Warnings) -> list[Description]:
    """Per kind of text the navigation's records; the short columns only when it gave nothing."""
    found: list[Description] = []
    for field, navigation, column in TEXTS:
        texts = [d for part in many(profile, navigation) for d in described(part, "desc", field, warnings)]
        found += texts or described(profile, column, field, warnings)
    return found


def _requirements(profile: Record, role: Record, warnings: Warnings) -> list[Qualification]:
    competencies = qualifications(profile, "competencyContents", warnings) or role_mappings(
        role, "competency"
    )
    found = list(competencies)
    for navigation in LISTS:
        found += qualifications(profile, navigation, warnings)
    return found


def _updated(profile: Record, role: Record) -> str | None:
    moments = [instant(record.get("lastModifiedDateTime")) for record in (profile, role)]
    return max((moment for moment in moments if moment), default=None)

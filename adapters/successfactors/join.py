"""FOJobCode, JobProfile and RoleEntity made one: the classification's facts, the profile's texts, the
role's family and skills. Each record is a part by itself, so that one that comes alone can be joined with
the others that came before.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from adapters.model import JobProfile, Part, Problem, Provenance
from adapters.successfactors.jobprofile import Source, empty_fields, from_profile, from_role
from adapters.successfactors.values import Warnings, code_of

CUT = "..."
JOB_CODE, PROFILE, ROLE = "job_code", "job_profile:", "job_role:"


def parts_of(
    job: Part | None, code: str | None, sources: list[Source], warnings: Warnings
) -> tuple[Part, ...]:
    """The parts of one job code (`job`, if it was sent, and the profiles linked to it), or of one profile
    without a job code (`code` None)."""
    parts = {} if job is None else {job.name: job}
    for source in sources:
        role_code = code_of(source.role.get("externalCode")) or code_of(source.profile.get("role"))
        under = f"{ROLE}{role_code or ''}" if role_code or source.role else None
        if source.profile:
            name = f"{PROFILE}{code_of(source.profile.get('externalCode')) or ''}"
            alone = from_profile(source.profile, code, warnings)
            parts[name] = Part(name, alone, under, empty_fields(source.profile))
        if source.role:
            name = under or ROLE
            parts[name] = Part(name, from_role(source.role, code), None, empty_fields(source.role))
    if job is not None and sources and all(source.status == "inactive" for source in sources):
        first = min(source.code for source in sources)
        detail = f"Job profile {first} is inactive; its texts are used because there is no other."
        warnings.append(Problem("inactive_job_profile", detail, "status"))
    return tuple(parts.values())


def joined(parts: Iterable[Part]) -> JobProfile:
    """One job profile of its parts (at least one).

    Codes, status, dates, grade and function are the job code's; texts are everybody's; a title that the
    job code cut off (`...`) is completed from the profile. Of several profiles the first (active ones
    before others, then by code) gives the title and the lists; inactive ones count when there is no other.
    """
    by_name = {part.name: part for part in parts}
    if len(by_name) == 1:
        return next(iter(by_name.values())).profile
    job = by_name.get(JOB_CODE)
    made = [_with_role(part, by_name) for part in _winner_first(by_name)]
    notes = tuple(dict.fromkeys(note for part in made for note in part.provenance.notes))
    first = replace(
        made[0],
        descriptions=[text for part in made for text in part.descriptions],
        provenance=replace(made[0].provenance, notes=notes),
    )
    return first if job is None else _merged(job.profile, first)


def _winner_first(by_name: dict[str, Part]) -> list[Part]:
    """The profiles, and the roles that none of them hangs on, in a fixed order."""
    taken = {part.under for part in by_name.values()}
    heads = [part for part in by_name.values() if part.name not in taken and part.name != JOB_CODE]
    ordered = sorted(heads, key=lambda part: (part.profile.status == "inactive", part.name))
    return [part for part in ordered if part.profile.status != "inactive"] or ordered


def _with_role(part: Part, by_name: dict[str, Part]) -> JobProfile:
    """The profile, with its role where it says nothing itself."""
    profile = part.profile
    role = by_name[part.under].profile if part.under in by_name else None
    if role is None:
        return profile
    rated = [one for one in profile.requirements if one.kind == "competency"]
    return replace(
        profile,
        title=profile.title or role.title,
        titles=profile.titles or role.titles,
        families=role.families,
        requirements=([] if rated else role.requirements) + profile.requirements,
        skills=profile.skills or role.skills,
        source_updated_at=_later(profile, role),
        provenance=replace(profile.provenance, notes=profile.provenance.notes + role.provenance.notes),
    )


def _merged(job: JobProfile, profile: JobProfile) -> JobProfile:
    titles = profile.titles | {
        name: _fuller(title, profile.titles.get(name)) for name, title in job.titles.items()
    }
    return replace(
        job,
        provenance=Provenance(shape="odata_joined", version="v2", notes=profile.provenance.notes),
        title=_fuller(job.title, profile.title) if job.title else profile.title,
        titles=titles,
        families=profile.families,
        descriptions=profile.descriptions + job.descriptions,
        responsibilities=profile.responsibilities,
        requirements=profile.requirements,
        skills=profile.skills,
        source_updated_at=_later(job, profile),
    )


def _later(one: JobProfile, other: JobProfile) -> str | None:
    stamps = [stamp for stamp in (one.source_updated_at, other.source_updated_at) if stamp]
    return max(stamps, default=None)


def _fuller(short: str, full: str | None) -> str:
    """The longer title when the short one is its beginning, cut off by the source."""
    if full and short.endswith(CUT) and full.startswith(short[: -len(CUT)].rstrip()):
        return full
    return short

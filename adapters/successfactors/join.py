"""FOJobCode and JobProfile made one: the classification's facts, the profile's texts."""

from __future__ import annotations

from msgspec.structs import replace

from adapters.model import JobProfile, Problem, Provenance
from adapters.successfactors.jobprofile import Source, build
from adapters.successfactors.values import Warnings

CUT = "..."


def winner_first(sources: list[Source]) -> list[Source]:
    """Profiles of one job code in a fixed order, active ones first, then by their code.

    The first gives the title and the lists. Inactive ones are left out when there is an active one.
    """
    ordered = sorted(sources, key=lambda source: (source.status == "inactive", source.code))
    active = [source for source in ordered if source.status != "inactive"]
    return active or ordered


def joined(job: JobProfile | None, code: str, sources: list[Source], warnings: Warnings) -> JobProfile:
    """One job profile of a job code (`job`, if it was sent) and the profiles linked to it.

    Codes, status, dates, grade and function are the job code's; texts are everybody's; a title that
    the job code cut off (`...`) is completed from the profile.
    """
    ordered = winner_first(sources)
    made = [build(source, code, warnings) for source in ordered]
    if all(source.status == "inactive" for source in ordered) and job is not None and made:
        detail = f"Job profile {ordered[0].code} is inactive; its texts are used because there is no other."
        warnings.append(Problem("inactive_job_profile", detail, "status"))
    if not made:
        return job or build(Source({}, {}), code, warnings)
    notes = tuple(dict.fromkeys(note for part in made for note in part.provenance.notes))
    first = replace(
        made[0],
        descriptions=[text for part in made for text in part.descriptions],
        provenance=replace(made[0].provenance, notes=notes),
    )
    return first if job is None else _merged(job, first)


def _merged(job: JobProfile, profile: JobProfile) -> JobProfile:
    stamps = [stamp for stamp in (job.source_updated_at, profile.source_updated_at) if stamp]
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
        source_updated_at=max(stamps, default=None),
    )


def _fuller(short: str, full: str | None) -> str:
    """The longer title when the short one is its beginning, cut off by the source."""
    if full and short.endswith(CUT) and full.startswith(short[: -len(CUT)].rstrip()):
        return full
    return short

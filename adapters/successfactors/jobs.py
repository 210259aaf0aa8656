"""A job in plain words, and the records SuccessFactors would hold of it. For samples, demos and tests.

The columns are those of the sample records, so that what is made here is valid by the same schemas.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from adapters.successfactors.odata import Record

SERVICE = "https://api.example.com/odata/v2/"
SAMPLES = Path(__file__).parent / "samples"
OPEN_END, ALWAYS = date(9999, 12, 31), date(1900, 1, 1)
Localised = dict[str, str]


class Skill(msgspec.Struct, frozen=True):
    """A skill of a job, with the level it is needed at."""

    code: str
    name: str
    level: str | None = None


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Texts by locale stand beside the text without one. `slices`: the day from which a title holds, with
    the title, beside `title`, which holds from `valid_from`. Formatted texts are HTML."""

    code: str
    title: str
    titles: Localised = {}
    active: bool = True
    valid_from: date = ALWAYS
    slices: tuple[tuple[date, str], ...] = ()
    function: str | None = None
    grade: str | None = None
    level: str | None = None
    hours: str | None = None
    full_time: bool | None = None
    description: str | None = None
    descriptions: Localised = {}
    short: str | None = None
    long: str | None = None
    longs: Localised = {}
    responsibilities: tuple[str, ...] = ()
    skills: tuple[Skill, ...] = ()
    competencies: tuple[str, ...] = ()
    family: tuple[str, str] | None = None
    profile: str = ""
    role: str = ""
    changed: int = 1_767_225_600_000
    custom: dict[str, Any] = {}


def job_codes(job: Job) -> list[Record]:
    """The FOJobCode records of a job, one for each slice, in the order of their dates."""
    titles = dict(sorted({**dict(job.slices), job.valid_from: job.title}.items()))
    starts = list(titles)
    ends = [date.fromordinal(start.toordinal() - 1) for start in starts[1:]] + [OPEN_END]
    return [_slice(job, start, end, titles[start]) for start, end in zip(starts, ends, strict=True)]


def job_profile(job: Job) -> Record:
    """The JobProfile record, with its role and every navigation a whole document needs expanded."""
    key = job.profile
    return _described("JobProfile", key, job) | {
        **_localised("name", job.title, job.titles),
        "draft": False,
        "role": job.role,
        "roleNav": role(job),
        "headers": {"results": []},
        "footers": {"results": []},
        "shortDesciptions": _texts(key, "shortDesc", job.short, {}),
        "longDesciptions": _texts(key, "longDesc", job.long, job.longs),
        "jobResponsibilityContents": _contents(
            key,
            "JobResponsibility",
            "duty",
            [Skill(f"JR{n}", text) for n, text in enumerate(job.responsibilities)],
        ),
        "skillContents": _contents(key, "Skill", "name", job.skills),
        "competencyContents": _contents(
            key, "Competency", "name", [Skill(f"CO{n}", text) for n, text in enumerate(job.competencies)]
        ),
        "certificationContents": {"results": []},
        "templateNav": _deferred("JobProfile", key, "templateNav"),
    }


def role(job: Job) -> Record:
    """The RoleEntity record that ties the job profile to the job code."""
    mapping = _entity("JobCodeMappingEntity", f"{job.role}-0", RoleEntity_externalCode=job.role)
    family = (
        _entity("FamilyEntity", job.family[0]) | _localised("name", job.family[1], {}) if job.family else None
    )
    return _described("RoleEntity", job.role, job) | {
        **_localised("name", job.title, job.titles),
        "family": job.family[0] if job.family else None,
        "familyNav": family,
        "jobCodeMappings": {"results": [mapping | {"jobCode": job.code, "usage": "0"}]},
        "roleSkillMappings": {"results": []},
        "roleCompetencyMappings": {"results": []},
    }


def odata_date(day: date) -> str:
    """A calendar day as OData v2 writes it in JSON."""
    return f"/Date({(day.toordinal() - date(1970, 1, 1).toordinal()) * 86_400_000})/"


def _slice(job: Job, start: date, end: date, title: str) -> Record:
    own = start == job.valid_from
    metadata = _metadata("FOJobCode", f"externalCode='{job.code}',startDate=datetime'{start}T00:00:00'")
    return _columns() | {
        "__metadata": metadata,
        "externalCode": job.code,
        "startDate": odata_date(start),
        "endDate": odata_date(end),
        "status": "A" if job.active else "I",
        **_localised("name", title, job.titles if own else {}),
        "name": title,
        **_localised("description", job.description, job.descriptions),
        "description": job.description,
        "jobFunction": job.function,
        "grade": job.grade,
        "jobLevel": job.level,
        "standardHours": job.hours,
        "isFulltimeEmployee": job.full_time,
        "createdDateTime": f"/Date({job.changed}+0000)/",
        "lastModifiedDateTime": f"/Date({job.changed}+0000)/",
        "lastModifiedOn": f"/Date({job.changed})/",
        **job.custom,
    }


@cache
def _columns() -> Record:
    """Every column that FOJobCode has in the sample, with nothing in it, and its navigations not expanded."""
    sample = msgspec.json.decode((SAMPLES / "fojobcode_single_by_key.json").read_bytes())["d"]
    return {name: value if isinstance(value, dict) else None for name, value in sample.items()}


def _described(kind: str, key: str, job: Job) -> Record:
    return _entity(kind, key) | {
        "lastModifiedDateTime": f"/Date({job.changed}+0000)/",
        "effectiveStartDate": odata_date(ALWAYS),
        "effectiveEndDate": odata_date(OPEN_END),
    }


def _entity(kind: str, key: str, **more: Any) -> Record:
    return {"__metadata": _metadata(kind, f"'{key}'"), "externalCode": key, "status": "A", **more}


def _texts(key: str, section: str, text: str | None, by_locale: Localised) -> Record:
    if not text and not by_locale:
        return {"results": []}
    row = _entity("JobProfileLocalizedData", f"{key}{section}", JobProfile_externalCode=key)
    return {"results": [row | {"sectionType": section} | _localised("desc", text, by_locale)]}


def _contents(key: str, kind: str, column: str, parts: list[Skill] | tuple[Skill, ...]) -> Record:
    """The rows of one content navigation, the last first: SuccessFactors keeps no order but `order`."""
    rows = [
        _entity(f"{kind}Content", f"{key}{kind}{place}", JobProfile_externalCode=key)
        | {
            "entity": part.code,
            "order": str(place),
            **(_localised("proLevel", part.level, {}) if part.level else {}),
            "entityNav": _entity(f"{kind}Entity", part.code) | _localised(column, part.name, {}),
        }
        for place, part in enumerate(parts)
    ]
    return {"results": rows[::-1]}


def _localised(base: str, text: str | None, by_locale: Localised) -> Record:
    columns = {f"{base}_{locale}": said for locale, said in by_locale.items()}
    return {f"{base}_defaultValue": text, f"{base}_localized": text, **columns}


def _metadata(kind: str, key: str) -> dict[str, str]:
    return {"uri": f"{SERVICE}{kind}({key})", "type": f"SFOData.{kind}"}


def _deferred(kind: str, key: str, navigation: str) -> Record:
    return {"__deferred": {"uri": f"{SERVICE}{kind}('{key}')/{navigation}"}}

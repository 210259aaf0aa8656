"""A job profile as a report's row, as an object of the REST staffing API, as a recipe's own JSON, as an
event.

What a form cannot say is left out: REST has no codes, CSV no objects inside a cell.
"""

from __future__ import annotations

from typing import Any

from adapters.countries import alpha_3
from adapters.model import JobProfile, Qualification, Ref
from adapters.workday.invent import wid
from adapters.workday.render_soap import as_html

Columns = dict[str, Any]
_TRUTH = {True: "1", False: "0"}
_INACTIVE = {"inactive": True, "active": False}
_ROWS = {
    "competency": ("Competencies", "Competency"),
    "education": ("Educations", "Education"),
    "language": ("Languages", "Language"),
    "certification": ("Certifications", "Certification"),
    "experience": ("Work_Experiences", "Work_Experience"),
    "training": ("Trainings", "Training"),
    "skill": ("Skills", "Skill"),
}
_NOT_IN_CELLS = frozenset(("Proficiency_Rating", "Required", *(f"{one}_ID" for _, one in _ROWS.values())))
_FLAGS = ("public_job", "critical_job", "work_shift_required", "include_job_code_in_name")


def report_row(profile: JobProfile) -> Columns:
    """A `Report_Entry`: texts, and lists of rows in columns that end in `_group`."""
    described = _described(profile)
    inactive = _INACTIVE.get(profile.status)
    row: Columns = {
        "workdayID": profile.ids.get("WID"),
        "Job_Profile_ID": profile.ids.get("Job_Profile_ID"),
        "Job_Code": profile.ids.get("Job_Code"),
        "Job_Profile_Name": profile.title,
        "Default_Job_Title": profile.default_job_title,
        "Job_Profile_Summary": profile.summary,
        "Job_Description": described.get("Job_Description"),
        "Additional_Job_Description": described.get("Additional_Job_Description"),
        "Inactive": None if inactive is None else _TRUTH[inactive],
        **_named("Management_Level", profile.management_level),
        **_named("Job_Level", profile.level),
        **_named("Job_Category", profile.category),
        **_named("Compensation_Grade", profile.grade),
        "Job_Families_group": [_pair("Job_Family", one) for one in profile.families],
        "Job_Family_Groups_group": [_pair("Job_Family_Group", one) for one in profile.family_groups],
        "Job_Classifications_group": [_pair("Job_Classification", one) for one in profile.classifications],
        "Restricted_to_Countries": "; ".join(profile.countries),
        "Responsibilities_group": [
            _some({"Responsibility": as_html(one.text), "Required": _said(one.required)})
            for one in profile.responsibilities
        ],
        **{f"{_ROWS[kind][0]}_group": rows for kind, rows in _asked(profile).items()},
        **_attributes(profile),
        **profile.custom_fields,
        "Effective_Date": profile.as_of_date,
    }
    return _some(row)


def csv_row(profile: JobProfile) -> dict[str, str]:
    """A line of the same report as CSV: column headings with spaces, many values joined with `; `."""
    flat: dict[str, str] = {}
    for name, value in report_row(profile).items():
        heading = name.removesuffix("_group").replace("_", " ")
        if isinstance(value, str):
            flat[heading] = value
        elif name in ("Pay_Rates_group", "Job_Exempts_group"):
            continue
        else:
            for column in dict.fromkeys(key for one in value for key in one):
                if column not in _NOT_IN_CELLS:
                    texts = [one[column] for one in value if column in one]
                    flat[column.replace("_", " ")] = "; ".join(texts)
    return flat


def rest_object(profile: JobProfile) -> Columns:
    """`GET /jobProfiles/{ID}` of the staffing API v6."""
    said, described = profile.attributes, _described(profile)
    return _some(
        {
            **rest_listed(profile),
            "summary": profile.summary,
            "jobDescription": described.get("Job_Description"),
            "additionalJobDescription": described.get("Additional_Job_Description"),
            "defaultJobTitle": profile.default_job_title,
            "public": said.get("public_job"),
            "criticalJob": said.get("critical_job"),
            "workShiftRequired": said.get("work_shift_required"),
            "managementLevel": _rest("Management_Level_ID", profile.management_level),
            "jobLevel": _rest("Job_Level_ID", profile.level),
            "jobCategory": _rest("Job_Category_ID", profile.category),
            "jobFamilies": [
                _rest("Job_Family_ID", one) | ({"name": one.name} if one.name else {})
                for one in profile.families
            ],
            "restrictedToCountries": [_rest_country(code) for code in profile.countries],
            "payRateTypes": [
                {
                    "payRateType": _rest("Pay_Rate_Type_ID", Ref(one["type"], one["type"])),
                    "country": _rest_country(one["country"]),
                }
                for one in said.get("pay_rates", ())
            ],
            "jobExempts": [
                {"countryOrRegion": {"id": wid("country", one["country"])}, "exempt": one["exempt"]}
                for one in said.get("exempt", ())
            ],
        }
    )


def rest_listed(profile: JobProfile) -> Columns:
    """A row of `GET /jobProfiles`."""
    return _some(
        {"id": profile.ids.get("WID"), "name": profile.title, "inactive": _INACTIVE.get(profile.status)}
    )


def recipe_object(profile: JobProfile) -> Columns:
    """What a recipe makes of it that maps fields by hand."""
    described = _described(profile)
    asked = {
        _camel(_ROWS[kind][0]): [
            _recipe_asked(one) for one in profile.requirements + profile.skills if one.kind == kind
        ]
        for kind in _ROWS
    }
    said = dict(profile.attributes)
    return _some(
        {
            "workdayId": profile.ids.get("WID"),
            "jobProfileId": profile.ids.get("Job_Profile_ID"),
            "jobCode": profile.ids.get("Job_Code"),
            "title": profile.title,
            "defaultJobTitle": profile.default_job_title,
            "summary": profile.summary,
            "description": described.get("Job_Description"),
            "additionalDescription": described.get("Additional_Job_Description"),
            "status": None if profile.status == "unknown" else profile.status,
            "managementLevel": _recipe(profile.management_level),
            "jobLevel": _recipe(profile.level),
            "jobCategory": _recipe(profile.category),
            "grade": _recipe(profile.grade),
            "jobFamilies": [_recipe(one) for one in profile.families],
            "jobFamilyGroups": [_recipe(one) for one in profile.family_groups],
            "classifications": [_recipe(one) for one in profile.classifications],
            "countries": profile.countries,
            "responsibilities": [
                _some({"text": as_html(one.text), "required": one.required})
                for one in profile.responsibilities
            ],
            **asked,
            "payRates": said.pop("pay_rates", None),
            "jobExempts": said.pop("exempt", None),
            **{_camel(name): value for name, value in said.items()},
            **profile.custom_fields,
        }
    )


def event(profile: JobProfile, number: int) -> Columns:
    """Word that the job profile changed, without its content."""
    return {
        "eventId": f"evt-{number:06d}",
        "eventType": "job_profile.updated",
        "occurredAt": "2026-01-01T09:30:00.000-08:00",
        "object": {"id": profile.ids.get("WID"), "descriptor": profile.title},
    }


def _attributes(profile: JobProfile) -> Columns:
    said = profile.attributes
    flags = {_titled(name): _TRUTH[said[name]] for name in _FLAGS if name in said}
    rates = [
        {"Country": one["country"], "Pay_Rate_Type_ID": one["type"]} for one in said.get("pay_rates", ())
    ]
    exempt = [
        {"Country": one["country"], "Job_Exempt": _TRUTH[one["exempt"]]} for one in said.get("exempt", ())
    ]
    return {
        **flags,
        "Difficulty_to_Fill": said.get("difficulty_to_fill"),
        "Pay_Rates_group": rates,
        "Job_Exempts_group": exempt,
    }


def _asked(profile: JobProfile) -> dict[str, list[Columns]]:
    held: dict[str, list[Columns]] = {}
    for one in [*profile.requirements, *profile.skills]:
        name = _ROWS[one.kind][1]
        row = {
            name: one.text,
            f"{name}_ID": one.code,
            "Proficiency_Rating": one.level,
            "Required": _said(one.required),
        }
        held.setdefault(one.kind, []).append(_some(row))
    return held


def _recipe_asked(one: Qualification) -> Columns:
    return _some({"name": one.text, "code": one.code, "level": one.level, "required": one.required})


def _described(profile: JobProfile) -> dict[str, str]:
    return {one.field: one.content.raw for one in profile.descriptions}


def _named(column: str, one: Ref | None) -> Columns:
    return {} if one is None else {column: one.name, f"{column}_ID": one.code}


def _pair(column: str, one: Ref) -> Columns:
    return _some(_named(column, one))


def _recipe(one: Ref | None) -> Columns | None:
    return None if one is None else _some({"code": one.code, "name": one.name})


def _rest(kind: str, one: Ref | None) -> Columns:
    return {} if one is None else _some({"id": wid(kind, one.code or one.name), "descriptor": one.name})


def _rest_country(code: str) -> Columns:
    return _some({"alpha3Code": alpha_3(code), "id": wid("country", code)})


def _said(flag: bool | None) -> str | None:
    return None if flag is None else _TRUTH[flag]


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first.lower() + "".join(word.capitalize() for word in rest)


def _titled(name: str) -> str:
    return "_".join(word.capitalize() for word in name.split("_"))


def _some(row: Columns) -> Columns:
    return {name: value for name, value in row.items() if value not in (None, "", [], {})}

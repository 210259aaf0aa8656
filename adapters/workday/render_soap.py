"""A job profile as Get_Job_Profiles answers it, in the order of the Human_Resources schema (v30.0)."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from adapters.countries import alpha_3
from adapters.model import JobProfile, Qualification, Ref
from adapters.workday.invent import wid

NAMESPACE = "urn:com.workday/bsvc"
_KINDS = (
    *("responsibility", "experience", "education", "language"),
    *("competency", "certification", "training", "skill"),
)
_TRUTH = {True: "1", False: "0"}


def response(records: Iterator[str] | list[str], total: int, page: int = 1, pages: int = 1) -> Iterator[str]:
    """The answer around the records, in an envelope, piece by piece."""
    yield (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Body>'
        f'<wd:Get_Job_Profiles_Response xmlns:wd="{NAMESPACE}" wd:version="v30.0"><wd:Response_Results>'
        f"<wd:Total_Results>{total}</wd:Total_Results><wd:Total_Pages>{pages}</wd:Total_Pages>"
        f"<wd:Page>{page}</wd:Page></wd:Response_Results><wd:Response_Data>"
    )
    yield from records
    yield "</wd:Response_Data></wd:Get_Job_Profiles_Response></env:Body></env:Envelope>\n"


def record(profile: JobProfile) -> str:
    """One `wd:Job_Profile` element."""
    own = "".join(_id(kind, value) for kind, value in profile.ids.items() if kind != "Job_Code")
    shown = f" wd:Descriptor={quoteattr(profile.title)}" if profile.title else ""
    reference = f"<wd:Job_Profile_Reference{shown}>{own}</wd:Job_Profile_Reference>"
    effective = _text("Effective_Date", profile.as_of_date and f"{profile.as_of_date}-08:00")
    data = (
        _text("Job_Code", profile.ids.get("Job_Code"))
        + effective
        + _element("Job_Profile_Basic_Data", _basic(profile))
        + "".join(map(_classification, profile.classifications))
        + _by_country(profile.attributes)
        + _qualifications(profile)
        + "".join(_custom(name, value) for name, value in profile.custom_fields.items())
        + _compensation(profile)
    )
    return f"<wd:Job_Profile>{reference}{_element('Job_Profile_Data', data)}</wd:Job_Profile>"


def _basic(profile: JobProfile) -> str:
    said = profile.attributes
    described = {one.field: one.content.raw for one in profile.descriptions}
    inactive = {"inactive": "1", "active": "0"}.get(profile.status)
    families = [("Job_Family_ID", one) for one in profile.families]
    families += [("Job_Family_Group_ID", one) for one in profile.family_groups]
    return (
        _text("Inactive", inactive)
        + _text("Job_Title", profile.title)
        + _flag("Include_Job_Code_in_Name", said)
        + _text("Job_Profile_Private_Title", profile.default_job_title)
        + _text("Job_Profile_Summary", profile.summary)
        + _text("Job_Description", described.get("Job_Description"))
        + _text("Additional_Job_Description", described.get("Additional_Job_Description"))
        + _flag("Work_Shift_Required", said)
        + _flag("Public_Job", said)
        + _reference("Management_Level_Reference", profile.management_level, "Management_Level_ID")
        + _reference("Job_Category_Reference", profile.category, "Job_Category_ID")
        + _reference("Job_Level_Reference", profile.level, "Job_Level_ID")
        + "".join(_family(kind, one) for kind, one in families)
        + _flag("Critical_Job", said)
        + _coded("Difficulty_to_Fill_Reference", said.get("difficulty_to_fill"), "Difficulty_to_Fill_Code")
        + "".join(_country("Restrict_to_Country_Reference", one) for one in profile.countries)
    )


def _classification(one: Ref) -> str:
    reference = _reference("Job_Classification_Reference", one, "Job_Classification_Reference_ID")
    return _element("Job_Classification_Data", reference)


def _family(kind: str, one: Ref) -> str:
    return _element("Job_Family_Data", _reference("Job_Family_Reference", one, kind))


def _by_country(said: dict[str, Any]) -> str:
    rates = (
        _element(
            "Job_Profile_Pay_Rate_Data",
            _country("Country_Reference", one["country"])
            + _coded("Pay_Rate_Type_Reference", one["type"], "Pay_Rate_Type_ID"),
        )
        for one in said.get("pay_rates", ())
    )
    exempt = (
        _element(
            "Job_Profile_Exempt_Data",
            _country("Location_Context_Reference", one["country"])
            + _text("Job_Exempt", _TRUTH[one["exempt"]]),
        )
        for one in said.get("exempt", ())
    )
    return "".join(rates) + "".join(exempt)


def _qualifications(profile: JobProfile) -> str:
    held = [*profile.responsibilities, *profile.requirements, *profile.skills]
    blocks = "".join(_block(kind, [one for one in held if one.kind == kind]) for kind in _KINDS)
    return _element("Qualification_Replacement_Data", blocks) if blocks else ""


def _block(kind: str, rows: list[Qualification]) -> str:
    name = f"{'Work_Experience' if kind == 'experience' else kind.capitalize()}_Qualification_Replacement"
    made = "".join(_element(f"{name}_Data", _qualification(one) + _required(one)) for one in rows)
    return _element(name, made) if made else ""


def _qualification(one: Qualification) -> str:
    if one.kind == "responsibility":
        return _text("Responsibility_Description", as_html(one.text))
    if one.kind == "training":
        kind = _coded("Training_Type_Reference", one.code, "Training_Type_ID")
        return _text("Training_Name", one.text) + kind
    if one.kind in ("skill", "certification") and one.code is None:
        return _text("Name", one.text)
    name, kind, rating = _NAMED[one.kind]
    thing = _reference(f"{name}_Reference", Ref(one.code, one.text), kind)
    if one.level is None or not rating:
        return thing
    if one.kind == "language":
        return thing + _ability(one.level)
    return thing + _coded(f"{rating}_Reference", one.level, f"{rating}_ID")


_NAMED = {
    "experience": ("Worker_Experience", "Work_Experience_ID", "Work_Experience_Rating"),
    "education": ("Degree", "Degree_ID", ""),
    "language": ("Language", "Language_ID", "Language_Proficiency"),
    "competency": ("Competency", "Competency_ID", "Proficiency_Rating"),
    "certification": ("Certification", "Certification_ID", ""),
    "skill": ("Skill", "Skill_ID", ""),
}


def _ability(level: str) -> str:
    kind, _, grade = level.partition(": ")
    return _element(
        "Language_Ability_Profile_Data",
        _coded("Language_Ability_Type_Reference", kind, "Language_Ability_Type_ID")
        + _coded("Language_Proficiency_Reference", grade or None, "Language_Proficiency_ID"),
    )


def _required(one: Qualification) -> str:
    return "" if one.required is None else _text("Required", _TRUTH[one.required])


def _compensation(profile: JobProfile) -> str:
    if profile.grade is None:
        return ""
    grade = _reference("Compensation_Grade_Reference", profile.grade, "Compensation_Grade_ID")
    return _element("Job_Profile_Compensation_Data", grade)


def _custom(name: str, value: Any) -> str:
    field = _coded("Field_Reference", name, "Integration_Document_Field_Name")
    return _element("Integration_Field_Override_Data", field + _text("Value", str(value)))


def _country(name: str, code: str) -> str:
    three = alpha_3(code)
    named = _id("WID", wid("country", code)) + _id("ISO_3166-1_Alpha-2_Code", code)
    return _element(name, named + (_id("ISO_3166-1_Alpha-3_Code", three) if three else ""))


def _reference(name: str, one: Ref | None, kind: str) -> str:
    if one is None:
        return ""
    shown = f" wd:Descriptor={quoteattr(one.name)}" if one.name else ""
    own = _id("WID", wid(kind, one.code or one.name)) + (_id(kind, one.code) if one.code else "")
    return f"<wd:{name}{shown}>{own}</wd:{name}>"


def _coded(name: str, code: str | None, kind: str) -> str:
    return "" if code is None else _reference(name, Ref(code), kind)


def _id(kind: str, value: str) -> str:
    return f'<wd:ID wd:type="{kind}">{escape(value)}</wd:ID>'


def _flag(name: str, said: dict[str, Any]) -> str:
    flag = said.get(name.lower())
    return "" if flag is None else _text(name, _TRUTH[flag])


def _text(name: str, value: str | None) -> str:
    return "" if value is None else f"<wd:{name}>{escape(value)}</wd:{name}>"


def _element(name: str, inner: str) -> str:
    return f"<wd:{name}>{inner}</wd:{name}>"


def as_html(text: str) -> str:
    """A plain text as HTML that reads the same."""
    return f"<p>{html.escape(text, quote=False)}</p>"

"""A Job_Profile node to a JobProfile. Nothing is taken by position, and what is not there stays unsaid.

Field by field, from the Human_Resources schema (v30.0) and its later renames. `Data` is Job_Profile_Data,
`Basic` its Job_Profile_Basic_Data:

    source_id, ids      Job_Profile_Reference/ID by type (WID, Job_Profile_ID), Data/Job_Code
    code                Data/Job_Code, else the Job_Profile_ID
    title               Basic/Job_Title, else Job_Profile_Reference/@Descriptor, with a warning
    default_job_title   Basic/Job_Profile_Private_Title
    summary             Basic/Job_Profile_Summary
    status              Basic/Inactive
    families, _groups   Basic/Job_Family_Data/Job_Family_Reference, by the type of its id
    management_level, level, category     Basic/{Management_Level, Job_Level, Job_Category}_Reference
    grade               Data/Job_Profile_Compensation_Data/Compensation_Grade_Reference
    classifications     Data/Job_Classification_Data/Job_Classification(s)_Reference
    countries           Basic/Restrict_to_Country_Reference
    descriptions        Basic/Job_Description, Basic/Additional_Job_Description
    responsibilities, requirements, skills     Data/Qualification_Replacement_Data
    attributes          the flags of Basic; Job_Profile_Pay_Rate_Data, Job_Profile_Exempt_Data, ... of Data
    custom_fields       Data/Integration_Field_Override_Data
    as_of_date          Data/Effective_Date, an echo of the question
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adapters.model import Description, Item, JobProfile, Problem, Provenance, Ref, Status
from adapters.text import TextTooLarge, boolean, calendar_date, lines, plain, rich_text, storable
from adapters.workday.identity import no_identifier, source_id_of, too_long
from adapters.workday.keeping import part_of
from adapters.workday.known import unknown_elements
from adapters.workday.qualifications import Qualifications, qualifications
from adapters.workday.references import ALPHA_2, code, country, ids, label, place, ref, refs
from adapters.workday.tree import Node

_STATUS: dict[bool | None, Status] = {True: "inactive", False: "active", None: "unknown"}
_REFERENCES = (
    "a request that asks for references (Include_Reference), by an integration user with access to them"
)
_FLAGS = ("Public_Job", "Critical_Job", "Work_Shift_Required", "Include_Job_Code_in_Name")


def item(index: int, record: Node, shape: str, version: str | None) -> Item:
    """One record as an Item: its profile with warnings, or the problem that keeps it out."""
    identities = _identities(record)
    source_id = source_id_of(identities)
    if source_id is None:
        return Item(index, problem=no_identifier("The job profile", _REFERENCES))
    problem = too_long(identities | _titles(record), source_id)
    if problem is not None:
        return Item(index, problem=problem, source_id=source_id)
    warnings: list[Problem] = []
    provenance = Provenance(shape, version, _unknown(record, warnings))
    try:
        made = _profile(record, source_id, identities, provenance, warnings)
    except TextTooLarge as error:
        problem = error.problem(f"Job_Profile {source_id}")
        return Item(index, problem=problem, warnings=tuple(warnings), source_id=source_id)
    return Item(index, made, None, tuple(warnings), source_id, (part_of(made),))


def _profile(
    record: Node, source_id: str, identities: dict[str, str], provenance: Provenance, warnings: list[Problem]
) -> JobProfile:
    data = record.one("Job_Profile_Data")
    basic = data.one("Job_Profile_Basic_Data")
    families, groups = _families(basic)
    held: Qualifications = qualifications(data.one("Qualification_Replacement_Data"))
    return JobProfile(
        system="workday",
        source_id=source_id,
        provenance=provenance,
        ids=identities,
        code=identities.get("Job_Code") or identities.get("Job_Profile_ID"),
        title=_title(record, basic, warnings),
        default_job_title=plain(basic.value("Job_Profile_Private_Title")),
        summary=lines(basic.value("Job_Profile_Summary")),
        status=_STATUS[boolean(basic.value("Inactive"))],
        families=families,
        family_groups=groups,
        management_level=ref(basic.one("Management_Level_Reference"), "Management_Level_ID"),
        level=ref(basic.one("Job_Level_Reference"), "Job_Level_ID"),
        category=ref(basic.one("Job_Category_Reference"), "Job_Category_ID"),
        grade=ref(_compensation(data).one("Compensation_Grade_Reference"), "Compensation_Grade_ID"),
        classifications=_classifications(data),
        countries=_countries(basic, warnings),
        descriptions=list(_descriptions(basic)),
        responsibilities=held.responsibilities,
        requirements=held.requirements,
        skills=held.skills,
        attributes=_attributes(data, basic),
        custom_fields=_custom_fields(data),
        as_of_date=_as_of(data, warnings),
    )


def _identities(record: Node) -> dict[str, str]:
    found = ids(record.one("Job_Profile_Reference"))
    job_code = storable(record.one("Job_Profile_Data").one("Job_Code").text).strip()
    return found | {"Job_Code": job_code} if job_code else found


def _titles(record: Node) -> dict[str, str]:
    basic = record.one("Job_Profile_Data").one("Job_Profile_Basic_Data")
    return {name: basic.one(name).text for name in ("Job_Title", "Job_Profile_Private_Title")}


def _title(record: Node, basic: Node, warnings: list[Problem]) -> str | None:
    title = plain(basic.value("Job_Title"))
    if title:
        return title
    shown = plain(record.one("Job_Profile_Reference").attributes.get("Descriptor"))
    found = f"the display name {shown!r} is used" if shown else "and there is no display name either"
    warnings.append(Problem("no_title", f"Job_Title is missing; {found}.", "Job_Title"))
    return shown


def _descriptions(basic: Node) -> Iterator[Description]:
    for field in ("Job_Description", "Additional_Job_Description"):
        content = rich_text(basic.one(field).text)
        if content is not None:
            yield Description(field, content)


def _families(basic: Node) -> tuple[list[Ref], list[Ref]]:
    families: list[Ref] = []
    groups: list[Ref] = []
    for row in kept(basic.all("Job_Family_Data")):
        node = row.one("Job_Family_Reference")
        types = ids(node)
        is_group = "Job_Family_Group_ID" in types and "Job_Family_ID" not in types
        preferred = "Job_Family_Group_ID" if is_group else "Job_Family_ID"
        (groups if is_group else families).extend(refs([node], preferred))
    return families, groups


def _classifications(data: Node) -> list[Ref]:
    rows = kept(data.all("Job_Classification_Data", "Job_Classifications_Data"))
    nodes = [
        n for row in rows for n in row.all("Job_Classifications_Reference", "Job_Classification_Reference")
    ]
    return refs(nodes, "Job_Classification_Reference_ID")


def _countries(basic: Node, warnings: list[Problem]) -> list[str]:
    countries: set[str] = set()
    for node in basic.all("Restrict_to_Country_Reference"):
        own = country(node)
        if own:
            countries.add(own)
        elif node:
            name = label(node) or "without an id"
            detail = f"The country {name} has no {ALPHA_2} and is left out of the countries."
            warnings.append(Problem("country_without_iso_code", detail, "Restrict_to_Country_Reference"))
    return sorted(countries)


def _attributes(data: Node, basic: Node) -> dict[str, Any]:
    found: dict[str, Any] = {name.lower(): boolean(basic.value(name)) for name in _FLAGS}
    found["difficulty_to_fill"] = code(basic.one("Difficulty_to_Fill_Reference"), "Difficulty_to_Fill_Code")
    found["referral_payment_plan"] = code(
        basic.one("Referral_Payment_Plan_Reference"), "One-Time_Payment_Plan_ID"
    )
    insiders = [row.one("Company_Insider_Type_Reference") for row in kept(basic.all("Company_Insider_Data"))]
    found["company_insider_types"] = _codes(insiders, "Company_Insider_Type_ID")
    profiles = _compensation(data).all("Compensation_Grade_Profile_Reference")
    found["grade_profiles"] = _codes(profiles, "Compensation_Grade_Profile_ID")
    workers = data.all("Workers_Compensation_Code_Replacement_Data")
    nodes = [node for row in workers for node in row.all("Workers_Compensation_Code_Reference")]
    found["workers_compensation_codes"] = _codes(nodes, "Workers_Compensation_ID")
    unions = [node for row in data.all("Unions_Data") for node in row.all("Union_Reference")]
    found["unions"] = _codes(unions, "Union_ID")
    found["pay_rates"] = _pay_rates(data)
    found["exempt"] = _exempt(data)
    return {name: value for name, value in found.items() if value not in (None, [])}


def _pay_rates(data: Node) -> list[dict[str, Any]]:
    rows = []
    for row in kept(data.all("Job_Profile_Pay_Rate_Data")):
        pay_rate = code(row.one("Pay_Rate_Type_Reference"), "Pay_Rate_Type_ID")
        if pay_rate:
            rows.append(place(row.one("Country_Reference")) | {"type": pay_rate})
    return rows


def _exempt(data: Node) -> list[dict[str, Any]]:
    rows = []
    for row in kept(data.all("Job_Profile_Exempt_Data")):
        exempt = boolean(row.value("Job_Exempt"))
        if exempt is not None:
            rows.append(place(row.one("Location_Context_Reference")) | {"exempt": exempt})
    return rows


def _compensation(data: Node) -> Node:
    return data.one("Job_Profile_Compensation_Data")


def _codes(nodes: list[Node], kind: str) -> list[str]:
    return [found for node in nodes if (found := code(node, kind) or ids(node).get("WID"))]


def _custom_fields(data: Node) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for row in data.all("Integration_Field_Override_Data"):
        name = code(row.one("Field_Reference"), "Integration_Document_Field_Name") or label(
            row.one("Field_Reference")
        )
        value = row.value("Value")
        if name and value is not None:
            fields.setdefault(name, []).append(storable(value))
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def _as_of(data: Node, warnings: list[Problem]) -> str | None:
    said = data.value("Effective_Date")
    date = calendar_date(said)
    if said and date is None:
        detail = f"Effective_Date {said[:40]!r} is not a date; it is left out."
        warnings.append(Problem("date_unreadable", detail, "Effective_Date"))
    return date


def kept(rows: list[Node]) -> list[Node]:
    """The rows that are not marked for deletion (a marker of the Put operation that Get's type also has)."""
    return [row for row in rows if boolean(row.attributes.get("Delete")) is not True]


def _unknown(record: Node, warnings: list[Problem]) -> tuple[str, ...]:
    names = unknown_elements(record)
    if names:
        shown = ", ".join(names)
        detail = f"These elements are not known and not used; the raw payload keeps them: {shown}."
        warnings.append(Problem("unknown_elements", detail))
    return names

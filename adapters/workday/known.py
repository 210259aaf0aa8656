"""The elements under a Job_Profile that the Human_Resources schema (v30.0) and its later renames have.

Others are no error: Workday adds some with each version. They are named, so that somebody can look.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from adapters.workday.json_tree import CONTAINERS, what
from adapters.workday.tree import Node

UNKNOWN_LIMIT = 20
_NAME_LIMIT = 100

_LISTED = """
    Additional_Job_Description Allowed_Student_Award_Sources_Reference
    Certification_Qualification_Replacement Certification_Qualification_Replacement_Data
    Certification_Reference Company_Insider_Data Company_Insider_Type_Reference
    Compensation_Grade_Profile_Reference Compensation_Grade_Reference Competency_Level_Reference
    Competency_Qualification_Replacement Competency_Qualification_Replacement_Data Competency_Reference
    Country_Reference Critical_Job Default_Recruiting_Assessment_Tests_Reference Degree_Reference
    Description Difficulty_to_Fill_Reference Education_Qualification_Replacement
    Education_Qualification_Replacement_Data Effective_Date Field_Of_Study_Reference Field_Reference ID
    Inactive Include_Job_Code_in_Name Inline_Recruiting_Assessment_Test_Reference
    Integration_Field_Override_Data Issuer Job_Category_Reference Job_Classification_Data
    Job_Classification_Reference Job_Classifications_Data Job_Classifications_Reference Job_Code
    Job_Description Job_Exempt Job_Family_Data Job_Family_Reference Job_Level_Reference
    Job_Profile_Assessment_Data Job_Profile_Basic_Data Job_Profile_Compensation_Data Job_Profile_Data
    Job_Profile_Exempt_Data Job_Profile_Pay_Rate_Data Job_Profile_Private_Title Job_Profile_Reference
    Job_Profile_Summary Job_Title Language_Ability_Profile_Data Language_Ability_Type_Reference
    Language_Proficiency_Reference Language_Qualification_Replacement
    Language_Qualification_Replacement_Data Language_Reference Location_Context_Reference
    Management_Level_Reference Name Pay_Rate_Type_Reference Proficiency_Rating_Reference Public_Job
    Qualification_Replacement_Data Questionnaire_Data Questionnaire_for_External_Career_Sites_Reference
    Questionnaire_for_Internal_Career_Site_Reference Referral_Payment_Plan_Reference Required
    Requirement_Option_Reference Responsibility_Description Responsibility_Qualification_Replacement
    Responsibility_Qualification_Replacement_Data Restrict_to_Country_Reference
    Secondary_Questionnaire_for_External_Career_Sites_Reference
    Secondary_Questionnaire_for_Internal_Career_Site_Reference Skill_Qualification_Replacement
    Skill_Qualification_Replacement_Data Skill_Reference Specialty_Achievement_Reference
    Specialty_Reference Subspecialty_Reference Training_Name Training_Qualification_Replacement
    Training_Qualification_Replacement_Data Training_Type_Reference Union_Reference Unions_Data Value
    Work-Study_Data Work_Experience_Qualification_Replacement
    Work_Experience_Qualification_Replacement_Data Work_Experience_Rating_Reference Work_Shift_Required
    Worker_Experience_Reference Workers_Compensation_Code_Reference
    Workers_Compensation_Code_Replacement_Data
"""
KNOWN = frozenset(_LISTED.split())
_LEAVES = frozenset(("ID", "Descriptor"))


def unknown_elements(record: Node) -> tuple[str, ...]:
    """The names of elements with content that are not known, sorted, at most UNKNOWN_LIMIT. What is inside
    an unknown element is not named again."""
    if isinstance(record.held, dict):
        return _first(_unknown_keys(record.held))
    found: set[str] = set()
    waiting = [record]
    while waiting:
        for name, nodes in waiting.pop().children.items():
            if name in KNOWN:
                waiting += nodes
            elif any(nodes):
                found.add(name[:_NAME_LIMIT])
    return _first(found)


def _unknown_keys(record: dict[str, Any]) -> set[str]:
    """The same of JSON, whose objects need not be opened for it."""
    found: set[str] = set()
    waiting: list[Any] = [record]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        for key, part in value.items() if isinstance(value, dict) else ():
            if _is_leaf(key):
                continue
            holds, name = what(key)
            if name in KNOWN:
                if type(part) in CONTAINERS:
                    waiting.append(part)
            elif (holds == "element" or type(part) in CONTAINERS) and _says_something(part):
                found.add(name[:_NAME_LIMIT])
    return found


@lru_cache(maxsize=4_096)
def _is_leaf(key: str) -> bool:
    """Whether nothing unknown can be under a key."""
    holds, name = what(key)
    return holds not in ("element", "either") or name in _LEAVES


def _says_something(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_says_something, value))
    return value is not None and value not in ("", {})


def _first(names: set[str]) -> tuple[str, ...]:
    return tuple(sorted(names)[:UNKNOWN_LIMIT])

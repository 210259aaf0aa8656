"""One job profile by several of Workday's doors: what one cannot say stays as another said it."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import msgspec
import pytest

from adapters.model import JobProfile, Part
from adapters.workday import generate
from adapters.workday.keeping import merge
from adapters.workday.reader import read
from tests.adapters.wd import WID, job_profile, report, response, revision

TODAY = date(2026, 11, 22)
DOORS = ("rest_json", "rest_list_json", "report_json", "report_xml", "report_csv", "flat_json")


@cache
def parts(body: bytes) -> list[tuple[Part, ...]]:
    """What is kept of each profile of a body."""
    return [item.parts for item in read(body).items]


def after(*bodies: bytes, index: int = 0) -> JobProfile:
    """The profile after bodies that came one after the other, kept as JSON between them."""
    kept: tuple[Part, ...] = ()
    made: JobProfile | None = None
    for body in bodies:
        kept, made = merge(kept, parts(body)[index], TODAY)
        kept = msgspec.json.decode(msgspec.json.encode(kept), type=tuple[Part, ...])
    assert made is not None
    return made


@cache
def sample(shape: str) -> bytes:
    """The same 6 profiles in any form."""
    return generate.payload(shape, 6, 7)


@pytest.mark.parametrize("door", DOORS)
def test_another_door_changes_nothing_of_what_soap_said(door: str) -> None:
    whole = sample("soap_xml")
    for index in range(6):
        expected = revision(after(whole, index=index))
        orders = [(whole, sample(door)), (sample(door), whole), (whole, sample(door), whole, sample(door))]
        assert {revision(after(*order, index=index)) for order in orders} == {expected}


def test_the_same_change_by_a_poorer_door_is_taken() -> None:
    whole = response(job_profile("<Job_Title>Nurse</Job_Title><Job_Description>Cares.</Job_Description>"))
    row = {"id": WID, "name": "Senior Nurse", "inactive": True}
    made = after(whole, msgspec.json.encode({"total": 1, "data": [row]}))
    assert (made.title, made.status) == ("Senior Nurse", "inactive")
    assert [one.content.text for one in made.descriptions] == ["Cares."]


def test_what_a_report_leaves_out_now_is_gone_unless_another_door_says_it() -> None:
    row: dict[str, Any] = {"WID": WID, "title": "Nurse", "Job_Level": "Senior", "Job_Description": "Cares."}
    before, later = report(row), report({**row, "Job_Level": None, "Job_Description": ""})
    made = after(before, later)
    assert (made.level, made.descriptions) == (None, [])
    whole = response(job_profile("<Job_Title>Nurse</Job_Title><Job_Description>Heals.</Job_Description>"))
    made = after(whole, before, later)
    assert [one.content.text for one in made.descriptions] == ["Heals."]


def test_what_soap_leaves_out_is_gone_but_a_reports_own_columns_stay() -> None:
    row = {"WID": WID, "title": "Nurse", "Job_Description": "Cares.", "CF_Cost_Centre": "4711"}
    made = after(report(row), response(job_profile()))
    assert made.descriptions == []
    assert made.custom_fields == {"CF_Cost_Centre": "4711"}


def test_another_thing_by_the_same_door_is_not_taken_for_the_one_before() -> None:
    level = (
        "<Job_Level_Reference Descriptor='Senior'><ID wd:type='Job_Level_ID'>L3</ID></Job_Level_Reference>"
    )
    whole = response(job_profile(f"<Job_Title>Nurse</Job_Title>{level}"))
    same = after(whole, report({"WID": WID, "title": "Nurse", "Job_Level": "Senior"}))
    other = after(whole, report({"WID": WID, "title": "Nurse", "Job_Level": "Lead"}))
    assert same.level is not None
    assert other.level is not None
    assert (same.level.code, other.level.code, other.level.name) == ("L3", None, "Lead")

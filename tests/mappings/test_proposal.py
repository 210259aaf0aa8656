"""Proposals: from names and values to rules, with a confidence and a reason."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from adapters.registry import SOURCES
from connector.cli import main
from mappings.defaults import default_mapping
from mappings.loading import load
from mappings.measuring import renamed, renamings
from mappings.model import RoleRecord, Rule
from mappings.normalise import role_of
from mappings.proposal import accepted, propose
from mappings.words import words
from tests import make
from webhooks.mapped.proposing import measured

UNKNOWN: list[dict[str, Any]] = [
    {
        "PositionName": name,
        "JobRef": ref,
        "Inactive": gone,
        "JobFamCd": family,
        "BandCode": band,
        "WorkCountries": ["US", "CA"],
        "AboutTheRole": "<p>You will <b>care</b> for patients on your ward, each day of the week.</p>",
    }
    for name, ref, gone, family, band in [
        ("Registered Nurse", "J-1001", False, "CARE", "B2"),
        ("Ward Manager", "J-1002", True, "CARE", "B4"),
        ("Pharmacist", "J-1003", False, "PHARM", "B3"),
    ]
]


def rules_of(samples: list[dict[str, Any]]) -> dict[str, Rule]:
    return {one.rule.target: one.rule for one in propose(samples)}


def read(record: dict[str, Any], rules: list[Rule]) -> RoleRecord:
    mapping = {"source": "workday", "version": 0, "name": "x", "role": make.plain(rules)}
    return role_of(record, load(mapping))


def test_an_unknown_record_is_read_by_what_is_proposed() -> None:
    role = [one.rule for one in propose(UNKNOWN) if one.where == "role"]
    first, second = read(UNKNOWN[0], role), read(UNKNOWN[1], role)
    assert (first.title, first.code, first.status) == ("Registered Nurse", "J-1001", "active")
    assert (second.family_code, second.grade_code, second.status) == ("CARE", "B4", "inactive")
    assert first.countries == ["US", "CA"]


def test_marked_up_texts_become_a_section_without_markup() -> None:
    (section,) = [one.rule for one in propose(UNKNOWN) if one.where == "documents"]
    assert (section.target, section.source) == ("job_description", "AboutTheRole")
    assert [step.name for step in section.transforms] == ["html_to_text"]


def test_a_proposal_says_how_sure_it_is_and_why() -> None:
    title = next(one for one in propose(UNKNOWN) if one.rule.target == "title")
    assert 0.6 <= title.confidence <= 1
    assert "PositionName is named like 'position name'" in title.reason
    assert "in 3 of 3 samples" in title.reason
    assert title.examples[0] == "Registered Nurse"


def test_the_level_of_a_skill_is_not_the_level_of_the_job() -> None:
    record = {"title": "Nurse", "skills": [{"text": "Triage", "level": "3"}]}
    assert "level" not in rules_of([record])


def test_values_that_cannot_be_it_outweigh_a_name() -> None:
    record = {"title": "A text\nof several lines, as no title is.", "code": "two words and more"}
    assert rules_of([record]) == {}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("custJobFamCd", ["job", "family", "code"]),
        ("SAL_GRADE", ["salary", "grade"]),
        ("Job Profile ID", ["job", "profile", "id"]),
        ("직무", ["직무"]),
    ],
)
def test_a_name_is_read_as_words(name: str, said: list[str]) -> None:
    assert words(name) == said


@pytest.mark.parametrize("source", SOURCES)
def test_nine_of_ten_fields_of_renamed_samples_are_right(source: str) -> None:
    found = {one.renaming: one.share for one in measured(source)}
    assert set(found) == set(renamings())
    assert {name: share for name, share in found.items() if share < 0.9} == {}


@pytest.mark.parametrize("renaming", renamings())
def test_a_renaming_leaves_no_key_of_a_role_as_it_was(renaming: str) -> None:
    names = renamings()[renaming]
    record = {"title": "Nurse", "families": [{"name": "Care", "code": "C"}]}
    other = renamed(record, names)
    assert not {"title", "families"} & set(other)
    assert set(names) == set(renamings()["words"])


def test_a_command_prints_the_shares() -> None:
    said = CliRunner().invoke(main, ["mappings", "measure"])
    assert said.exit_code == 0, said.output
    assert said.output.count("fields right") == len(SOURCES) * len(renamings())


def test_accepted_rules_take_the_place_of_those_for_the_same_target() -> None:
    default = default_mapping("workday")
    grade, shift = Rule("grade", "custom_fields.band"), Rule("attributes.shift", "custom_fields.shift")
    changed = accepted(default, [grade, shift], role=True)
    place = [rule.target for rule in default.role].index("grade")
    assert changed.role[place] == grade
    assert (changed.role[-1], len(changed.role)) == (shift, len(default.role) + 1)
    section = Rule("job_description", "summary", heading="Duties")
    assert accepted(default, [section], role=False).documents[-1] == section

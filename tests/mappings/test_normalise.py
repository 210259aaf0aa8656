"""Normalise: the default mappings on both systems' samples, problems per field, the revision hash."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.model import JobProfile, Qualification, Ref
from mappings.defaults import default_mapping
from mappings.model import Preferences
from mappings.normalise import normalise
from tests.mappings.samples import (
    described,
    mapping,
    profile,
    successfactors_profiles,
    workday_profiles,
)

RENDERINGS = [
    "one_profile.xml",
    "one_profile.workato.json",
    "one_profile.workato_stripped.json",
    "one_profile.xmltodict.json",
    "one_profile.zeep.json",
    "one_profile.node_soap.json",
]
WORKDAY = default_mapping("workday")
SUCCESSFACTORS = default_mapping("successfactors")


def by_default(found: JobProfile, *locales: str) -> Any:
    preferences = Preferences(locales) if locales else Preferences()
    return normalise(found, default_mapping(found.system), preferences)


def revision(found: JobProfile) -> str:
    digest: str = by_default(found).revision_hash
    return digest


def full() -> JobProfile:
    return profile(
        code="C-1",
        titles={"en_US": "Clerk", "de_DE": "Sachbearbeiter"},
        families=[Ref("F1", "Finance")],
        level=Ref("L2", "Level two"),
        grade=Ref("G9", "Grade nine"),
        status="active",
        countries=["DE", "US"],
        descriptions=[
            described("<p>Does <b>work</b>.</p>"),
            described("<p>More.</p>", field="Additional_Job_Description"),
        ],
        responsibilities=[Qualification("responsibility", "Close the books")],
        requirements=[Qualification("certification", "CPA", "C", required=True)],
        skills=[Qualification("skill", "SQL", "S", "3")],
        ids={"WID": "W1", "Job_Profile_ID": "J1"},
        as_of_date="2026-01-01",
    )


def test_the_default_mapping_fills_a_role() -> None:
    role = by_default(full()).role
    assert msgspec.to_builtins(role) == {
        "title": "Clerk",
        "titles": {"en_US": "Clerk", "de_DE": "Sachbearbeiter"},
        "code": "C-1",
        "family": "Finance",
        "family_code": "F1",
        "level": "Level two",
        "level_code": "L2",
        "grade": "Grade nine",
        "grade_code": "G9",
        "status": "active",
        "locale": "en_US",
        "countries": ["DE", "US"],
    }


def test_one_document_is_made_of_all_texts_with_headings() -> None:
    (document,) = by_default(full()).documents
    assert (document.kind, document.title) == ("job_description", "Job description: Clerk")
    assert document.text == (
        "Description\n\nDoes work.\n\nAdditional description\n\nMore.\n\n"
        "Responsibilities\n\n- Close the books\n\n"
        "Requirements\n\n- Certification: CPA\n\nSkills\n\n- SQL (level 3)"
    )
    assert document.html.startswith("<h2>Description</h2><p>Does <b>work</b>.</p><h2>")
    assert document.html.endswith("<h2>Skills</h2><ul><li>SQL (level 3)</li></ul>")


def test_without_any_text_there_is_no_document() -> None:
    assert by_default(profile()).documents == ()
    bare = next(p for p in successfactors_profiles("fojobcode_page_last.json") if p.source_id == "BARE")
    assert by_default(bare).documents == ()


@pytest.mark.parametrize("name", RENDERINGS)
def test_a_workday_profile_has_one_hash_in_every_rendering(name: str) -> None:
    expected = [by_default(p) for p in workday_profiles("one_profile.xml")]
    found = [by_default(p) for p in workday_profiles(name)]
    assert [n.revision_hash for n in found] == [n.revision_hash for n in expected]
    assert found == expected
    assert found[0].documents


def test_a_job_code_has_one_hash_alone_and_in_a_recipe() -> None:
    (single,) = successfactors_profiles("fojobcode_single_by_key.json")
    (recipe,) = successfactors_profiles("recipe_passthrough_one.json")
    assert revision(single) == revision(recipe)


def test_successfactors_titles_follow_the_companys_locale() -> None:
    korean = next(p for p in successfactors_profiles("fojobcode_page_last.json") if p.source_id == "DFLTKO")
    assert by_default(korean).role.title == "R&D Planner"
    assert by_default(korean).role.locale == "en_US"
    fallback = by_default(korean, "xx_XX").role
    assert (fallback.title, fallback.locale) == ("R&D Planner", None)
    assert fallback.titles["default"] == "연구개발 기획"


def test_successfactors_texts_come_in_one_locale() -> None:
    profile = successfactors_profiles("jobprofile_one_expanded.json")[0]
    english, german = by_default(profile), by_default(profile, "de_DE")
    assert "Software Engineer: short text." in english.documents[0].text
    assert "Kurztext" not in english.documents[0].text
    assert "Softwareentwickler: Kurztext." in german.documents[0].text
    assert german.role.title == "Softwareentwickler"
    assert english.documents[0].text.count("prepare monthly reconciliations and explain variances\n") == 1


def test_a_bare_job_code_has_a_problem_for_its_title() -> None:
    bare = next(p for p in successfactors_profiles("fojobcode_page_last.json") if p.source_id == "BARE")
    found = by_default(bare)
    assert (found.role.title, found.role.code) == (None, "BARE")
    assert [(p.code, p.field) for p in found.problems] == [("required_missing", "title")]


@pytest.mark.parametrize(
    "echo",
    [
        {"as_of_date": "2026-02-02"},
        {"source_updated_at": "2026-02-02T00:00:00Z"},
        {"ids": {"Job_Profile_ID": "J1", "WID": "W1"}},
        {"families": [Ref("F1", "Finances")]},
        {"level": Ref("L2", "Second level")},
        {"grade": Ref("G9")},
        {"countries": ["US", "DE"]},
        {"titles": {"de_DE": "Sachbearbeiter", "en_US": "Clerk"}},
    ],
    ids=lambda echo: next(iter(echo)),
)
def test_an_echo_does_not_change_the_hash(echo: dict[str, Any]) -> None:
    assert revision(replace(full(), **echo)) == revision(full())


@pytest.mark.parametrize(
    "change",
    [
        {"titles": {"en_US": "Chief clerk", "de_DE": "Sachbearbeiter"}},
        {"titles": {"en_US": "Clerk"}},
        {"code": "C-2"},
        {"status": "inactive"},
        {"families": [Ref("F2", "Finance")]},
        {"families": []},
        {"grade": Ref("G10", "Grade nine")},
        {"countries": ["DE"]},
        {"attributes": {"critical_job": True}},
        {"descriptions": [described("<p>Does other work.</p>")]},
        {"responsibilities": []},
        {"skills": [Qualification("skill", "SQL", "S", "4")]},
        {"source_id": "W2"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_changes_the_hash(change: dict[str, Any]) -> None:
    assert revision(replace(full(), **change)) != revision(full())


def test_the_group_of_a_family_is_read_and_does_not_change_the_hash() -> None:
    grouped = replace(full(), family_groups=[Ref("G", "Money")])
    assert by_default(grouped).role.attributes["family_group"] == "Money"
    assert revision(grouped) == revision(replace(full(), family_groups=[]))


def test_markup_alone_does_not_change_the_hash() -> None:
    other = [
        described("<p>Does work.</p>"),
        described("<div><p>More.</p></div>", field="Additional_Job_Description"),
    ]
    assert revision(replace(full(), descriptions=other)) == revision(full())


def test_a_failing_rule_is_a_problem_of_its_field_and_the_others_go_on() -> None:
    rules = mapping(
        {"target": "title", "source": "titles", "required": True},
        {"target": "code", "source": "to_number(ids)"},
        {"target": "grade", "source": "join(',', ids)"},
        {"target": "status", "transforms": [{"name": "constant", "args": {"value": "asleep"}}]},
        {"target": "attributes.title", "source": "title"},
    )
    found = normalise(full(), rules)
    assert found.role.attributes == {"title": "Clerk"}
    assert found.role.status == "unknown"
    assert [(p.code, p.field) for p in found.problems] == [
        ("wrong_type", "title"),
        ("rule_failed", "grade"),
        ("wrong_type", "status"),
    ]
    assert found.mapping_version == 7


def test_customers_fields_that_look_cleaned_are_escaped() -> None:
    evil = {"content": {"html": "<script>x</script>", "text": "x"}, "text": "<img src=x>"}
    rule = {"target": "sop", "source": "custom_fields.*", "heading": "<b>Own</b>"}
    rules = mapping(documents=(rule, {"target": "other", "source": "custom_fields.b"}))
    sop, other = normalise(profile(custom_fields={"a": evil, "b": "<i>\nnext"}), rules).documents
    assert sop.html == (
        "<h2>&lt;b&gt;Own&lt;/b&gt;</h2><ul><li>&lt;img src=x&gt;</li><li>&lt;i&gt;<br>next</li></ul>"
    )
    assert sop.text == "<b>Own</b>\n\n- <img src=x>\n- <i>\n  next"
    assert other.html == "<p>&lt;i&gt;<br>next</p>"


def test_the_same_text_is_not_repeated_in_a_document() -> None:
    rules = {"target": "other", "source": "summary"}
    found = normalise(profile(summary="Once."), mapping(documents=(rules, rules | {"heading": "Again"})))
    assert [document.text for document in found.documents] == ["Once."]


def test_every_sample_is_normalised_without_a_failed_rule() -> None:
    names = ["fojobcode_page_next", "fojobcode_page_last", "fojobcode_everything_present_expanded"]
    names += ["jobprofile_page_expanded", "roleentity_page_expanded", "joined_jobcodes_and_profile"]
    profiles = [p for name in names for p in successfactors_profiles(f"{name}.json")]
    profiles += [p for name in ("page_100.xml", "full_every_optional.xml") for p in workday_profiles(name)]
    found = [by_default(p) for p in profiles]
    assert len(found) > 150
    assert {problem.code for n in found for problem in n.problems} <= {"required_missing"}
    assert len({n.revision_hash for n in found}) > 130


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
EXPRESSIONS = [
    "custom_fields.v",
    "custom_fields.v[0]",
    "custom_fields.*",
    "custom_fields.v[].text",
    "length(custom_fields.v)",
]
STEPS = [
    {"name": "trim"},
    {"name": "html_to_text"},
    {"name": "date"},
    {"name": "boolean"},
    {"name": "lookup", "args": {"table": {"a": 1}}},
    {"name": "split", "args": {"separator": "a"}},
    {"name": "join"},
    {"name": "regex_extract", "args": {"pattern": "a"}},
    {"name": "concatenate", "args": {"of": ["title"]}},
    {"name": "locale_choice"},
    {"name": "chosen_locale"},
]
TARGETS = ["title", "titles", "code", "countries", "status", "attributes", "attributes.x"]


@settings(max_examples=200, deadline=None)
@given(
    VALUES,
    st.sampled_from(TARGETS),
    st.sampled_from(EXPRESSIONS),
    st.lists(st.sampled_from(STEPS), max_size=3),
)
def test_any_value_through_any_rule_gives_a_role_or_a_problem(
    value: Any, target: str, source: str, steps: list[dict[str, Any]]
) -> None:
    rule = {"target": target, "source": source, "transforms": steps}
    documents = ({"target": "other", "source": source, "transforms": steps},)
    found = normalise(profile(custom_fields={"v": value}), mapping(rule, documents=documents))
    assert {p.code for p in found.problems} <= {"rule_failed", "wrong_type"}
    assert len(found.revision_hash) == 64
    assert msgspec.json.encode(found)

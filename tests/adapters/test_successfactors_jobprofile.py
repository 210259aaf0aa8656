"""JobProfile, its role and its join with FOJobCode."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.model import JobProfile, Qualification
from tests.adapters.refusals import refusal_of
from tests.adapters.sf import job_code, job_profile, page, profiles, rows, sample

TRUTH = sample("truth")["profiles"]


def own(items: list[Qualification]) -> list[str]:
    """The texts without a locale."""
    return [item.text for item in items if item.locale is None]


def by_profile(found: dict[str, JobProfile]) -> dict[str, list[JobProfile]]:
    grouped: dict[str, list[JobProfile]] = {}
    for profile in found.values():
        grouped.setdefault(profile.provenance.notes[0].removeprefix("job_profile "), []).append(profile)
    return grouped


def test_every_profile_of_a_page_is_what_is_true_of_it() -> None:
    found = by_profile(profiles(sample("jobprofile_page_expanded")))
    for row in rows("jobprofile_page_expanded"):
        truth = TRUTH[row["externalCode"]]
        if truth["draft"]:
            assert row["externalCode"] not in found
            continue
        for profile in found[row["externalCode"]]:
            assert profile.title == truth["title"]
            assert profile.status == {"A": "active", "I": "inactive"}[truth["status"]]
            assert own(profile.skills) == truth["skills"]
            assert own(profile.responsibilities) == truth["responsibilities_in_order"]
        expected = truth["jobCodes"] or [f"job_profile:{row['externalCode']}"]
        assert sorted(p.source_id for p in found[row["externalCode"]]) == sorted(expected)


def test_all_texts_are_read_the_misspelled_ones_too() -> None:
    profile = profiles(sample("jobprofile_one_expanded"))["50000000"]
    assert {text.field for text in profile.descriptions} == {"header", "shortDesc", "longDesc"}
    long = next(t for t in profile.descriptions if t.field == "longDesc" and t.locale == "en_US")
    assert long.content.text.startswith("About the role\n\nAs a Software Engineer you will")
    german = [t.content.text for t in profile.descriptions if t.locale == "de_DE"]
    assert german == ["Softwareentwickler: Kurztext."]


def test_the_short_columns_speak_when_the_navigation_says_nothing() -> None:
    row = job_profile(longDesc_defaultValue="From the column", longDesciptions={"__deferred": {"uri": "x"}})
    assert [t.content.text for t in profiles([row])["C1"].descriptions] == ["From the column"]
    row["longDesciptions"] = {"results": [{"desc_defaultValue": "From the text"}]}
    assert [t.content.text for t in profiles([row])["C1"].descriptions] == ["From the text"]


def test_contents_come_in_numeric_order() -> None:
    contents = [
        {"order": order, "status": "A", "entity": order, "entityNav": {"duty_defaultValue": f"duty {order}"}}
        for order in ("10", "9", "2")
    ]
    row = job_profile(jobResponsibilityContents={"results": contents})
    assert own(profiles([row])["C1"].responsibilities) == ["duty 2", "duty 9", "duty 10"]


def test_a_navigation_may_be_a_list_and_a_deferred_one_says_nothing() -> None:
    contents = [{"entity": "S", "entityNav": {"name_defaultValue": "SQL"}, "proLevel_defaultValue": "3"}]
    listed = profiles([job_profile(skillContents=contents)])["C1"]
    wrapped = profiles([job_profile(skillContents={"results": contents})])["C1"]
    assert listed == wrapped
    assert [(s.text, s.level, s.code) for s in listed.skills] == [("SQL", "3", "S")]
    assert profiles([job_profile(skillContents={"__deferred": {}})])["C1"].skills == []
    assert profiles([job_profile(skillContents=None)])["C1"].skills == []


def test_skills_of_the_role_stand_in_when_the_profile_lists_none() -> None:
    row = job_profile()
    row["roleNav"]["roleSkillMappings"] = [
        {"skill": "S", "proLevel_defaultValue": "2", "skillNav": {"name_defaultValue": "SQL"}}
    ]
    assert [(s.text, s.level) for s in profiles([row])["C1"].skills] == [("SQL", "2")]


def test_rows_that_are_gone_at_the_source_are_left_out() -> None:
    entity = {"name_defaultValue": "SQL"}
    contents = [{"status": "I", "entityNav": entity}, {"mdfSystemRecordStatus": "D", "entityNav": entity}]
    assert profiles([job_profile(skillContents=contents)])["C1"].skills == []


def test_requirements_say_their_kind() -> None:
    def one(column: str) -> list[dict[str, object]]:
        return [{"entityNav": {f"{column}_defaultValue": column}}]

    row = job_profile(
        competencyContents=one("name"),
        certificationContents=one("certification"),
        educationDegreeContents=one("degree"),
        educationMajorContents=one("major"),
        employmentConditionContents=one("condition"),
        physicalReqContents=one("requirement"),
        relevantIndustryContents=one("industry"),
        interviewQuestionContents=one("question"),
    )
    assert [(r.kind, r.text) for r in profiles([row])["C1"].requirements] == [
        ("competency", "name"),
        ("certification", "certification"),
        ("education", "degree"),
        ("education", "major"),
        ("condition", "condition"),
        ("condition", "requirement"),
        ("experience", "industry"),
    ]


def test_a_draft_is_not_taken_and_says_so() -> None:
    item = page([job_profile(draft=True)]).items[0]
    assert item.profile is None
    assert item.problem is not None
    assert item.problem.code == "draft"


def test_a_profile_without_job_code_is_a_role_of_its_own() -> None:
    row = job_profile(roleNav={"externalCode": "R1", "jobCodeMappings": {"results": []}})
    item = page([row]).items[0]
    assert item.profile is not None
    assert (item.profile.source_id, item.profile.code) == ("job_profile:P1", "P1")
    assert item.profile.ids == {"job_profile": "P1"}
    assert item.warnings == ()


def test_an_unexpanded_mapping_is_unknown_not_empty() -> None:
    roles: list[dict[str, Any] | None] = [
        {"__deferred": {"uri": "x"}},
        None,
        {"jobCodeMappings": {"__deferred": {}}},
    ]
    for role in roles:
        item = page([job_profile(roleNav=role)]).items[0]
        assert [w.code for w in item.warnings] == ["job_code_unknown"]


def test_two_profiles_of_one_code_give_both_texts_and_a_fixed_title() -> None:
    second = job_profile(externalCode="P2", name_defaultValue="Second", longDesc_defaultValue="two")
    first = job_profile(externalCode="P1", name_defaultValue="First", longDesc_defaultValue="one")
    found = profiles([second, first])["C1"]
    assert found.title == "First"
    assert [t.content.text for t in found.descriptions] == ["one", "two"]
    assert found == profiles([first, second])["C1"]
    assert profiles([second, first | {"status": "I"}])["C1"].title == "Second"


def test_job_codes_and_profiles_in_one_body_are_joined() -> None:
    found = profiles(sample("joined_jobcodes_and_profile"))
    assert set(found) == {"50000000", "50000001"}
    one = found["50000001"]
    assert one.provenance.shape == "odata_joined"
    assert one.title == "HR Business Partner"
    assert one.grade is not None
    assert one.families[0].code == "FAM0"
    assert one.provenance.notes == ("job_profile 1021600", "job_role 1021700")
    assert {t.field for t in one.descriptions} == {"header", "shortDesc", "longDesc", "description"}
    assert len(own(one.responsibilities)) == 3


def test_a_role_sent_beside_its_profile_joins_it() -> None:
    profile = job_profile(roleNav={"__deferred": {}}, role="R1")
    role = {"externalCode": "R1", "jobCodeMappings": [{"jobCode": "C1"}], "name_defaultValue": "Role"}
    data = {
        "FOJobCode": [job_code(name="Job")],
        "JobProfile": [profile],
        "RoleEntity": {"d": {"results": [role]}},
    }
    found = profiles(data)
    assert list(found) == ["C1"]
    assert found["C1"].ids == {"job_code": "C1"}
    assert found["C1"].provenance.notes == ("job_profile P1", "job_role R1")


def test_two_roles_of_one_profile_share_no_identity() -> None:
    first, second = profiles(sample("jobprofile_one_expanded")).values()
    assert not set(first.ids.items()) & set(second.ids.items())


def test_a_role_alone_gives_title_family_and_skills() -> None:
    found = profiles(sample("roleentity_page_expanded"))
    assert found["50000000"].title == "Software Engineer"
    assert found["50000000"].families[0].name == "Technology"
    assert own(found["50000000"].skills)
    assert found["50000000"].descriptions == []


@pytest.mark.parametrize(
    ("short", "full", "expected"),
    [
        (
            "Senior Vice President of Glo...",
            "Senior Vice President of Global Taxes",
            "Senior Vice President of Global Taxes",
        ),
        ("Senior Vice...", "Another title", "Senior Vice..."),
        ("Analyst", "Analyst and Planner", "Analyst"),
    ],
)
def test_a_title_cut_off_at_the_source_is_completed(short: str, full: str, expected: str) -> None:
    data = [job_code(name_defaultValue=short), job_profile(name_defaultValue=full)]
    assert profiles(data)["C1"].title == expected


def test_an_inactive_profile_of_an_active_code_is_told() -> None:
    item = page([job_code(status="A"), job_profile(status="I")]).items[0]
    assert item.profile is not None
    assert item.profile.status == "active"
    assert [w.code for w in item.warnings] == ["inactive_job_profile"]


def test_the_same_profile_sent_twice_is_one() -> None:
    row = job_profile(longDesc_defaultValue="one")
    assert profiles([row, row]) == profiles([row])


def test_a_body_that_links_too_much_is_refused() -> None:
    mappings = [{"jobCode": f"C{number}"} for number in range(5_001)]
    row = job_profile(roleNav={"externalCode": "R", "jobCodeMappings": mappings})
    error = refusal_of(lambda: page([row]))
    assert (error.code, error.status) == ("too_many_items", 413)

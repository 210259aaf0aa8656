"""The 25 cases of docs/workday.md by their numbers there: identities, dates, flags, texts. The others are in
`test_workday_table_of_answers`."""

from __future__ import annotations

import pytest

from adapters.workday import generate
from adapters.workday.reader import read
from adapters.workday.renderings import DIALECTS, rendered
from tests.adapters.wd import (
    WID,
    job_profile,
    normalised,
    only,
    profile,
    profiles,
    refusal,
    report,
    response,
    revision,
    sample,
)

RENDERINGS = ("workato", "workato_stripped", "xmltodict", "zeep", "node_soap")


def described(said: str, field: str = "Job_Description") -> bytes:
    return response(job_profile(f"<Job_Title>Nurse</Job_Title><{field}>{said}</{field}>"))


def text_of(body: bytes) -> str | None:
    found = profile(body).descriptions
    return found[0].content.text if found else None


@pytest.mark.parametrize("name", ["required_only.xml", "no_results.xml"])
def test_01_an_answer_without_profiles_is_empty_and_no_error(name: str) -> None:
    page = read(sample(name))
    assert (page.items, page.hints, page.warnings) == ([], (), ())


def test_02_a_row_without_an_identifier_is_rejected_and_the_others_go_on() -> None:
    assert (
        profiles(response(job_profile(), "<Job_Profile/>", job_profile(wid="b" * 32)))[1].source_id
        == "b" * 32
    )
    for body in (
        sample("one_empty_profile.xml"),
        b'{"Get_Job_Profiles_Response": {"Response_Data": {"Job_Profile": [null]}}}',
    ):
        problem = only(body).problem
        assert problem is not None
        assert problem.code == "no_identifier"


def test_03_a_profile_with_a_wid_only_is_keyed_by_it_and_has_no_code() -> None:
    made = profile(sample("wid_only_reference.xml"))
    assert (made.source_id, made.ids, made.code) == (made.ids["WID"], {"WID": made.source_id}, None)


def test_04_without_a_reference_the_job_code_identifies_and_nothing_is_invented() -> None:
    coded = response(job_profile(data="<Job_Code>R-7</Job_Code>", wid=None))
    assert profile(coded).source_id == profile(coded).source_id == "R-7"
    problem = only(response(job_profile(wid=None))).problem
    assert problem is not None
    assert problem.code == "no_identifier"


def test_05_ids_are_picked_by_type_in_any_order_and_rendering() -> None:
    straight = profile(sample("id_order_reversed.xml"))
    assert straight.source_id == "a14005e41ae08cdf69144616a2129799"
    for dialect in DIALECTS:
        assert profile(rendered(sample("id_order_reversed.xml"), dialect)).ids == straight.ids


def test_06_another_code_is_the_same_role_with_a_new_code() -> None:
    reference = '<ID wd:type="Job_Profile_ID">REF-1</ID></Job_Profile_Reference>'
    bodies = [
        response(
            job_profile(data=f"<Job_Code>{code}</Job_Code>").replace("</Job_Profile_Reference>", reference)
        )
        for code in ("OLD", "NEW")
    ]
    old, new = (profile(body) for body in bodies)
    assert old.source_id == new.source_id == WID
    assert (old.code, new.code) == ("OLD", "NEW")
    assert old.ids == {"WID": WID, "Job_Profile_ID": "REF-1", "Job_Code": "OLD"}


def test_07_the_wid_is_kept_as_it_is_and_never_made_unique_over_tenants() -> None:
    # The company is the other half of the key: the database has it in every key of a role.
    first = profile(response(job_profile("<Job_Title>Facilities Manager</Job_Title>")))
    second = profile(response(job_profile("<Job_Title>23000</Job_Title>")))
    assert first.source_id == second.source_id == WID
    assert revision(first) != revision(second)


@pytest.mark.parametrize(
    ("said", "code"),
    [("007", "007"), ("SNOW Supervisor", "SNOW Supervisor"), (" R-1 ", "R-1"), ("1e5", "1e5")],
)
def test_08_codes_are_text_in_every_rendering(said: str, code: str) -> None:
    body = response(job_profile(data=f"<Job_Code>{said}</Job_Code>", wid=None))
    assert profile(body).source_id == code
    for dialect in DIALECTS:
        assert profile(rendered(body, dialect)).source_id == code
    assert profile(report({"Job_Profile_ID": said, "Job_Profile_Name": "x"})).code == code


def test_08_codes_that_differ_in_case_only_are_two_roles() -> None:
    twins = [job_profile(data=f"<Job_Code>{code}</Job_Code>", wid=None) for code in ("Lor-2", "lor-2")]
    assert [made.source_id for made in profiles(response(*twins))] == ["Lor-2", "lor-2"]


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("one_profile.xml", "2024-05-17"),
        ("effective_no_tz.xml", "2024-05-17"),
        ("effective_plus_tz.xml", "2024-05-17"),
        ("future_effective.xml", "2031-01-01"),
    ],
)
def test_09_a_date_is_its_calendar_day_whatever_its_offset(name: str, day: str) -> None:
    assert profile(sample(name)).as_of_date == day


@pytest.mark.parametrize("suffix", ["", "Z", "+13:00", "-07:00", "T23:59:59.000-07:00"])
def test_09_no_offset_shifts_a_day_or_becomes_a_time(suffix: str) -> None:
    for day in ("1900-01-01", "2024-05-17"):
        body = response(job_profile(data=f"<Effective_Date>{day}{suffix}</Effective_Date>"))
        assert profile(body).as_of_date == day


def test_10_the_as_of_date_of_the_next_day_is_no_new_revision() -> None:
    today = sample("one_profile.xml")
    tomorrow = today.replace(b"2024-05-17-07:00</wd:Effective_Date>", b"2024-05-18-07:00</wd:Effective_Date>")
    assert today != tomorrow
    assert revision(profile(today)) == revision(profile(tomorrow))


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("<Inactive>1</Inactive>", "inactive"),
        ("<Inactive>true</Inactive>", "inactive"),
        ("<Inactive>0</Inactive>", "active"),
        ("<Inactive>false</Inactive>", "active"),
        ("", "unknown"),
        ("<Inactive/>", "unknown"),
    ],
)
def test_11_inactive_has_three_values_in_every_rendering(said: str, status: str) -> None:
    body = response(job_profile(f"<Job_Title>Nurse</Job_Title>{said}"))
    assert profile(body).status == status
    for dialect in DIALECTS:
        assert profile(rendered(body, dialect)).status == status


@pytest.mark.parametrize("rendering", RENDERINGS)
def test_12_one_profile_is_one_role_and_one_revision_in_every_captured_rendering(rendering: str) -> None:
    from_xml = normalised(profile(sample("one_profile.xml")))
    made = normalised(profile(sample(f"one_profile.{rendering}.json")))
    assert (made.role, made.documents, made.revision_hash) == (
        from_xml.role,
        from_xml.documents,
        from_xml.revision_hash,
    )


def test_13_one_child_and_many_have_the_same_form() -> None:
    reference = '<Job_Family_Reference><ID wd:type="Job_Family_ID">A</ID></Job_Family_Reference>'
    for count in (1, 3):
        body = response(job_profile(f"<Job_Family_Data>{reference}</Job_Family_Data>" * count))
        for dialect in DIALECTS:
            assert [one.code for one in profile(rendered(body, dialect)).families] == ["A"] * count
    for count in (1, 100):
        assert len(profiles(generate.payload("soap_xmltodict_json", count, 1))) == count


def test_14_a_missing_an_empty_and_a_blank_description_are_one_revision_without_a_document() -> None:
    bodies = [
        response(job_profile("<Job_Title>Nurse</Job_Title>")),
        described(""),
        described("&lt;p&gt;&lt;/p&gt;&lt;p&gt;&amp;nbsp;&lt;/p&gt;"),
    ]
    made = [normalised(profile(body)) for body in bodies]
    assert [one.documents for one in made] == [(), (), ()]
    assert len({one.revision_hash for one in made}) == 1
    assert made[0].role.title == "Nurse"
    assert profile(sample("description_missing.xml")).descriptions == []


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("<![CDATA[<p>Care &amp; cure</p>]]>", "Care & cure"),
        ("&amp;lt;p&amp;gt;Care &amp;amp;amp; cure&amp;lt;/p&amp;gt;", "Care & cure"),
        ("2 &lt; 3 &amp; 5 &gt; 4", "2 < 3 & 5 > 4"),
    ],
)
def test_15_cdata_doubly_escaped_and_plain_texts_read_right(said: str, text: str) -> None:
    assert text_of(described(said)) == text


def test_16_nothing_in_a_description_can_run_or_be_fetched() -> None:
    content = profile(sample("description_script.xml")).descriptions[0].content
    for word in ("script", "169.254", "img", "onclick"):
        assert word not in content.html
    assert content.text == "Hi\n\nl"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("<p>Plan <b>work<p>Do it</div>", "Plan work\n\nDo it"),
        ("<p>• one</p><p>• two</p>", "• one\n\n• two"),
        ("<p>Requi\u200brements:\u200b</p>", "Requirements:"),
        ("<span><span><span><p>Deep</p></span></span></span>", "Deep"),
    ],
)
def test_17_broken_markup_typed_bullets_and_hidden_spaces_read_well(said: str, text: str) -> None:
    assert text_of(described(f"<![CDATA[{said}]]>")) == text
    nested = profile(sample("description_table_and_ol.xml")).descriptions[0].content.text
    assert nested == "A | B\n1 | 2\n\n1. a\n  - nested"


def test_18_a_text_is_taken_up_to_the_limit_and_only_its_row_is_refused_above() -> None:
    at_limit, above = "x" * 1_048_576, "x" * 1_048_577
    rows = [job_profile(f"<Job_Description>{said}</Job_Description>", wid=wid) for said, wid in
            ((at_limit, "a" * 32), (above, "b" * 32), ("short", "c" * 32))]  # fmt: skip
    items = read(response(*rows)).items
    assert [item.problem.code if item.problem else None for item in items] == [None, "text_too_large", None]
    assert items[1].source_id == "b" * 32
    bomb = b'<!DOCTYPE a [<!ENTITY a "xxxxxxxx"><!ENTITY b "&a;&a;&a;">]><a>&b;</a>'
    assert refusal(bomb).code == "doctype"


def test_19_every_script_is_kept_and_a_title_has_no_direction_override() -> None:
    made = profile(sample("unicode_everything.xml"))
    assert made.title == "Ingénieur·e logiciel — 高级软件工程师 👩‍💻 RTL"
    assert text_of(sample("unicode_everything.xml")) == "日本語の職務記述書\n\nעברית"
    composed, decomposed = (
        profile(response(job_profile(f"<Job_Title>{title}</Job_Title>"))) for title in ("Café", "Cafe\u0301")
    )
    assert revision(composed) == revision(decomposed)

"""The cases of docs/workday.md from the twentieth on: pages, faults, later versions, REST, reports, and what
there may be many of."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from adapters.workday import generate
from adapters.workday.invent import profiles as invented
from adapters.workday.reader import read
from tests.adapters.wd import (
    WID,
    job_profile,
    only,
    profile,
    profiles,
    refusal,
    report,
    response,
    revision,
    sample,
)


def test_each_of_the_25_cases_is_a_test_of_that_number() -> None:
    files = ("test_workday_table.py", Path(__file__).name)
    sources = "".join((Path(__file__).parent / name).read_text("utf-8") for name in files)
    assert set(map(int, re.findall(r"^def test_(\d+)_", sources, re.MULTILINE))) == set(range(1, 26))


def test_20_three_pages_are_299_profiles_and_one_on_two_pages_is_one() -> None:
    made = list(invented(299, 7))
    cuts = [made[:100], made[99:199], made[199:]]  # the first of the second page was on the first
    pages = [generate.soap_page(cut, number, 3, 299) for number, cut in enumerate(cuts, 1)]
    found = {one.source_id: revision(one) for body in pages for one in profiles(body)}
    assert sum(len(profiles(body)) for body in pages) == 300
    assert len(found) == 299
    assert len(profiles(sample("page_100.xml"))) == 100


@pytest.mark.parametrize(
    ("code", "detail", "said"),
    [
        (
            "Client.validationError",
            "<Validation_Fault><Validation_Error><Message>Invalid ID value.</Message></Validation_Error>"
            "<Validation_Error><Message>Page Number cannot be zero.</Message></Validation_Error>"
            "</Validation_Fault>",
            "Invalid ID value.; Page Number cannot be zero",
        ),
        (
            "Server",
            "<Processing_Fault><Detail_Message>Try later</Detail_Message></Processing_Fault>",
            "Try later",
        ),
        ("Client.authenticationError", "", "invalid username or password"),
    ],
)
def test_21_a_fault_is_a_refusal_with_workdays_own_words(code: str, detail: str, said: str) -> None:
    body = (
        '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Body>'
        f"<SOAP-ENV:Fault><faultcode>SOAP-ENV:{code}</faultcode><faultstring>invalid username or password"
        f"</faultstring><detail>{detail}</detail></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )
    error = refusal(body.encode())
    assert (error.code, error.status) == ("soap_fault", 422)
    assert said in error.detail
    assert code in error.detail


def test_21_an_empty_fault_is_still_an_error() -> None:
    error = refusal(b'<e:Fault xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"/>')
    assert error.code == "soap_fault"
    assert "version is invalid" in refusal(sample("fault_version.xml")).detail


def test_22_a_later_version_with_renamed_and_new_elements_is_understood() -> None:
    item = only(sample("v44_overlay.xml"))
    assert item.profile is not None
    assert [one.code for one in item.profile.classifications] == ["SOC_15-2051"]
    assert item.profile.provenance.version == "v44.2"
    assert item.profile.provenance.unknown == ("Job_Architecture_Data",)
    assert [warning.code for warning in item.warnings] == ["unknown_elements"]
    rating = "<Competency_Level_Reference><ID wd:type='X'>3</ID></Competency_Level_Reference>"
    asked = (
        "<Qualification_Replacement_Data><Competency_Qualification_Replacement>"
        "<Competency_Qualification_Replacement_Data><Competency_Reference><ID wd:type='Competency_ID'>C</ID>"
        f"</Competency_Reference>{rating}</Competency_Qualification_Replacement_Data>"
        "</Competency_Qualification_Replacement></Qualification_Replacement_Data>"
    )
    assert profile(response(job_profile(data=asked))).requirements[0].level == "3"


def test_23_a_rest_list_says_who_is_inactive_and_nothing_about_who_is_not_in_it() -> None:
    page = read(sample("rest_jobProfiles_page1_of_3.json"))
    assert (page.shape, len(page.items)) == ("rest_list_json", 100)
    assert all(item.profile and item.profile.status == "active" for item in page.items)
    assert read(sample("rest_jobProfiles_empty.json")).items == []


def test_23_a_rest_object_is_joined_by_its_wid_and_has_no_code() -> None:
    made = profile(sample("rest_jobProfile_detail.json"))
    assert (made.ids, made.code) == ({"WID": made.source_id}, None)
    assert made.source_id == profiles(sample("page_100.xml"))[0].source_id
    assert made.management_level is not None
    assert made.management_level.code is None
    assert read(sample("rest_jobProfile_detail_minimal.json")).hints[0].ids["WID"][:8] == "d2b8bdd0"


@pytest.mark.parametrize(
    ("name", "said"),
    [("rest_error_plain.json", "permission denied"), ("rest_error_validation.json", "invalid ID A0000 ID")],
)
def test_23_a_rest_error_is_an_error_whatever_status_it_came_with(name: str, said: str) -> None:
    error = refusal(sample(name))
    assert error.code == "rest_error"
    assert said in error.detail


def test_24_a_report_without_entries_is_empty_and_one_without_the_list_is_an_error() -> None:
    assert read(sample("raas_empty_list.json")).items == []
    assert refusal(b"{}").code == "unknown_shape"
    other = sample("raas_job_profiles.xml").replace(b"CR_INT_Job_Profiles", b"Another_Report")
    assert [one.source_id for one in profiles(other)] == [
        one.source_id for one in profiles(sample("raas_job_profiles.xml"))
    ]


def test_24_a_null_a_missing_key_and_an_empty_text_are_equal() -> None:
    base = {"workdayID": WID, "Job_Profile_Name": "Nurse"}
    said = [base, {**base, "Job_Description": None, "Inactive": None}, {**base, "Job_Description": ""}]
    made = [
        msgspec.structs.replace(profile(report(one)), provenance=profile(report(base)).provenance)
        for one in said
    ]
    assert made[0] == made[1] == made[2]
    assert made[0].status == "unknown"


def test_24_rows_of_their_own_are_taken_one_or_many_before_the_joined_text() -> None:
    for rows in (
        {"Job_Family": "A; still A", "Job_Family_ID": "FA"},
        [{"Job_Family": "A; still A", "Job_Family_ID": "FA"}],
    ):
        row = {"workdayID": WID, "title": "x", "Job_Families": "A; still A", "Job_Families_group": rows}
        assert [(one.code, one.name) for one in profile(report(row)).families] == [("FA", "A; still A")]
    joined = {"workdayID": WID, "title": "x", "Job_Families": "A; B, of C"}
    assert [one.name for one in profile(report(joined)).families] == ["A", "B, of C"]


def test_24_flags_of_a_report_are_texts_and_a_renamed_column_needs_the_companys_map() -> None:
    row = {"workdayID": WID, "Rolle": "Nurse", "Inactive": "1", "Public_Job": "0"}
    made = read(report(row), fields={"rolle": "title"}).items[0].profile
    assert made is not None
    assert (made.title, made.status, made.attributes) == ("Nurse", "inactive", {"public_job": False})
    unmapped = read(report(row))
    assert [one.code for one in unmapped.warnings] == ["unknown_columns"]
    assert [one.code for one in unmapped.items[0].warnings] == ["no_title"]
    assert unmapped.items[0].profile is not None
    assert unmapped.items[0].profile.custom_fields == {"Rolle": "Nurse"}


def test_25_families_groups_deleted_rows_and_countries_are_kept_apart() -> None:
    made = profile(sample("many_families.xml"))
    assert ([one.code for one in made.families], [one.code for one in made.family_groups]) == (
        ["SWE"],
        ["TECH"],
    )
    country = (
        '<Restrict_to_Country_Reference><ID wd:type="ISO_3166-1_Alpha-{}_Code">{}</ID>'
        "</Restrict_to_Country_Reference>"
    )
    exempt = (
        '<Job_Profile_Exempt_Data><Location_Context_Reference><ID wd:type="ISO_3166-1_Alpha-2_Code">{}</ID>'
        "</Location_Context_Reference><Job_Exempt>{}</Job_Exempt></Job_Profile_Exempt_Data>"
    )
    body = response(
        job_profile(
            country.format(2, "FR") + country.format(3, "DEU"),
            exempt.format("US", 1) + exempt.format("DE", 0),
        )
    )
    made = profile(body)
    assert made.countries == ["DE", "FR"]
    assert made.attributes["exempt"] == [
        {"country": "US", "exempt": True},
        {"country": "DE", "exempt": False},
    ]

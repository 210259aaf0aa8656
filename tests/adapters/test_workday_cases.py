"""What Workday really sends: identities, codes, dates, truth values, families, countries, descriptions."""

from __future__ import annotations

import pytest

from adapters.workday.reader import read
from tests.adapters.wd import WID, comparable, job_profile, only, profile, response, sample


@pytest.mark.parametrize("name", ["required_only.xml", "no_results.xml"])
def test_a_response_without_profiles_is_an_empty_page(name: str) -> None:
    assert read(sample(name)).items == []


@pytest.mark.parametrize(
    "body",
    [
        sample("one_empty_profile.xml"),
        b'{"Get_Job_Profiles_Response": {"Response_Data": {"Job_Profile": [null]}}}',
        b'{"Get_Job_Profiles_Response": [{"Response_Data": [{"Job_Profile": [{}]}]}]}',
    ],
)
def test_an_empty_profile_is_refused_by_name(body: bytes) -> None:
    problem = only(body).problem
    assert problem is not None
    assert (problem.code, problem.field) == ("no_identifier", "Job_Profile_Reference")


def test_a_bad_profile_does_not_keep_the_others_out() -> None:
    page = read(response(job_profile(), "<Job_Profile/>", job_profile(wid="b" * 32)))
    assert [item.profile.source_id if item.profile else None for item in page.items] == [WID, None, "b" * 32]


def test_a_profile_with_only_a_wid_has_no_code() -> None:
    made = profile(sample("wid_only_reference.xml"))
    assert (made.source_id, made.code) == ("ca2fb00d077aada046e7a004f1d0a6d6", None)


def test_without_a_reference_the_job_code_identifies() -> None:
    made = profile(response(job_profile(data="<Job_Code> R-7 </Job_Code>", wid=None)))
    assert (made.source_id, made.code, made.ids) == ("R-7", "R-7", {"Job_Code": "R-7"})


def test_ids_are_found_by_type_in_any_order() -> None:
    made = profile(sample("id_order_reversed.xml"))
    assert made.source_id == "a14005e41ae08cdf69144616a2129799"
    assert made.ids == {"WID": made.source_id, "Job_Profile_ID": "Q-REV", "Job_Code": "R-00902"}


def test_the_job_code_wins_over_the_reference_id_and_a_new_code_keeps_the_identity() -> None:
    old = profile(response(job_profile(data="<Job_Code>OLD</Job_Code>")))
    new = profile(response(job_profile(data="<Job_Code>NEW</Job_Code>")))
    assert (old.source_id, old.code, new.source_id, new.code) == (WID, "OLD", WID, "NEW")


def test_an_id_whose_type_was_lost_is_a_wid_only_by_its_form() -> None:
    untyped = (
        "<Job_Profile><Job_Profile_Reference><ID>R-1</ID><ID>{}</ID></Job_Profile_Reference></Job_Profile>"
    )
    assert profile(response(untyped.format(WID))).ids == {"WID": WID}
    assert only(response(untyped.format("R-2"))).problem


@pytest.mark.parametrize(
    ("name", "code"), [("code_leading_zero", "007"), ("code_with_space_and_case", "SNOW Supervisor")]
)
def test_codes_stay_text(name: str, code: str) -> None:
    assert profile(sample(f"{name}.xml")).code == code


def test_codes_that_differ_in_case_only_stay_apart() -> None:
    codes = ["Lor-2", "lor-2", "SI2", "SI-2", "2", "02"]
    page = read(response(*(job_profile(data=f"<Job_Code>{code}</Job_Code>", wid=None) for code in codes)))
    assert [item.profile.source_id for item in page.items if item.profile] == codes


@pytest.mark.parametrize(
    ("said", "date"),
    [
        ("2024-05-17-07:00", "2024-05-17"),
        ("2024-05-17Z", "2024-05-17"),
        ("2024-05-17+13:00", "2024-05-17"),
        ("2024-05-17", "2024-05-17"),
        ("2024-05-17T23:30:00.000-07:00", "2024-05-17"),
        ("1900-01-01", "1900-01-01"),
        ("2031-01-01-08:00", "2031-01-01"),
        ("0000-01-01", None),
        ("yesterday", None),
    ],
)
def test_effective_dates_are_calendar_days_and_nothing_but_an_echo(said: str, date: str | None) -> None:
    item = only(response(job_profile(data=f"<Effective_Date>{said}</Effective_Date>")))
    assert item.profile is not None
    assert item.profile.as_of_date == date
    assert comparable(item.profile) == comparable(profile(response(job_profile())))
    assert [warning.code for warning in item.warnings] == ([] if date else ["date_unreadable"])


@pytest.mark.parametrize(
    ("said", "status"),
    [("1", "inactive"), ("true", "inactive"), ("0", "active"), ("false", "active"), ("", "unknown")],
)
def test_inactive_in_all_its_spellings(said: str, status: str) -> None:
    assert profile(response(job_profile(f"<Inactive>{said}</Inactive>"))).status == status


def test_a_missing_inactive_is_unknown() -> None:
    assert profile(sample("inactive_missing.xml")).status == "unknown"
    assert profile(sample("inactive_true.xml")).status == "inactive"


def test_groups_are_apart_from_families_and_deleted_rows_are_ignored() -> None:
    made = profile(sample("many_families.xml"))
    assert [ref.code for ref in made.families] == ["SWE"]
    assert [ref.code for ref in made.family_groups] == ["TECH"]


def test_countries_are_iso_codes_and_a_country_without_one_is_warned_about() -> None:
    def country(kind: str, value: str) -> str:
        name = "Restrict_to_Country_Reference"
        return f'<{name}><ID wd:type="{kind}">{value}</ID></{name}>'

    alpha_2 = "ISO_3166-1_Alpha-2_Code"
    item = only(
        response(job_profile(country(alpha_2, "FR") + country(alpha_2, "DE") + country("WID", "c" * 32)))
    )
    assert item.profile is not None
    assert item.profile.countries == ["DE", "FR"]
    assert [warning.code for warning in item.warnings] == ["no_title", "country_without_iso_code"]


def test_facts_per_country_are_lists() -> None:
    def exempt(country: str, flag: str) -> str:
        place = f'<ID wd:type="ISO_3166-1_Alpha-2_Code">{country}</ID>'
        return (
            f"<Job_Profile_Exempt_Data><Location_Context_Reference>{place}</Location_Context_Reference>"
            f"<Job_Exempt>{flag}</Job_Exempt></Job_Profile_Exempt_Data>"
        )

    made = profile(response(job_profile(data=exempt("US", "1") + exempt("DE", "0"))))
    assert made.attributes["exempt"] == [
        {"country": "US", "exempt": True},
        {"country": "DE", "exempt": False},
    ]


def test_the_name_is_the_job_title_and_the_display_name_only_stands_in() -> None:
    shown = '<Job_Profile_Reference wd:Descriptor="R-1 - Nurse">'
    named = job_profile("<Job_Title>Nurse</Job_Title>").replace("<Job_Profile_Reference>", shown)
    unnamed = job_profile("").replace("<Job_Profile_Reference>", shown)
    assert profile(response(named)).title == "Nurse"
    item = only(response(unnamed))
    assert item.profile is not None
    assert item.profile.title == "R-1 - Nurse"
    assert [warning.code for warning in item.warnings] == ["no_title"]


def test_display_names_are_not_needed() -> None:
    made = profile(sample("no_descriptors.xml"))
    assert made.management_level is not None
    assert (made.management_level.code, made.management_level.name) == ("8_Individual_Contributor", None)


@pytest.mark.parametrize(
    "said", ["", "<Job_Description/>", "<Job_Description>&lt;p&gt;&lt;/p&gt; </Job_Description>"]
)
def test_an_empty_description_is_none(said: str) -> None:
    assert profile(response(job_profile(f"<Job_Title>Nurse</Job_Title>{said}"))) == profile(
        response(job_profile())
    )


def test_cdata_and_escaped_html_are_the_same_description() -> None:
    escaped = "<Job_Description>&lt;p&gt;Care &amp;amp; cure&lt;/p&gt;</Job_Description>"
    cdata = "<Job_Description><![CDATA[<p>Care &amp; cure</p>]]></Job_Description>"
    made = [profile(response(job_profile(said))).descriptions for said in (escaped, cdata)]
    assert made[0] == made[1]
    assert made[0][0].content.text == "Care & cure"


def test_scripts_links_to_scripts_and_images_are_gone_and_the_text_stays() -> None:
    content = profile(sample("description_script.xml")).descriptions[0].content
    assert content.text == "Hi\n\nl"
    assert content.html == '<p>Hi</p><a rel="noopener noreferrer nofollow">l</a>'
    assert "169.254.169.254" in content.raw


def test_tables_and_nested_lists_are_readable() -> None:
    content = profile(sample("description_table_and_ol.xml")).descriptions[0].content
    assert content.text == "A | B\n1 | 2\n\n1. a\n  - nested"


@pytest.mark.parametrize(("length", "problem"), [(1_048_576, None), (1_048_577, "text_too_large")])
def test_a_text_is_taken_up_to_workdays_own_limit(length: int, problem: str | None) -> None:
    long = job_profile(f"<Job_Description>{'care ' * (length // 5) + 'x' * (length % 5)}</Job_Description>")
    items = read(response(long, job_profile(wid="b" * 32))).items
    assert (items[0].problem.code if items[0].problem else None) == problem
    assert items[1].profile


@pytest.mark.parametrize(
    ("basic", "data", "field"),
    [
        (f"<Job_Title>{'x' * 1_001}</Job_Title>", "", "Job_Title"),
        ("", f"<Job_Code>{'x' * 1_001}</Job_Code>", "Job_Code"),
        (f"<Job_Profile_Summary>{'x' * 1_048_577}</Job_Profile_Summary>", "", f"Job_Profile {WID}"),
    ],
)
def test_names_and_summaries_have_a_limit_too(basic: str, data: str, field: str) -> None:
    problem = only(response(job_profile(basic, data))).problem
    assert problem is not None
    assert (problem.code, problem.field) == ("text_too_large", field)


def test_every_script_arrives_whole_and_direction_marks_do_not() -> None:
    made = profile(sample("unicode_everything.xml"))
    assert made.title == "Ingénieur·e logiciel — 高级软件工程师 👩‍💻 RTL"
    assert made.descriptions[0].content.text == "日本語の職務記述書\n\nעברית"


def test_qualifications_are_responsibilities_requirements_and_skills() -> None:
    made = profile(sample("qualifications.xml"))
    assert [(q.text, q.required) for q in made.responsibilities] == [
        ("Own the roadmap", True),
        ("Mentor others", None),
    ]
    assert [(q.kind, q.code, q.level) for q in made.requirements] == [("competency", "Communication", "3")]
    assert [(q.text, q.code, q.required) for q in made.skills] == [
        ("Python", None, False),
        ("SQL", "SQL", None),
    ]


def test_every_field_of_the_schema_has_its_place() -> None:
    made = read(sample("full_every_optional.xml")).items[0].profile
    assert made is not None
    assert made.default_job_title == "Everything Engineer V"
    assert made.summary == "Owns everything.\nSecond line of the summary & more."
    assert made.grade is not None
    assert made.grade.code == "Compensation_Grade_ID_171"
    assert len(made.classifications) == 2
    assert {q.kind for q in made.requirements} == {
        "experience", "education", "language", "competency", "certification", "training",
    }  # fmt: skip
    assert made.custom_fields["Integration_Document_Field_Name_167"] == "override value"
    assert [d.field for d in made.descriptions] == ["Job_Description", "Additional_Job_Description"]


def test_renamed_elements_are_understood_and_new_ones_named() -> None:
    renamed = (
        "<Job_Classification_Data><Job_Classifications_Reference>"
        '<ID wd:type="Job_Classification_Reference_ID">SOC-1</ID>'
        "</Job_Classifications_Reference></Job_Classification_Data>"
    )
    new = "<Job_Architecture_Data><Track>IC</Track></Job_Architecture_Data>"
    item = only(response(job_profile(data=renamed + new)))
    assert item.profile is not None
    assert [ref.code for ref in item.profile.classifications] == ["SOC-1"]
    assert item.profile.provenance.unknown == ("Job_Architecture_Data",)
    assert [warning.code for warning in item.warnings] == ["unknown_elements"]


def test_only_twenty_unknown_names_are_kept() -> None:
    many = "".join(f"<New_{n}>x</New_{n}>" for n in range(50))
    assert len(profile(response(job_profile(data=many))).provenance.unknown) == 20

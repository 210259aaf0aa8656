"""FOJobCode: slices, titles, dates and the customer's own columns, against what is true of the samples."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest

from adapters.model import Ref
from tests.adapters.sf import job_code, page, profiles, rows, sample

TRUTH = sample("truth")["codes"]
FILES = ["fojobcode_page_next", "fojobcode_page_last", "fojobcode_everything_present_expanded"]
STATUS = {"A": "active", "I": "inactive", None: "unknown"}


@pytest.mark.parametrize("name", FILES)
def test_every_job_code_of_a_page_is_what_is_true_of_it(name: str) -> None:
    found = profiles(sample(name))
    assert set(found) == {row["externalCode"] for row in rows(name)}
    for code, profile in found.items():
        truth = TRUTH[code]["current"]
        assert profile.code == code
        assert profile.status == STATUS[truth["status"]]
        assert profile.valid_from == truth["start"]
        assert (profile.valid_to or "9999-12-31") == truth["end"]
        assert (profile.function.code if profile.function else None) == truth["job_function"]
        modified = truth["modified"]
        assert profile.source_updated_at == (modified.replace("+00:00", "Z") if modified else None)
        for locale, title in TRUTH[code]["titles"].items():
            assert profile.titles[locale] == title.replace("&amp;", "&")


def test_the_slice_that_holds_today_is_the_current_one() -> None:
    found = profiles(sample("fojobcode_all_slices_fromDate_1900"))
    assert found["GAP1"].title == "After the gap"
    assert found["INACT1"].status == "inactive"
    assert found["FUTCHG"].title == "Analyst"
    assert found["FUTCHG"].valid_to == "2027-02-28"
    assert {code: len(profile.slices) for code, profile in found.items()} == {
        "50000010": 1, "50000014": 2, "FUT1": 1, "GAP1": 2, "INACT1": 2, "FUTCHG": 2,
    }  # fmt: skip


def test_a_title_changes_on_its_date_without_a_change_at_the_source() -> None:
    data = sample("fojobcode_all_slices_fromDate_1900")
    assert profiles(data, date(2027, 2, 28))["FUTCHG"].title == "Analyst"
    assert profiles(data, date(2027, 3, 1))["FUTCHG"].title == "Insight Analyst"


def test_the_order_of_slices_does_not_matter() -> None:
    data = rows("fojobcode_all_slices_fromDate_1900")
    expected = profiles(data)
    shuffled = list(data)
    random.Random(7).shuffle(shuffled)
    assert profiles(data[::-1]) == expected
    assert profiles(shuffled) == expected
    assert profiles(data + data) == expected


def test_a_code_that_starts_later_is_inactive_and_says_so() -> None:
    data = [row for row in rows("fojobcode_all_slices_fromDate_1900") if row["externalCode"] == "FUT1"]
    item = page(data).items[0]
    assert item.profile is not None
    assert item.profile.status == "inactive"
    assert [warning.code for warning in item.warnings] == ["not_yet_valid"]
    assert profiles(data, date(2027, 1, 1))["FUT1"].status == "active"


def test_between_two_slices_the_code_is_inactive() -> None:
    item = next(
        item
        for item in page(sample("fojobcode_all_slices_fromDate_1900"), date(2017, 6, 1)).items
        if item.profile and item.profile.source_id == "GAP1"
    )
    assert item.profile is not None
    assert (item.profile.status, item.profile.title) == ("inactive", "Before the gap")
    assert [warning.code for warning in item.warnings] == ["no_longer_valid"]


@pytest.mark.parametrize(
    ("sent", "read", "warning"),
    [
        ("/Date(-2208988800000)/", "1900-01-01", None),
        ("/Date(1451606400000+0000)/", "2016-01-01", None),
        ("/Date(1451606400000-0500)/", "2016-01-01", None),
        ("2026-01-01", "2026-01-01", None),
        ("2026-01-01T00:00:00", "2026-01-01", None),
        ("2025-12-31T23:00:00Z", "2025-12-31", "date_with_time"),
        ("01/01/2026", None, "bad_date"),
        ("/Date(tomorrow)/", None, "bad_date"),
        ("/Date(-99999999999999999)/", None, "bad_date"),
        ("0000-01-01", None, "bad_date"),
        ("2026-02-30", None, "bad_date"),
        (17, None, "bad_date"),
        ("", None, None),
    ],
)
def test_a_start_date_is_read_or_warned_about(sent: Any, read: str | None, warning: str | None) -> None:
    item = page([job_code(startDate=sent)]).items[0]
    assert item.profile is not None
    assert item.profile.valid_from == read
    assert [w.code for w in item.warnings] == ([warning] if warning else [])


@pytest.mark.parametrize(
    "sent", ["/Date(253402214400000)/", "/Date(253402300799000)/", "/Date(253402214400000+0000)/"]
)
def test_the_last_day_of_9999_is_an_open_end(sent: str) -> None:
    assert profiles([job_code(startDate="/Date(0)/", endDate=sent)])["C1"].valid_to is None


@pytest.mark.parametrize(
    ("sent", "read"), [(40, 40.0), ("40", 40.0), ("37.5", 37.5), ("", None), (None, None), ("-1", -1.0)]
)
def test_standard_hours_are_a_number(sent: Any, read: float | None) -> None:
    assert profiles([job_code(standardHours=sent)])["C1"].attributes.get("standardHours") == read


def test_hours_that_are_no_number_are_warned_about() -> None:
    item = page([job_code(standardHours="abc")]).items[0]
    assert [(w.code, w.field) for w in item.warnings] == [("bad_number", "standardHours")]


def test_codes_stay_exactly_as_sent_and_distinct() -> None:
    codes = ["ENG/OPS 01 'A'", "00042", "42", "fin-ap", "FIN-AP"]
    assert list(profiles([job_code() | {"externalCode": code} for code in codes])) == codes


def test_a_bare_record_is_a_profile_with_its_code_only() -> None:
    bare = profiles(sample("fojobcode_page_last"))["BARE"]
    assert (bare.title, bare.titles, bare.descriptions, bare.grade) == (None, {}, [], None)
    assert profiles([job_code()])["C1"].title is None
    assert profiles([job_code(name="", grade="", description="  ")]) == profiles([job_code()])


def test_titles_are_kept_by_locale_whatever_its_form() -> None:
    row = job_code(
        name_defaultValue="연구개발", name_en_DEBUG="R", name_cnr_ME="P", name_en_US="R&D", name_x=None
    )
    profile = profiles([row])["C1"]
    assert profile.titles == {"default": "연구개발", "en_DEBUG": "R", "cnr_ME": "P", "en_US": "R&D"}
    assert profile.title == "연구개발"


def test_an_entity_in_a_title_is_decoded_once() -> None:
    assert profiles(sample("fojobcode_page_last"))["HTML1"].title == "Analyst & Planner"
    assert profiles([job_code(name="a &amp;amp; b")])["C1"].title == "a &amp; b"


def test_pasted_html_in_a_description_is_cleaned() -> None:
    html1 = profiles(sample("fojobcode_page_last"))["HTML1"].descriptions[0]
    assert "<script>" in html1.content.raw
    assert "script" not in html1.content.html
    assert "alert" not in html1.content.text
    assert "Plan & report." in html1.content.text


def test_expanded_navigations_give_names_and_change_no_code() -> None:
    full = profiles(sample("fojobcode_everything_present_expanded"))["FULL"]
    assert full.function == Ref(code="IT", name="Information Technology")
    assert full.grade == Ref(code="GR-10", name="Grade 10")
    assert full.level is not None
    assert (full.level.code, full.level.name) == ("4601", "Professional")
    assert full.countries == ["USA"]
    assert full.parent is not None
    assert full.parent.code == "50000001"
    row = rows("fojobcode_everything_present_expanded")[0]
    folded = {k: ({"__deferred": {"uri": "x"}} if k.endswith("Nav") else v) for k, v in row.items()}
    plain = profiles([folded])["FULL"]
    assert plain.level is not None
    assert plain.grade is not None
    assert (plain.level.code, plain.grade.code) == ("4601", "GR-10")


def test_the_customers_own_columns_are_kept_verbatim() -> None:
    full = profiles(sample("fojobcode_everything_present_expanded"))["FULL"]
    assert full.custom_fields["cust_legacyCode"] == "OLD/7"
    assert full.custom_fields["customString1"] == "Exempt"
    assert full.custom_fields["localNavUSA"]["eeo1JobCategory"] == "2"
    assert full.attributes["workerCompCode"] == "8810"
    assert full.attributes["isFulltimeEmployee"] is True


def test_the_row_changed_last_wins_when_a_slice_comes_twice() -> None:
    old = job_code(startDate="/Date(0)/", name="Old", lastModifiedDateTime="/Date(1000+0000)/")
    new = job_code(startDate="/Date(0)/", name="New", lastModifiedDateTime="/Date(99000+0000)/")
    assert profiles([new, old])["C1"].title == profiles([old, new])["C1"].title == "New"


def test_slices_of_one_code_on_two_pages_are_one_profile() -> None:
    data = rows("fojobcode_all_slices_fromDate_1900")
    pages = [{"d": {"results": data[:5]}}, {"d": {"results": data[5:]}}]
    assert data[4]["externalCode"] == data[5]["externalCode"] == "GAP1"
    assert profiles(pages) == profiles(data)


def test_of_slices_that_overlap_the_later_one_holds() -> None:
    first = job_code(startDate="2020-01-01", endDate="9999-12-31", name="First")
    later = job_code(startDate="2024-01-01", endDate="9999-12-31", name="Later")
    assert profiles([later, first])["C1"].title == "Later"

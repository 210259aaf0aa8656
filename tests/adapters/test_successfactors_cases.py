"""The cases of docs/successfactors.md that the adapter answers, by their numbers there."""

from __future__ import annotations

import random
import re
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.successfactors.custom import BadFieldMap
from adapters.successfactors.events import answer
from adapters.successfactors.reader import read
from mappings.defaults import default_mapping
from mappings.model import Normalised, Preferences
from mappings.normalise import normalise
from tests.adapters.sf import SAMPLES, TODAY, job_code, job_profile, page, profiles, refusal, rows, sample

ROW = rows("fojobcode_single_by_key")[0]
ALL_SLICES = rows("fojobcode_all_slices_fromDate_1900")


def role(data: Any, code: str = "C1", locales: tuple[str, ...] = ("en_US", "en_GB")) -> Normalised:
    """The role that the default mapping makes of one code."""
    return normalise(profiles(data)[code], default_mapping("successfactors"), Preferences(locales))


def warnings(data: Any) -> list[tuple[str, str | None]]:
    """What is told about the only item."""
    (item,) = page(data).items
    assert item.profile is not None
    return [(warning.code, warning.field) for warning in item.warnings]


@pytest.mark.parametrize("body", [{"d": {"results": [ROW]}}, {"d": ROW}, [ROW], ROW])
def test_case_01_four_envelopes_are_the_same_role(body: Any) -> None:
    assert role(body, "50000003") == role([ROW], "50000003")


def test_case_01_an_upsert_answer_is_refused_by_name() -> None:
    row = {"key": "FOJobCode/externalCode=1", "status": "OK", "editStatus": "UPSERTED", "httpCode": 200}
    refused = refusal(msgspec.json.encode({"d": [row]}))
    assert (refused.code, refused.status) == ("upsert_answer", 422)


def test_case_05_an_html_page_is_named_and_not_a_json_error() -> None:
    for body in (
        (SAMPLES / "error_503.html").read_bytes(),
        b"<!DOCTYPE html><html><body>Log on</body></html>",
    ):
        refused = refusal(body, "application/json")
        assert refused.code == "unknown_shape"
        assert "HTML page (a login or gateway page?)" in refused.detail


def test_case_07_an_error_answer_is_refused_with_its_own_code() -> None:
    refused = refusal((SAMPLES / "error_400_property_not_found.json").read_bytes())
    assert refused.code == "source_error"
    assert "COE_PROPERTY_NOT_FOUND" in refused.detail
    xml = b'<error xmlns="x"><code>COE_X</code><message>Invalid property names: grade</message></error>'
    assert "COE_X: Invalid property names" in refusal(xml).detail


def test_case_09_the_slice_of_today_is_the_role() -> None:
    found = profiles(ALL_SLICES, date(2026, 11, 22))
    assert found["GAP1"].title == "After the gap"
    assert found["INACT1"].status == "inactive"
    assert (found["FUTCHG"].title, found["FUTCHG"].slices[-1].valid_from) == ("Analyst", "2027-03-01")
    assert found["FUTCHG"].slices[-1].title == "Insight Analyst"
    assert (found["FUT1"].status, found["FUT1"].valid_from) == ("inactive", "2027-01-01")


def test_case_10_reversed_and_shuffled_slices_are_the_same() -> None:
    shuffled = list(ALL_SLICES)
    random.Random(3).shuffle(shuffled)
    assert profiles(ALL_SLICES[::-1]) == profiles(shuffled) == profiles(ALL_SLICES)


def test_case_11_slices_on_two_pages_are_one_role_with_its_whole_history() -> None:
    place = next(n for n, row in enumerate(ALL_SLICES) if row["externalCode"] == "GAP1") + 1
    pages = [{"d": {"results": ALL_SLICES[:place]}}, {"d": {"results": ALL_SLICES[place:]}}]
    assert profiles(pages) == profiles(ALL_SLICES)
    assert len(profiles(pages)["GAP1"].slices) == 2


def test_case_12_a_title_changes_on_its_day_without_a_change_at_the_source() -> None:
    assert profiles(ALL_SLICES, date(2027, 2, 28))["FUTCHG"].title == "Analyst"
    later = profiles(ALL_SLICES, date(2027, 3, 2))["FUTCHG"]
    assert later.title == "Insight Analyst"
    assert later.source_updated_at == profiles(ALL_SLICES)["FUTCHG"].source_updated_at


@pytest.mark.parametrize(
    ("start", "end", "expected", "told"),
    [
        ("/Date(-2208988800000)/", "/Date(253402214400000)/", ("1900-01-01", None), []),
        ("/Date(-2208988800000+0000)/", "/Date(253402300799000)/", ("1900-01-01", None), []),
        ("/Date(1451606400000-0500)/", "9999-12-31T00:00:00", ("2016-01-01", None), []),
        ("/Date(soon)/", None, (None, None), [("bad_date", "startDate")]),
        ("/Date(0)/", "x", ("1970-01-01", None), [("bad_date", "endDate")]),
    ],
)
def test_case_13_sentinels_are_dates_or_open_and_garbage_keeps_the_record(
    start: str, end: str | None, expected: tuple[str | None, str | None], told: list[tuple[str, str]]
) -> None:
    body = [job_code(startDate=start, endDate=end, name="Kept")]
    found = profiles(body)["C1"]
    assert (found.title, (found.valid_from, found.valid_to)) == ("Kept", expected)
    assert warnings(body) == told


def test_case_14_a_shifted_date_moves_only_when_its_zone_is_known() -> None:
    body = msgspec.json.encode([job_code(startDate="2025-12-31T23:00:00Z", endDate="9999-12-30T23:00:00Z")])
    (unzoned,) = read(body, today=TODAY).items
    assert unzoned.profile is not None
    assert (unzoned.profile.valid_from, unzoned.profile.valid_to) == ("2025-12-31", None)
    assert [warning.code for warning in unzoned.warnings] == ["date_with_time"]
    (zoned,) = read(body, today=TODAY, fields={"@time_zone": "Europe/Berlin"}).items
    assert zoned.profile is not None
    assert (zoned.profile.valid_from, zoned.profile.valid_to, zoned.warnings) == ("2026-01-01", None, ())
    (other,) = read(body, today=TODAY, fields={"@time_zone": "America/New_York"}).items
    assert [warning.code for warning in other.warnings] == ["date_with_time"]


def test_case_14_an_ambiguous_date_is_left_unsaid_and_told() -> None:
    assert profiles([job_code(startDate="2026-01-01")])["C1"].valid_from == "2026-01-01"
    assert profiles([job_code(startDate="01/01/2026")])["C1"].valid_from is None
    assert warnings([job_code(startDate="01/01/2026")]) == [("bad_date", "startDate")]


def test_case_15_the_preferred_locale_comes_before_the_default() -> None:
    row = job_code(name="R&D", name_defaultValue="연구개발", name_en_US="R&D Planner", name_localized="R&D")
    assert role([row]).role.title == "R&D Planner"
    assert role([row]).role.titles["default"] == "연구개발"
    assert role([row], locales=("ko_KR",)).role.title == "R&D"
    odd = job_code(name_en_DEBUG="[Planner]", name_cnr_ME="Planer", name_defaultValue="Planner")
    assert role([odd]).role.title == "Planner"
    assert role([odd], locales=("en_DEBUG",)).role.title == "[Planner]"
    assert role([odd], locales=("cnr_ME",)).role.title == "Planer"


def test_case_16_null_missing_and_empty_say_nothing() -> None:
    bare = profiles(sample("fojobcode_page_last"))["BARE"]
    assert (bare.code, bare.title, bare.titles, bare.descriptions) == ("BARE", None, {}, [])
    said = profiles([job_code()])["C1"]
    assert profiles([job_code(name=None, grade=None, description=None)])["C1"] == said
    assert profiles([job_code(name="", grade="", description=" ")])["C1"] == said


def test_case_17_codes_are_exact_and_distinct() -> None:
    codes = ["ENG/OPS 01 'A'", "00042", "42", "fin-ap", "FIN-AP"]
    found = profiles([job_code() | {"externalCode": code, "name": code} for code in codes])
    assert list(found) == codes
    assert [profile.code for profile in found.values()] == codes


def test_case_18_long_and_pasted_texts_are_clean() -> None:
    found = profiles(sample("fojobcode_page_last"))
    assert found["HTML1"].title == "Analyst & Planner"
    text = found["HTML1"].descriptions[0].content
    assert "alert" not in text.text + text.html
    assert profiles([job_code(name="a &amp;amp; b")])["C1"].title == "a &amp; b"
    long = profiles([job_code(name="N" * 200, description="x" * 4_000)])["C1"]
    assert (len(long.title or ""), len(long.descriptions[0].content.text)) == (200, 4_000)


@pytest.mark.parametrize(
    ("sent", "hours", "told"),
    [
        (40, 40.0, []),
        ("40", 40.0, []),
        ("37.5", 37.5, []),
        ("", None, []),
        (None, None, []),
        ("abc", None, [("bad_number", "standardHours")]),
    ],
)
def test_case_19_hours_are_a_number_however_they_are_sent(
    sent: Any, hours: float | None, told: list[tuple[str, str]]
) -> None:
    body = [job_code(standardHours=sent)]
    assert profiles(body)["C1"].attributes.get("standardHours") == hours
    assert warnings(body) == told


def _rendered(value: Any, empty: Any) -> Any:
    """A record with every empty or unexpanded navigation as `empty`, and the others as lists."""
    if isinstance(value, list):
        return [_rendered(part, empty) for part in value]
    if not isinstance(value, dict):
        return value
    if "__deferred" in value or value.get("results") == []:
        return empty
    if isinstance(value.get("results"), list):
        return _rendered(value["results"], empty)
    return {key: _rendered(part, empty) for key, part in value.items()}


@pytest.mark.parametrize("empty", [{"__deferred": {"uri": "x"}}, None, {"results": []}, []])
def test_case_20_a_navigation_is_the_same_in_all_its_forms(empty: Any) -> None:
    row = rows("jobprofile_one_expanded")[0]
    assert profiles([_rendered(row, empty)]) == profiles([row])


def test_case_21_responsibilities_come_in_numeric_order() -> None:
    contents = [
        {"order": order, "entityNav": {"duty_defaultValue": f"duty {order}"}} for order in ("10", "9", "2")
    ]
    found = profiles([job_profile(jobResponsibilityContents={"results": contents})])["C1"]
    assert [one.text for one in found.responsibilities] == ["duty 2", "duty 9", "duty 10"]


def test_case_22_drafts_inactive_unmapped_and_rival_profiles() -> None:
    (draft,) = page([job_profile(draft=True)]).items
    assert draft.problem is not None
    assert draft.problem.code == "draft"
    assert profiles([job_profile(status="I")])["C1"].status == "inactive"
    unmapped = job_profile(roleNav={"externalCode": "R1", "jobCodeMappings": {"results": []}})
    assert list(profiles([unmapped])) == ["job_profile:P1"]
    rivals = [
        job_profile(externalCode="P2", name_defaultValue="Second", longDesc_defaultValue="two"),
        job_profile(externalCode="P1", name_defaultValue="First", longDesc_defaultValue="one"),
    ]
    found = profiles(rivals)["C1"]
    assert found == profiles(rivals[::-1])["C1"]
    assert (found.title, [text.content.text for text in found.descriptions]) == ("First", ["one", "two"])


def test_case_23_an_event_twice_has_the_same_hints_and_acknowledgement() -> None:
    body = (SAMPLES / "event_v2_position_change.xml").read_bytes()
    reposted = body.replace(b"repost>false", b"repost>true")
    assert read(body).hints == read(reposted).hints
    for name in ("event_v1.xml", "event_v2_position_change.xml"):
        event = (SAMPLES / name).read_bytes()
        space = b"com.successfactors.event.notification" if "v1" in name else b"http://notification.event."
        said = answer(event, None) or b""
        assert b'xmlns:n="' + space in said
        assert b"<n:status>0</n:status>" in said


def test_case_24_hostile_events_are_refused_before_anything_is_read() -> None:
    event = (SAMPLES / "event_v2_position_change.xml").read_bytes()
    bombs = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    assert refusal(bombs + event.split(b"?>", 1)[1]).code == "doctype"
    assert refusal(b"<a>" + b"<b/>" * 2_100_000 + b"</a>").status == 413
    assert refusal(b"--MIME_boundary\r\nContent-Type: text/xml\r\n\r\n" + event).status == 415
    assert refusal(event.replace(b"UTF-8", b"EBCDIC-XYZ")).code == "wrong_charset"
    assert refusal(event.replace(b"Planner", b"Pl\xe4nner")).code == "wrong_charset"


def test_custom_json_is_read_by_label_and_refused_when_a_label_is_unknown() -> None:
    body = (SAMPLES / "integration_center_rest.json").read_bytes()
    found = read(body, today=TODAY)
    assert (found.shape, found.items[0].profile and found.items[0].profile.title) == (
        "custom_fojobcode",
        "Software Engineer",
    )
    refused = refusal(msgspec.json.encode({"jobCode": "C1", "title": "Clerk", "userId": "82094"}))
    assert refused.code == "unknown_shape"
    assert "keys jobCode, title, userId: neither OData v2" in refused.detail


def test_a_row_of_another_foundation_object_is_not_taken_for_a_job() -> None:
    row = {"externalCode": "D1", "name": "Sales", "status": "A", "startDate": "2020-01-01"}
    assert refusal(msgspec.json.encode(row)).code == "unknown_shape"


def test_a_companys_own_labels_come_first_and_paths_reach_inside() -> None:
    body = msgspec.json.encode(
        {"payload": {"rows": [{"job": {"no": "007"}, "code": "x", "bez": "Koch"}, {"a": 1}, 5]}}
    )
    fields = {"@records": "payload.rows", "job.no": "code", "bez": "title"}
    items = read(body, today=TODAY, fields=fields).items
    assert [item.profile and (item.profile.code, item.profile.title) for item in items] == [
        ("007", "Koch"),
        None,
        None,
    ]
    assert [item.problem and item.problem.code for item in items] == [None, "no_identifier", "not_an_object"]


@pytest.mark.parametrize("fields", [{"x": "salary"}, {"x": "titles.nowhere"}, {"@time_zone": "Mars/Base"}])
def test_a_field_map_that_cannot_be_meant_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(BadFieldMap):
        read(b"[]", fields=fields)


def test_each_of_the_25_cases_names_tests_that_there_are() -> None:
    root = Path(__file__).parents[2]
    table = (root / "docs" / "successfactors.md").read_text("utf-8").split("## The cases that were tried")[1]
    named = dict(re.findall(r"^\| (\d+) \|[^|]*\| ([^|]*) \|$", table, re.MULTILINE))
    assert list(named) == [str(number) for number in range(1, 26)]
    folders = ("tests/adapters", "tests/webhooks", "tests/connector")
    sources = [path.read_text("utf-8") for folder in folders for path in (root / folder).rglob("test_*.py")]
    there = set(re.findall(r"^(?:async )?def (test_\w+)", "\n".join(sources), re.MULTILINE))
    assert {
        number: missing for number, names in named.items() if (missing := set(names.split(", ")) - there)
    } == {}

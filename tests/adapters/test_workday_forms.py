"""Reports, REST objects, a recipe's own JSON and events: columns, names, limits, streams."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import msgspec
import pytest
from lxml import etree

from adapters.countries import alpha_2, alpha_3
from adapters.model import Hint, Item, Unreadable
from adapters.workday import generate
from adapters.workday.fields import BadFieldMap
from adapters.workday.reader import read
from adapters.workday.renderings import DIALECTS
from adapters.workday.stream import stream
from tests.adapters.refusals import refusal_of
from tests.adapters.wd import (
    WID,
    job_profile,
    normalised,
    profile,
    profiles,
    refusal,
    report,
    response,
    sample,
)

REPORTS = ("report_json", "report_xml", "report_csv")


def encoded(value: object) -> bytes:
    return msgspec.json.encode(value)


@pytest.mark.parametrize("shape", generate.SHAPES)
def test_a_payload_of_every_shape_is_told_by_its_structure(shape: str) -> None:
    expected = shape.replace("_stripped", "")
    for content_type in (None, "text/plain", "application/xml", "application/json"):
        page = read(generate.payload(shape, 3, 5), content_type)
        assert page.shape == expected
        assert len(page.items) + len(page.hints) == 3
        assert [one.code for one in page.warnings] == ["only_listed"] * (shape == "rest_list_json")
        assert all(item.profile and not item.warnings for item in page.items)


def test_the_same_seed_gives_the_same_bytes_and_another_one_others() -> None:
    for shape in generate.SHAPES:
        assert generate.payload(shape, 2, 1) == generate.payload(shape, 2, 1) != generate.payload(shape, 2, 2)
    with pytest.raises(ValueError, match="there are soap_xml"):
        generate.payload("soap", 1, 1)


def test_the_sample_report_is_the_same_in_its_three_forms() -> None:
    xml, json, csv = (
        profiles(sample(name))
        for name in ("raas_job_profiles.xml", "raas_job_profiles_sparse.json", "raas_job_profiles.csv")
    )
    assert [one.source_id for one in xml] == [one.source_id for one in json] == [one.source_id for one in csv]
    assert [one.descriptions for one in xml] == [one.descriptions for one in json]
    assert [one.status for one in csv] == ["active", "active", "inactive"]
    assert [one.code for one in csv] == ["R-00000", "R-00001", "R-00002"]
    assert xml[0].source_updated_at == "2024-05-16T22:10:05.123-07:00"


@pytest.mark.parametrize(
    "column", ["Job_Profile_ID", "job profile id", "jobProfileID", "JOB-PROFILE-ID", "wd:Job_Profile_ID"]
)
def test_columns_are_known_whatever_their_case_and_punctuation(column: str) -> None:
    assert profile(encoded({"Report_Entry": [{column: "R-1", "Job Title": "Nurse"}]})).source_id == "R-1"


def test_a_companys_own_columns_come_before_the_default_ones() -> None:
    fields = {
        "Stellen_Nr": "code",
        "Bezeichnung": "title",
        "Familie_group": "families",
        "Etage": "attributes.floor",
    }
    row = {"Stellen-Nr": "7", "bezeichnung": "Pfleger", "title": "Nurse", "etage": "3"}
    made = read(encoded([row]), fields=fields).items[0].profile
    assert made is not None
    assert (made.source_id, made.title, made.attributes) == ("7", "Pfleger", {"floor": "3"})


def test_a_field_that_no_job_profile_has_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadFieldMap, match=r"'salary', which is no field. Known: ids.WID"):
        read(b"{}", fields={"Gehalt": "salary"})


def test_unknown_columns_are_kept_and_named_once() -> None:
    rows = [
        {"WID": WID, "title": "x", "CF_Cost_Centre": "9"},
        {"WID": "b" * 32, "title": "y", "CF_Cost_Centre": "8"},
    ]
    page = read(encoded({"Report_Entry": rows}))
    assert [one.code for one in page.warnings] == ["unknown_columns"]
    assert page.items[0].profile is not None
    assert page.items[0].profile.custom_fields == {"CF_Cost_Centre": "9"}
    assert page.items[0].profile.provenance.unknown == ("CF_Cost_Centre",)


def test_names_and_codes_in_two_columns_are_not_paired_by_their_places() -> None:
    row = {"WID": WID, "title": "x", "Job_Families": "Care; Surgery", "Job_Family_IDs": "S; C"}
    assert [(one.code, one.name) for one in profile(encoded([row])).families] == [("S", None), ("C", None)]
    one = row | {"Job_Families": "Care", "Job_Family_IDs": "C"}
    assert [(ref.code, ref.name) for ref in profile(encoded([one])).families] == [("C", "Care")]


def test_an_id_is_a_wid_by_its_form_and_else_the_only_identifier() -> None:
    assert profile(encoded({"id": WID, "title": "x", "code": "R-1"})).ids == {"WID": WID, "Job_Code": "R-1"}
    assert profile(encoded({"id": "77", "title": "x"})).ids == {"Job_Profile_ID": "77"}
    assert profile(encoded({"id": "77", "title": "x", "code": "R-1"})).ids == {"Job_Code": "R-1"}


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        (
            {
                "eventId": "e1",
                "eventType": "updated",
                "entryMoment": "2024-05-17T09:30:00Z",
                "object": {"id": WID},
            },
            Hint({"WID": WID}, "e1", "updated", "2024-05-17T09:30:00Z"),
        ),
        ({"id": "e1", "type": "x", "jobProfile": {"id": WID}}, Hint({"WID": WID}, "e1", "x")),
        (
            {"workdayID": WID, "Effective_Moment": "2031-01-01-08:00"},
            Hint({"WID": WID}, effective_from="2031-01-01"),
        ),
        ({"id": WID, "descriptor": "Nurse", "href": "https://example.com"}, None),
        ({"Job_Profile_ID": "007", "inactive": True}, Hint({"Job_Profile_ID": "007"})),
        (
            {"event": "u", "Job_Profile_Reference": {"ID": [{"@type": "Job_Profile_ID", "#text": "R-1"}]}},
            Hint({"Job_Profile_ID": "R-1"}, None, "u"),
        ),
    ],
)
def test_an_event_that_only_names_an_object_is_a_hint(body: dict[str, object], hint: Hint | None) -> None:
    page = read(encoded(body))
    assert page.items == []
    if hint is None:
        assert page.hints[0].ids == {"WID": WID}
    else:
        assert page.hints == (hint,)


def test_an_event_in_xml_is_a_hint_too() -> None:
    xml = (
        f'<n:Changed xmlns:n="urn:x"><n:Event_Type>edited</n:Event_Type><n:Job_Profile_Reference>'
        f'<n:ID n:type="WID">{WID}</n:ID></n:Job_Profile_Reference></n:Changed>'
    )
    assert read(xml.encode()).hints == (Hint({"WID": WID}, None, "edited"),)


def test_events_in_a_list_are_hints_in_order_and_one_profile_among_them_makes_items() -> None:
    events = [{"eventId": f"e{n}", "object": {"id": f"{n}" * 32}} for n in (1, 2)]
    assert [one.event_id for one in read(encoded(events)).hints] == ["e1", "e2"]
    rows = [{"workdayID": WID}, {"workdayID": "b" * 32, "title": "Nurse"}]
    page = read(encoded(rows))
    assert page.hints == ()
    assert [item.source_id for item in page.items] == [WID, "b" * 32]
    assert [[one.code for one in item.warnings] for item in page.items] == [["no_title"], []]


@pytest.mark.parametrize("column", ["Job_Profile", "Job_Profile_Name"])
def test_a_report_that_says_names_only_gives_items_and_a_warning(column: str) -> None:
    page = read(report({"Job_Profile_ID": "R-1", column: "Nurse", "Inactive": "0"}))
    assert page.hints == ()
    assert [item.profile and item.profile.title for item in page.items] == ["Nurse"]
    assert [one.code for one in page.warnings] == ["only_listed"]


def test_a_report_that_says_ids_only_is_told_that_its_titles_are_missing() -> None:
    (item,) = read(report({"workdayID": WID})).items
    assert item.profile is not None
    assert [one.code for one in item.warnings] == ["no_title"]
    assert [(one.code, one.field) for one in normalised(item.profile).problems] == [
        ("required_missing", "title")
    ]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"a": 1, "b": 2, "c": 3}', "JSON object with keys a, b, c: neither"),
        (b"[1, 2]", "JSON array of 2 elements: neither"),
        (
            b'{"objectType": "Worker", "id": "' + WID.encode() + b'", "name": "Jane"}',
            "JSON object with keys",
        ),
        (b'{"worker": {"id": "1", "descriptor": "Jane", "phone": "2"}}', "JSON object with keys worker"),
        (
            b'{"data": [{"id": "1", "descriptor": "Jane", "manager": true}], "total": 1}',
            "keys data, total",
        ),
        (
            b"<e:Envelope xmlns:e='x'><e:Body><Get_Workers_Response><Response_Data><Worker/></Response_Data>"
            b"</Get_Workers_Response></e:Body></e:Envelope>",
            "XML <Envelope> with <Body> with <Get_Workers_Response>",
        ),
        (b"Employee,Salary\n1,2\n", "'Employee,Salary"),
    ],
)
def test_what_is_not_known_is_refused_with_what_was_found_and_looked_for(body: bytes, found: str) -> None:
    error = refusal(body)
    assert error.code == "unknown_shape"
    assert found in error.detail
    assert "Job_Profile_ID" in error.detail


def test_a_bad_row_is_named_by_its_place_and_who_it_is_and_the_others_are_taken() -> None:
    rows = [
        {"WID": WID, "title": "good"},
        {"title": "nobody"},
        {"WID": "b" * 32, "title": "x" * 1_001},
        {"WID": "c" * 32, "title": "long", "Job_Description": "x" * 1_048_577},
    ]
    items = read(encoded({"Report_Entry": rows})).items
    assert [item.problem.code if item.problem else None for item in items] == [
        None,
        "no_identifier",
        "text_too_large",
        "text_too_large",
    ]
    assert [(item.index, item.source_id) for item in items[1:]] == [(1, None), (2, "b" * 32), (3, "c" * 32)]


def test_a_csv_row_with_another_number_of_cells_is_a_bad_row() -> None:
    body = b"Workday ID;Job Profile Name\n" + WID.encode() + b";Nurse\n" + b"b" * 32 + b";Nurse; or not\n"
    items = read(body).items
    assert [item.problem.code if item.problem else None for item in items] == [None, "wrong_cell_count"]


def test_csv_keeps_lines_quotes_and_separators_inside_a_cell() -> None:
    text = 'one\u2028two "quoted", three\n\nfour'
    cell = text.replace('"', '""')
    body = f'\ufeffWorkday ID,Job Profile Name,Job Description\r\n{WID},Nurse,"{cell}"\r\n\r\n'.encode()
    assert profile(body).descriptions[0].content.text == 'one\ntwo "quoted", three\n\nfour'


def pieces(body: bytes, size: int) -> Iterator[bytes]:
    return (body[at : at + size] for at in range(0, len(body), size))


@pytest.mark.parametrize("size", [1, 61, 4_096, 1_000_000])
@pytest.mark.parametrize("shape", REPORTS)
def test_a_report_in_pieces_is_the_report_as_a_whole(shape: str, size: int) -> None:
    body = generate.payload(shape, 12, 3)
    assert list(stream(pieces(body, size))) == read(body).items


@pytest.mark.parametrize("shape", REPORTS)
@pytest.mark.parametrize("part", [0.3, 0.5, 0.9])
def test_a_report_that_breaks_off_gives_what_came_until_then_and_says_so(shape: str, part: float) -> None:
    body = generate.payload(shape, 12, 3)
    rows = stream(pieces(body[: int(len(body) * part)], 500))
    got: list[Item] = []
    broken = ""
    while not broken:
        try:
            item = next(rows)
        except Unreadable as refused:
            broken = refused.code
        else:
            broken = item.problem.code if item.problem else ""
            got += [] if broken else [item]
    assert broken in ("broken_json", "broken_xml", "truncated", "broken_csv", "wrong_cell_count")
    assert 2 <= len(got) <= 11
    assert got == read(body).items[: len(got)]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_body"),
        (b'{"data": []}', "unknown_shape"),
        (b'{"Report_Entry": [{"a": 1}] "b"', "broken_json"),
        (b'{"Report_Entry": [{"a": ' + b"[" * 100_000, "too_deep"),
        (b'{"Report_Entry": [' + b"9" * 5_000 + b"]}", "broken_json"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "doctype"),
        (b"<?xml version='1.0'?>" + b" " * 5_000 + b"<!DOCTYPE a><a/>", "doctype"),
        (b"a,b\n1,2\n", "unknown_shape"),
        (b"WID,title\n\xff,x\n", "wrong_charset"),
    ],
)
def test_a_stream_of_something_else_is_refused(body: bytes, code: str) -> None:
    assert refusal_of(lambda: list(stream(pieces(body, 1_000)))).code == code


@pytest.mark.parametrize("shape", REPORTS)
def test_a_stream_takes_the_memory_of_its_rows_and_not_of_the_report(shape: str) -> None:
    def peak(rows: int) -> int:
        tracemalloc.start()
        assert sum(1 for _ in stream(generate.chunks(shape, rows, 1))) == rows
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert sum(1 for _ in stream(generate.chunks(shape, 300, 1))) == 300  # texts are remembered
    assert peak(300) < 1.5 * peak(50)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_report_that_a_recipe_parsed_from_xml_is_the_same_report(dialect: str) -> None:
    body = generate.payload("report_xml", 4, 3)
    parsed = encoded({"wd:Report_Data": DIALECTS[dialect](etree.fromstring(body))})
    page = read(parsed)
    assert page.shape.startswith("report_")
    assert [normalised(item.profile).revision_hash for item in page.items if item.profile] == [
        normalised(one).revision_hash for one in profiles(body)
    ]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("DE", "DE"),
        ("de", "DE"),
        ("DEU", "DE"),
        (" gbr ", "GB"),
        ("XX", None),
        ("Germany", None),
        ("", None),
        (None, None),
    ],
)
def test_a_country_is_known_by_its_codes_and_never_by_its_name(said: str | None, code: str | None) -> None:
    assert alpha_2(said) == code
    assert alpha_3("DE") == "DEU"
    assert alpha_3("Germany") is None


def test_a_report_says_countries_by_codes_and_is_warned_about_names() -> None:
    row = {"WID": WID, "title": "x", "Restricted_to_Countries": "DEU; fr; Spain"}
    item = read(encoded([row])).items[0]
    assert item.profile is not None
    assert item.profile.countries == ["DE", "FR"]
    assert [(one.code, "Spain" in one.detail) for one in item.warnings] == [
        ("country_without_iso_code", True)
    ]


def test_an_escaped_reference_in_an_attribute_is_undone_as_in_a_text() -> None:
    shown = '<Job_Profile_Reference wd:Descriptor="R&amp;D &#38; &lt;Lab&gt;">'
    xml = job_profile("").replace("<Job_Profile_Reference>", shown)
    assert profile(response(xml)).title == "R&D & <Lab>"

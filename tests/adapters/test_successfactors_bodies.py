"""Bodies: wrappings that mean the same, and bodies that are refused by name."""

from __future__ import annotations

import socket
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.model import Page, Unreadable
from adapters.successfactors.reader import read
from tests.adapters.examples import tries
from tests.adapters.sf import SAMPLES, TODAY, job_code, job_profile, page, profiles, refusal, rows, sample

ROW = rows("fojobcode_single_by_key")[0]


@pytest.mark.parametrize(
    "wrapped",
    [
        {"d": {"results": [ROW]}},
        {"d": ROW},
        [ROW],
        ROW,
        {"results": [ROW]},
        [{"d": {"results": [ROW]}}],
        {"FOJobCode": ROW},
    ],
    ids=["collection", "by key", "list", "record", "half flattened", "list of bodies", "named"],
)
def test_every_wrapping_of_a_record_is_the_same_profile(wrapped: Any) -> None:
    assert profiles(wrapped) == profiles(sample("recipe_passthrough_one"))


def test_a_record_without_metadata_is_known_by_its_own_columns() -> None:
    bare = {key: value for key, value in ROW.items() if key != "__metadata"}
    assert profiles(bare) == profiles(ROW)
    assert page({"externalCode": "P", "longDesciptions": []}).shape == "odata_jobprofile"
    assert page({"externalCode": "R", "jobCodeMappings": [{"jobCode": "C"}]}).shape == "odata_roleentity"


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("upsert_answer.json", "upsert_answer", "upsert"),
        ("error_400_property_not_found.json", "source_error", "COE_PROPERTY_NOT_FOUND"),
        ("error_503.html", "unknown_shape", "HTML page"),
        ("position_page.json", "unknown_shape", "Position"),
    ],
)
def test_what_is_not_role_data_is_refused_by_name(name: str, code: str, says: str) -> None:
    error = refusal((SAMPLES / name).read_bytes())
    assert error.code == code
    assert says in error.detail
    assert error.detail.endswith("Send the OData v2 answer of FOJobCode or JobProfile with $format=json.")


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"", None, "empty_body"),
        (b" \x00\n", None, "empty_body"),
        (b"{", None, "broken_json"),
        (b'{"a": "\xff"}', None, "broken_json"),
        (b"[" * 10_000 + b"]" * 10_000, None, "too_deep"),
        (b'{"d":' * 10_000 + b"1" + b"}" * 10_000, None, "too_deep"),
        (b"{}", "application/json; charset=klingon", "wrong_charset"),
        (b"\xff\xfe{", None, "wrong_charset"),
        (b'<?xml version="1.0"?><feed/>', None, "unknown_shape"),
        (b"--boundary\r\nContent-Type: text/xml\r\n\r\n<a/>", None, "unknown_shape"),
        (b"<error><code>X</code></error>", None, "source_error"),
        (b"null", None, "unknown_shape"),
        (b"17", None, "unknown_shape"),
        (b"{}", None, "unknown_shape"),
        (b'{"d": {"getFunction": {"x": 1}}}', None, "unknown_shape"),
    ],
)
def test_a_broken_body_is_refused_with_a_reason(body: bytes, content_type: str | None, code: str) -> None:
    assert refusal(body, content_type).code == code


def test_a_charset_or_a_byte_order_mark_is_understood() -> None:
    text = '{"externalCode": "C1", "jobFunction": "Größe"}'
    expected = read(text.encode(), today=TODAY)
    assert read(b"\xef\xbb\xbf" + text.encode(), today=TODAY) == expected
    assert read(b"\xff\xfe" + text.encode("utf-16-le"), today=TODAY) == expected
    assert read(text.encode("latin-1"), "application/json; charset=ISO-8859-1", today=TODAY) == expected


def test_bad_records_are_named_and_good_ones_taken() -> None:
    foreign = {"__metadata": {"type": "SFOData.FODepartment"}, "externalCode": "D1"}
    nameless = job_code() | {"externalCode": None}
    found = page([foreign, job_code(), nameless, 5])
    assert [item.index for item in found.items] == [0, 1, 2, 3]
    assert [item.profile.source_id for item in found.items if item.profile] == ["C1"]
    problems = [item.problem.code for item in found.items if item.problem]
    assert problems == ["unknown_entity", "no_identifier", "not_an_object"]
    details = [item.problem.detail for item in found.items if item.problem]
    assert details[0].startswith("Record 0 'D1' is FODepartment")
    assert "Record 2 (FOJobCode) has no externalCode" in details[1]
    assert "Record 3" in details[2]


def test_an_empty_page_changes_nothing_and_says_so() -> None:
    found = page(sample("fojobcode_empty_page"))
    assert found.items == []
    assert [w.code for w in found.warnings] == ["empty_page"]


def test_further_pages_are_told() -> None:
    assert [w.code for w in page(sample("fojobcode_page_next")).warnings] == ["more_pages"]


def test_a_text_beyond_every_limit_is_left_out_with_a_warning() -> None:
    item = page([job_code(description="x" * 1_100_000, name="Kept")]).items[0]
    assert item.profile is not None
    assert (item.profile.title, item.profile.descriptions) == ("Kept", [])
    assert {w.code for w in item.warnings} == {"text_too_large"}


def test_customers_values_nested_deeply_do_not_reach_the_profile() -> None:
    deep: Any = "end"
    for _ in range(300):
        deep = {"in": deep}
    profile = profiles([job_code(cust_deep=deep)])["C1"]
    assert len(msgspec.json.encode(profile)) < 1000


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=15,
)
COLUMNS = sorted(set(ROW) | set(rows("jobprofile_one_expanded")[0]) | {"jobCodeMappings", "status", "draft"})


def _check(body: bytes) -> None:
    try:
        found = read(body, today=TODAY)
    except Unreadable as refused:
        assert refused.code
        assert refused.detail
        return
    assert isinstance(found, Page)
    assert b"\\u0000" not in msgspec.json.encode(found.items)


@tries(30)
@given(st.dictionaries(st.sampled_from(COLUMNS), JSON, max_size=12), st.sampled_from([job_code, job_profile]))
def test_any_values_in_any_columns_are_a_page_or_a_refusal(columns: dict[str, Any], base: Any) -> None:
    _check(msgspec.json.encode({"d": {"results": [base() | columns, columns]}}))


@tries(25)
@given(JSON)
def test_any_json_is_a_page_or_a_refusal(data: Any) -> None:
    _check(msgspec.json.encode(data))


@tries(25)
@given(st.data())
def test_flipped_and_cut_bytes_are_a_page_or_a_refusal(data: st.DataObject) -> None:
    body = bytearray(msgspec.json.encode([ROW, job_profile(skillContents=[{"entityNav": {"name": "x"}}])]))
    for _ in range(data.draw(st.integers(0, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    _check(bytes(body[: data.draw(st.integers(0, len(body)))]))


@tries(25)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_page_or_a_refusal(body: bytes) -> None:
    _check(body)


def test_nothing_is_fetched_from_inside_a_document() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        there = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        root = f'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="{there}" s:schemaLocation="a {there}" '
        spaces = (
            'xmlns:s="http://www.w3.org/2001/XMLSchema-instance" xmlns:i="http://www.w3.org/2001/XInclude">'
        )
        inner = f'<i:include href="{there}"/><link rel="next" href="{there}"/></feed>'
        _check(f'<?xml-stylesheet href="{there}"?>{root}{spaces}{inner}'.encode())
        _check(f'<!DOCTYPE feed SYSTEM "{there}"><feed xmlns="http://www.w3.org/2005/Atom"/>'.encode())
        _check(msgspec.json.encode([job_code(description=f'<img src="{there}"><iframe src="{there}">')]))
        _check(msgspec.json.encode({"d": {"results": [job_code()], "__next": there}}))
        with pytest.raises(BlockingIOError):
            server.accept()

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Literal
from uuid import UUID

import msgspec
import pytest

from kit.errors import Invalid
from kit.wire import BadJson, read, read_query


class Inner(msgspec.Struct):
    n: int = 0


class Thing(msgspec.Struct):
    title: str = ""
    code: str | None = None
    count: int = 5
    active: bool | None = None
    at: datetime | None = None
    day: date | None = None
    ref: UUID | None = None
    kind: Literal["a", "b"] | None = None
    inner: Inner | None = None
    items: list[Inner] = []
    labels: dict[str, int] = {}


def test_text_is_read_as_the_number_or_truth_it_stands_for() -> None:
    thing, ignored = read(b'{"count":"7","active":"true","inner":{"n":"3"},"items":[{"n":"4"}]}', Thing)
    assert (thing.count, thing.active, thing.inner, thing.items) == (7, True, Inner(3), [Inner(4)])
    assert ignored == []


def test_blank_is_absent_except_for_text() -> None:
    thing, _ = read(b'{"title":"","count":"","at":"","kind":"  ","inner":"","items":"","labels":""}', Thing)
    assert thing == Thing(title="")


def test_null_where_null_cannot_be_meant_is_absent() -> None:
    thing, _ = read(b'{"title":null,"count":null,"code":null}', Thing)
    assert thing == Thing()


def test_a_number_given_for_text_keeps_its_digits() -> None:
    assert read(b'{"code":1001}', Thing)[0].code == "1001"


def test_unknown_keys_are_named_not_refused() -> None:
    _, ignored = read(b'{"colour":1,"inner":{"x":1},"items":[{},{"y":1}]}', Thing)
    assert ignored == ["colour", "inner.x", "items[1].y"]


@pytest.mark.parametrize("body", [b"", b"  \n", b"{}", b"\xef\xbb\xbf{}"])
def test_no_body_is_an_empty_object(body: bytes) -> None:
    assert read(body, Thing) == (Thing(), [])


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[" * 10_000,
        b'{"a":' * 10_000,
        b"\xff\xfe{\x00}\x00",
        b'{"title":"\xff"}',
        b"[]",
        b'"x"',
        b"nan",
    ],
)
def test_what_is_no_json_object_is_one_and_the_same_refusal(body: bytes) -> None:
    with pytest.raises(BadJson) as caught:
        read(body, Thing)
    assert (caught.value.status, caught.value.code) == (400, "bad_json")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"title":"a\\u0000b"}', "title"),
        (b'{"items":[{"n":1},{"z":"\\u0000"}]}', "items[1].z"),
        (b'{"inner":{"a\\u0000":1}}', "inner.a"),
    ],
)
def test_a_nul_character_is_refused_with_its_field(body: bytes, field: str) -> None:
    with pytest.raises(BadJson) as caught:
        read(body, Thing)
    assert (caught.value.status, caught.value.code) == (400, "nul_character")
    assert caught.value.errors[0].field == field


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31 08:30:00 UTC", datetime(2026, 1, 31, 8, 30, tzinfo=UTC)),
        ("2026-01-31T08:30:00Z", datetime(2026, 1, 31, 8, 30, tzinfo=UTC)),
        ("2026-01-31T00:30:00.000-08:00", datetime(2026, 1, 31, 8, 30, tzinfo=UTC)),
        ("2026-01-31T00:30:00-0800", datetime(2026, 1, 31, 8, 30, tzinfo=UTC)),
        ("2026-01-31 08:30", datetime(2026, 1, 31, 8, 30, tzinfo=UTC)),
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("/Date(1769848200000)/", datetime(2026, 1, 31, 8, 30, tzinfo=UTC)),
    ],
)
def test_times_are_read_as_recipes_and_vendors_write_them(text: str, moment: datetime) -> None:
    thing, _ = read(msgspec.json.encode({"at": text}), Thing)
    assert thing.at == moment


def test_a_day_is_the_day_as_written() -> None:
    assert read(b'{"day":"2026-01-02T00:00:00.000-08:00"}', Thing)[0].day == date(2026, 1, 2)


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        (b'{"count":"many"}', "count", "must be a whole number"),
        (b'{"at":"0000-01-01"}', "at", "must be a date and time such as 2026-01-31T08:30:00Z"),
        (b'{"day":"0000-01-01"}', "day", "must be a date such as"),
        (b'{"items":[{"n":1},{"n":"x"}]}', "items[1].n", "must be a whole number"),
        (b'{"kind":"c"}', "kind", "is 'c', which is not one of the documented values"),
        (b'{"ref":"17"}', "ref", "must be an id"),
        (b'{"title":["a"]}', "title", "must be text"),
    ],
)
def test_a_wrong_value_is_named_with_its_field(body: bytes, field: str, says: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(body, Thing)
    assert caught.value.status == 422
    assert caught.value.errors[0].field == field
    assert says in caught.value.errors[0].message
    assert field.split("[")[0] in caught.value.detail


def test_every_wrong_field_is_named_at_once() -> None:
    class Needs(msgspec.Struct):
        name: str
        size: int

    with pytest.raises(Invalid) as caught:
        read(b'{"size":"x"}', Needs)
    assert [(e.field, e.message) for e in caught.value.errors] == [
        ("name", "is missing"),
        ("size", "must be a whole number"),
    ]


def test_query_parameters_repeat_or_carry_brackets_or_commas() -> None:
    class Query(msgspec.Struct):
        cursor: str = ""
        limit: int = 100
        status: list[str] = []

    found = read_query(
        [("cursor", ""), ("limit", ""), ("status[]", "a"), ("status", "b,c"), ("x", "1")], Query
    )
    assert found == Query(status=["a", "b", "c"])

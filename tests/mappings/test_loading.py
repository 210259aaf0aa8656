"""Mappings as data: what is refused when one is loaded, and that the place and the reason are named."""

from __future__ import annotations

import random
from typing import Any

import jmespath
import msgspec
import pytest

from mappings.defaults import default_mapping
from mappings.expressions import compile_expression
from mappings.getters import getter
from mappings.growth import BadExpression
from mappings.loading import BadMapping, load

GOOD: dict[str, Any] = {
    "source": "workday",
    "version": 1,
    "name": "ours",
    "role": [{"target": "title", "source": "title"}],
}
TITLE = {"target": "title", "source": "title"}
DEEP = "(" * 900 + "a" + ")" * 900


@pytest.mark.parametrize(
    ("change", "where", "says"),
    [
        ({"extra": 1}, "mapping", "unknown field `extra`"),
        ({"source": "sap"}, "source", "Invalid enum value 'sap'"),
        ({"version": "1"}, "version", "Expected `int`"),
        ({"role": [{"target": "title", "src": "x"}]}, "role[0]", "unknown field `src`"),
        ({"role": [{"target": "titel", "source": "x"}]}, "role[0].target", "'titel' is no field of a role"),
        ({"role": [{"target": "attributes.a b", "source": "x"}]}, "role[0].target", "no field"),
        ({"role": [{"target": "title"}]}, "role[0].source", "needs a source"),
        ({"role": [{"target": "title", "source": "a[?"}]}, "role[0].source", "Not a JMESPath"),
        ({"role": [{"target": "title", "source": "a..b"}]}, "role[0].source", "at character 2"),
        ({"role": [{"target": "title", "source": "nope(a)"}]}, "role[0].source", "nope"),
        ({"role": [{"target": "title", "source": "length(a, b)"}]}, "role[0].source", "length"),
        ({"role": [{"target": "title", "source": "a" * 2049}]}, "role[0].source", "2049 characters"),
        ({"role": [{"target": "title", "source": DEEP}]}, "role[0].source", "too deeply"),
        ({"role": GOOD["role"] * 2}, "role[1].target", "already a rule for title"),
        ({"documents": [{"target": "poem", "source": "x"}]}, "documents[0].target", "no kind of document"),
        ({"role": [TITLE | {"transforms": [{"name": "trim"}] * 11}]}, "role[0].transforms", "10"),
        ({"documents": [{"target": "sop", "source": "x"}] * 201}, "documents", "at most 200"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_place(change: dict[str, Any], where: str, says: str) -> None:
    with pytest.raises(BadMapping) as refused:
        load(GOOD | change)
    assert [error.field for error in refused.value.errors] == [where]
    assert says in refused.value.errors[0].message
    assert where in refused.value.detail


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(BadMapping) as refused:
        load(
            GOOD
            | {"role": [{"target": "nope", "source": "("}, {"target": "code", "transforms": [{"name": "x"}]}]}
        )
    fields = {error.field for error in refused.value.errors}
    assert fields == {"role[0].source", "role[0].target", "role[1].transforms[0].name"}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 5000, b'{"role": "x"}', b" " * 300_000])
def test_a_file_that_is_no_mapping_is_refused(body: bytes) -> None:
    with pytest.raises(BadMapping) as refused:
        load(body)
    assert refused.value.status == 422


@pytest.mark.parametrize("system", ["workday", "successfactors"])
def test_a_mapping_survives_being_written_and_read(system: Any) -> None:
    default = default_mapping(system)
    assert default.source == system
    assert load(msgspec.json.encode(default)) == default


RECORD = {"a": {"b": [{"c": 1}, {"c": 2}]}, "f": False, "e": "", "l": [], "t": "text"}


@pytest.mark.parametrize(
    "source",
    [
        "a",
        "a.b",
        "a.b[1].c",
        "a.b[7].c",
        "t.x",
        "x.y",
        "e || t",
        "f || e",
        "l || x || t",
        "x || f",
        "t[0]",
        "a.b[].c",
    ],
)
def test_a_compiled_path_gives_what_jmespath_gives(source: str) -> None:
    assert compile_expression(source)(RECORD) == jmespath.search(source, RECORD)


MADE = [
    "a[0].b",
    "a[-1].b",
    "(a || b).c || (a || b).d",
    "a[].b",
    "a[].b[].c",
    "a[*].b",
    "[].a",
    "@.a",
    "a[?b == 'x']",
    "a[?b.c == 'x'].d",
    "(a[?b == 'x'])[0].d",
    "a[][]",
]


def _any_value(rng: random.Random, depth: int = 0) -> Any:
    if depth > 3 or rng.random() < 0.35:
        return rng.choice([None, "", "x", "y", 0, 1, 2.5, False, True, [], {}])
    if rng.random() < 0.5:
        return [_any_value(rng, depth + 1) for _ in range(rng.randint(0, 3))]
    return {key: _any_value(rng, depth + 1) for key in "abcd" if rng.random() < 0.7}


@pytest.mark.parametrize("source", MADE)
def test_what_is_made_of_an_expression_gives_what_jmespath_gives(source: str) -> None:
    parsed = jmespath.compile(source)
    made = getter(parsed.parsed)
    assert made is not None
    rng = random.Random(source)
    for _ in range(500):
        record = _any_value(rng)
        assert made(record) == parsed.search(record)


@pytest.mark.parametrize("source", ["length(a)", "a[?b > `1`]", "{x: a}", "a | [0]", "!a"])
def test_an_expression_with_other_parts_is_left_to_jmespath_as_a_whole(source: str) -> None:
    assert getter(jmespath.compile(source).parsed) is None


def test_a_key_that_is_no_path_is_left_to_jmespath() -> None:
    assert compile_expression('"a b" || t')({"a b": 5, "t": 1}) == 5
    with pytest.raises(BadExpression):
        compile_expression("a ||")

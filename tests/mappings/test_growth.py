"""No expression makes so much of a little that a process could not bear it."""

from __future__ import annotations

import time

import pytest

from mappings.expressions import compile_expression
from mappings.growth import BadExpression
from mappings.loading import BadMapping
from tests.mappings.samples import mapping, through


@pytest.mark.parametrize(
    "source",
    [
        " | ".join(["[@, @][]"] * 40),
        " | ".join(["join('', [title, title])"] + ["join('', [@, @])"] * 40),
        " | ".join(["to_string([@])"] * 100),
        f"map(&[{', '.join('@' * 11)}][], [{', '.join(['title'] * 10)}])",
        "{a: [@, @][] | [@, @][], b: [@, @][] | [@, @][]} | " + " | ".join(["[*, *][]"] * 4),
    ],
)
def test_an_expression_that_multiplies_is_refused_at_once(source: str) -> None:
    began = time.monotonic()
    with pytest.raises(BadExpression, match="times as large"):
        compile_expression(source)
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    "source",
    [
        "join(', ', [title, code, families[0].name])",
        "{a: title, b: code, c: grade.name, d: level.name}",
        "descriptions[?field=='a' || field=='b'] | [0]",
        "[families[].name, family_groups[].name][]",
        "to_string(attributes)",
    ],
)
def test_what_people_write_is_not(source: str) -> None:
    assert callable(compile_expression(source))


def test_a_transform_reads_a_bounded_number_of_expressions() -> None:
    step = {"name": "concatenate", "args": {"of": ["title"] * 21}}
    with pytest.raises(BadMapping) as refused:
        mapping({"target": "title", "transforms": [step]})
    assert "at most 20" in refused.value.errors[0].message


def test_a_joined_text_is_bounded() -> None:
    made = through("join", ["x" * 400_000] * 3)
    assert [problem.code for problem in made.problems] == ["rule_failed"]
    assert "longer than" in made.problems[0].detail

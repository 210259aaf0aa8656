"""Which source fields a rule reads, told from the expression alone."""

from __future__ import annotations

import pytest

from mappings.model import Rule, Transform
from mappings.paths import leaves, reads, targets_of


@pytest.mark.parametrize(
    ("expression", "paths"),
    [
        ("families[0].name || families[0].code", {"families[].name", "families[].code"}),
        ("descriptions[?field=='shortDesc']", {"descriptions[field='shortDesc']"}),
        ("levels[?rank > `3`].name", {"levels[].name", "levels[].rank"}),
        ("levels[*].parts[].name", {"levels[].parts[].name"}),
        ("join(', ', families[].name)", {"families[].name"}),
        ("{a: grade.name, b: level}", {"grade.name", "level"}),
        ("grade.name | [0]", {"grade.name[]"}),
        ('custom_fields."Pay band"', {'custom_fields."Pay band"'}),
        ("not JMESPath [", set()),
    ],
)
def test_an_expression_reads_these_fields(expression: str, paths: set[str]) -> None:
    assert reads(Rule("x", expression)) == paths


def test_what_a_transform_reads_counts_too() -> None:
    step = Transform("first_non_empty", {"of": ["grade.code", "level.code"]})
    assert reads(Rule("grade", "title", (step,))) == {"title", "grade.code", "level.code"}


def test_a_field_goes_where_it_or_what_holds_it_is_read() -> None:
    by_path = {"attributes": ["attributes"], "descriptions[]": ["other"], "code": ["code"]}
    assert targets_of("attributes.shift", by_path) == ["attributes"]
    assert targets_of("descriptions[field='a'].locale", by_path) == ["other"]
    assert targets_of("codes", by_path) == []


def test_empty_values_and_what_names_the_record_are_no_source_fields() -> None:
    record = {"system": "workday", "source_id": "W1", "title": "Clerk", "summary": "", "families": []}
    assert [leaf.path for leaf in leaves(record)] == ["title"]

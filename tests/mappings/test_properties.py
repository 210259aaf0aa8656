"""What holds for every mapping that loads, whatever its rules and whatever it meets."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.model import JobProfile
from mappings.difference import difference
from mappings.loading import DOCUMENT_KINDS, ROLE_TARGETS, load
from mappings.model import Mapping
from mappings.normalise import normalise
from mappings.paths import leaves, readers, reads
from mappings.proposal import propose
from tests.mappings.samples import described, profile
from webhooks.mapped.versions import exported, imported

SOURCES = st.sampled_from(
    [
        "title",
        "titles",
        "grade.name || grade.code",
        "families[0].name",
        "families[].code",
        "descriptions[?field=='Job_Description']",
        "responsibilities",
        "custom_fields.x",
        "custom_fields.*.y | [0]",
        "length(title)",
        "join(', ', custom_fields.x)",
        "{a: title, b: custom_fields}",
    ]
)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)
STEPS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.sampled_from(
        [{"name": name} for name in ("trim", "html_to_text", "date", "boolean", "join", "chosen_locale")]
        + [{"name": "locale_choice"}, {"name": "locale_choice", "args": {"strict": True}}]
        + [{"name": "split", "args": {"separator": ","}}, {"name": "date", "args": {"format": "%d.%m.%Y"}}]
        + [{"name": "regex_extract", "args": {"pattern": r"(\d+)-([a-z]*)", "group": 1}}]
        + [{"name": "lookup", "args": {"table": {"a": 1, "b": None}, "keep_unknown": False}}]
        + [{"name": "concatenate", "args": {"of": ["title", "custom_fields.x"]}}]
    ),
    st.builds(lambda value: {"name": "default", "args": {"value": value}}, TEXT | st.integers(0, 9)),
    st.builds(lambda of: {"name": "first_non_empty", "args": {"of": [of]}}, SOURCES),
)


def rules(targets: tuple[str, ...]) -> st.SearchStrategy[list[dict[str, Any]]]:
    rule = st.fixed_dictionaries(
        {"target": st.sampled_from(targets), "source": SOURCES},
        optional={
            "transforms": st.lists(STEPS, max_size=3),
            "required": st.booleans(),
            "note": TEXT,
        },
    )
    return st.lists(rule, max_size=6, unique_by=lambda one: str(one["target"]))


MAPPINGS = st.builds(
    lambda role, documents: load(
        {"source": "workday", "version": 1, "name": "x", "role": role, "documents": documents}
    ),
    rules((*ROLE_TARGETS, "attributes.x", "attributes.y")),
    rules(DOCUMENT_KINDS),
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8) | st.just("<p>one</p>"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["x", "y", "locale", "field", "kind", "text", "content"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
PROFILES = st.builds(
    lambda custom, titles: profile(
        custom_fields={"x": custom}, titles=titles, descriptions=[described("<p>Cares</p>")]
    ),
    ANYTHING,
    st.dictionaries(st.sampled_from(["en_US", "de_DE", "default"]), st.text(max_size=5)),
)


@settings(max_examples=60)
@given(MAPPINGS, PROFILES)
def test_no_rule_that_loads_fails_the_intake_and_twice_is_the_same(
    mapping: Mapping, found: JobProfile
) -> None:
    first = normalise(found, mapping)
    again = normalise(found, load(msgspec.json.encode(mapping)))
    assert msgspec.json.encode(again) == msgspec.json.encode(first)
    assert len(first.revision_hash) == 64


@settings(max_examples=40)
@given(MAPPINGS)
def test_a_mapping_exported_and_imported_is_the_same(mapping: Mapping) -> None:
    again = load(imported(exported(mapping)))
    assert again == mapping
    assert difference(mapping, again) == []


@settings(max_examples=40)
@given(MAPPINGS, MAPPINGS)
def test_a_difference_names_every_rule_that_is_not_the_same(one: Mapping, other: Mapping) -> None:
    changed = {(change.where, change.target) for change in difference(one, other)}
    for where, before, after in (
        ("role", one.role, other.role),
        ("documents", one.documents, other.documents),
    ):
        old, new = ({rule.target: rule for rule in rules} for rules in (before, after))
        unlike = {target for target in old | new if old.get(target) != new.get(target)}
        assert {target for place, target in changed if place == where} >= unlike


@settings(max_examples=40)
@given(MAPPINGS, PROFILES)
def test_any_record_has_a_source_tree_and_any_rule_says_what_it_reads(
    mapping: Mapping, found: JobProfile
) -> None:
    record = msgspec.to_builtins(found)
    assert {leaf.path for leaf in leaves(record)} >= {"title"}
    assert set(readers(mapping)) == {
        path for rule in (*mapping.role, *mapping.documents) for path in reads(rule)
    }
    propose([record])

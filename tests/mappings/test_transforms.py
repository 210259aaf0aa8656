"""Every transform: what it makes, what it refuses, and that the docs name it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mappings.model
from kit.errors import Invalid
from mappings.model import Preferences
from mappings.patterns import BadPattern, compile_pattern
from mappings.registry import REGISTRY, Context
from mappings.transforms import Pattern, regex_extract
from tests.mappings.samples import through

DOCS = Path(mappings.model.__file__).parent.parent / "docs" / "mappings.md"


@pytest.mark.parametrize(
    ("name", "args", "value", "made"),
    [
        ("trim", {}, "  a \n b ", "a b"),
        ("trim", {}, [" a ", ""], ["a"]),
        ("html_to_text", {}, "<p>a &amp; b</p><script>x</script><ul><li>c</li></ul>", "a & b\n\n- c"),
        ("date", {}, "2026-01-02T10:00:00+09:00", "2026-01-02"),
        ("date", {"format": "%d/%m/%Y"}, "02/01/2026", "2026-01-02"),
        ("boolean", {}, "Yes", True),
        ("boolean", {}, 0, False),
        ("lookup", {"table": {"A": "Alpha"}}, "A", "Alpha"),
        ("lookup", {"table": {"A": "Alpha"}}, ["A", "B"], ["Alpha", "B"]),
        ("lookup", {"table": {}, "keep_unknown": False}, "B", None),
        ("lookup", {"table": {}, "default": "other"}, "B", "other"),
        ("split", {"separator": ";"}, "a; b;;c ", ["a", "b", "c"]),
        ("join", {"separator": "-"}, ["a", None, 2], "a-2"),
        ("regex_extract", {"pattern": r"G(\d+)", "group": 1}, "Grade G12 x", "12"),
        ("regex_extract", {"pattern": "z"}, "abc", None),
        ("default", {"value": "d"}, "", "d"),
        ("default", {"value": "d"}, "x", "x"),
        ("constant", {"value": 4}, "x", 4),
        ("first_non_empty", {"of": ["summary", "title"]}, None, "Clerk"),
        ("first_non_empty", {"of": ["title"]}, "x", "x"),
        ("concatenate", {"of": ["title", "source_id"], "separator": "/"}, "x", "x/Clerk/W1"),
        ("locale_choice", {}, {"de_DE": "Analyst (m/w)", "en_US": "Analyst"}, "Analyst"),
        ("locale_choice", {}, {"default": "D", "ko_KR": "K"}, "D"),
        ("locale_choice", {"strict": True}, {"default": "D", "ko_KR": "K"}, None),
        ("chosen_locale", {}, {"en_GB": "x", "de_DE": "y"}, "en_GB"),
        ("chosen_locale", {}, {"de_DE": "y"}, None),
    ],
)
def test_a_transform_makes_what_its_page_says(name: str, args: dict[str, Any], value: Any, made: Any) -> None:
    found = through(name, value, **args)
    assert found.problems == ()
    assert found.role.attributes == ({} if made is None else {"x": made})


@pytest.mark.parametrize(
    ("name", "args", "value", "says"),
    [
        ("trim", {}, {"a": 1}, "A text is needed, an object came"),
        ("date", {}, "01/02/2026", "'01/02/2026' is not a date"),
        ("date", {"format": "%d.%m.%Y"}, "2026-01-02", "like %d.%m.%Y"),
        ("boolean", {}, "perhaps", "neither true nor false"),
        ("split", {}, {"a": 1}, "A text is needed"),
        ("join", {}, [["a"]], "Only texts and numbers"),
    ],
)
def test_a_value_a_transform_cannot_use_is_a_problem_of_its_field(
    name: str, args: dict[str, Any], value: Any, says: str
) -> None:
    found = through(name, value, **args)
    assert found.role.attributes == {}
    assert [(p.code, p.field) for p in found.problems] == [("rule_failed", "attributes.x")]
    assert name in found.problems[0].detail
    assert says in found.problems[0].detail


@pytest.mark.parametrize(
    ("name", "args", "where", "says"),
    [
        ("trimm", {}, "name", "no transform 'trimm'"),
        ("trim", {"x": 1}, "args", "unknown field `x`"),
        ("date", {"format": 5}, "args.format", "Expected `str`, got `int`"),
        ("lookup", {}, "args", "missing required field `table`"),
        ("split", {"separator": ""}, "args", "must not be empty"),
        ("regex_extract", {"pattern": "("}, "args", "Not a pattern that can be used"),
        ("regex_extract", {"pattern": "a", "group": 2}, "args", "group 2"),
        ("first_non_empty", {"of": []}, "args", "at least one"),
        ("first_non_empty", {"of": ["a ||"]}, "args", "JMESPath"),
    ],
)
def test_a_wrong_transform_is_refused_when_loaded_with_its_place(
    name: str, args: dict[str, Any], where: str, says: str
) -> None:
    with pytest.raises(Invalid) as refused:
        through(name, "x", **args)
    assert refused.value.errors[0].field == f"role[0].transforms[0].{where}"
    assert says.lower() in refused.value.errors[0].message.lower()


@pytest.mark.parametrize(
    ("locales", "title"),
    [
        (("fr_FR", "de"), "Leiter"),
        (("en_US",), "Head"),
        (("cnr_ME",), "Rukovodilac"),
        (("en-gb",), "Head"),
        (("en_DEBUG",), "X"),
        (("pl_PL",), "연구"),
    ],
)
def test_the_locale_follows_the_companys_preference(locales: tuple[str, ...], title: str) -> None:
    titles = {"default": "연구", "en_DEBUG": "X", "en_GB": "Head", "de_DE": "Leiter", "cnr_ME": "Rukovodilac"}
    assert through("locale_choice", titles, locales).role.attributes == {"x": title}


def test_records_are_chosen_by_locale_within_their_group() -> None:
    records = [
        {"kind": "skill", "code": "S1", "text": "SQL"},
        {"kind": "skill", "code": "S1", "text": "SQL (en)", "locale": "en_US"},
        {"kind": "skill", "code": "S2", "text": "Reden", "locale": "de_DE"},
        {"kind": "skill", "text": "one"},
        {"kind": "skill", "text": "two"},
    ]
    found = through("locale_choice", records).role.attributes["x"]
    assert [record["text"] for record in found] == ["SQL (en)", "Reden", "one", "two"]


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        (r"(a)\1", "invalid escape sequence"),
        ("(?=a)b", "invalid perl operator"),
        ("a" * 201, "at most 200"),
        ("[", "missing ]"),
        ("(a{1,1000}){1,1000}", "repetition"),
        (r"(\pL{1,50}\pN{1,50}){1,9}", "too large"),
        ("ä\ud800", "character"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused_with_the_reason(pattern: str, says: str) -> None:
    with pytest.raises(BadPattern, match=says):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|aa)+$", "(.*)(.*)(.*)(.*)x", "((a{1,30}){1,30})b", "(a?){99}b"]
)
def test_a_pattern_made_to_run_for_ever_takes_a_blink(pattern: str) -> None:
    find = regex_extract(Pattern(pattern=pattern))
    started = time.thread_time()
    assert find("a" * 999 + "!" * 1_000_000, Context({}, Preferences())) is None
    assert time.thread_time() - started < 0.5  # a tenth of that on an idle machine


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab()[]*+?|{},1.\\^$-", max_size=14))
def test_every_pattern_that_is_accepted_ends_soon(pattern: str) -> None:
    try:
        compiled = compile_pattern(pattern)
    except BadPattern:
        return
    started = time.thread_time()
    compiled.search("ab" * 10 + "a" * 980)
    assert time.thread_time() - started < 1


def test_the_page_lists_every_transform_with_its_arguments() -> None:
    lines = DOCS.read_text().splitlines()
    for name, entry in REGISTRY.items():
        arguments = ", ".join(f"`{field}`" for field in entry.args.__struct_fields__) or "none"
        assert f"| `{name}` | {arguments} | {entry.doc} |" in lines

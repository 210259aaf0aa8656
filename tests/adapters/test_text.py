"""Texts from any HRIS: clean, readable, the same for the same content, and never slow."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.text import TEXT_LIMIT, TextTooLarge, boolean, calendar_date, lines, plain, rich_text
from tests.adapters.examples import tries


def text_of(raw: str) -> str | None:
    made = rich_text(raw)
    return made.text if made else None


def html_of(raw: str) -> str | None:
    made = rich_text(raw)
    return made.html if made else None


@pytest.mark.parametrize(
    "raw", ["", " \n", "<p></p><p>&nbsp;</p>", "<br>", "\u200b", "&#8203;", "<script>x</script>", None]
)
def test_nothing_readable_is_none(raw: str | None) -> None:
    assert rich_text(raw) is None


@pytest.mark.parametrize(
    "said",
    [
        "2 < 3 & 5 > 4",
        "Skills:\n• one\n• two",
        "C<T> and x <-> y",
        "<jane@example.com>",
        "a\n\n  indented",
        "if a<b",
    ],
)
def test_plain_text_stays_as_it_is(said: str) -> None:
    assert text_of(said) == said


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("<p>a <b>b</b>c</p>", "a bc"),
        ("<b>a</b>\n<i>b</i>", "a b"),
        ("<span>Requi</span><span>rements</span>", "Requirements"),
        ("<span><span><p>Requi\u200brements:\u200b</p></span></span>", "Requirements:"),
        ("<p>one</p><p></p><p>two</p>", "one\n\ntwo"),
        ("one<br>two<br><br>three", "one\ntwo\n\nthree"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("<h3>Duties</h3><ul><li>a</li><li> b </li><li></li></ul>after", "Duties\n\n- a\n- b\n\nafter"),
        ('<ol start="3"><li>a<ul><li>b</li></ul></li><li><p>c</p></li></ol>', "3. a\n  - b\n4. c"),
        ("<ul><li>• a</li><li>- b</li></ul>", "- a\n- b"),
        ("<p>• typed bullet</p>", "• typed bullet"),
        (
            "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td><p>2</p><p>3</p></td></tr></table>",
            "A | B\n1 | 2 3",
        ),
        ("<table><tr><td><p>a frame</p><ul><li>b</li></ul></td></tr></table>", "a frame\n\n- b"),
        ("<table><tr><td></td><td>b</td></tr></table><p>c", "| b\n\nc"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<p>unbalanced <b>bold<p>next</div>", "unbalanced bold\n\nnext"),
        ("<o:p>Word</o:p><!-- x --><style>p{}</style><xml><w:x>y</w:x></xml>", "Wordy"),
    ],
)
def test_html_becomes_readable_text(raw: str, text: str) -> None:
    assert text_of(raw) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("<p>P&amp;amp;L</p>", "P&amp;L"),
        ("<p>&lt;b&gt; is a tag</p>", "<b> is a tag"),
        ("R&amp;D&nbsp;lead", "R&D lead"),
        ("&lt;p&gt;Plan &amp;amp; run&lt;/p&gt;", "Plan & run"),
        ("Use the &lt;b&gt; tag", "Use the <b> tag"),
    ],
)
def test_references_are_decoded_once_and_escaped_markup_only_as_a_whole(raw: str, text: str) -> None:
    assert text_of(raw) == text


def test_html_holds_no_scripts_and_nothing_to_load() -> None:
    html = html_of(
        '<p onclick="x()" style="background:url(http://a.example/x)">Hi</p><script>alert(1)</script>'
        '<img src="http://169.254.169.254/"><iframe src="//a.example"></iframe><svg><image href="http://b"/></svg>'
        '<a href="javascript:alert(1)">one</a><a href="https://a.example/?a=1&amp;b=2">two</a>'
        '<link href="x"><video src=y>'
    )
    assert html == (
        '<p>Hi</p><a rel="noopener noreferrer nofollow">one</a>'
        '<a href="https://a.example/?a=1&amp;b=2" rel="noopener noreferrer nofollow">two</a>'
    )


@pytest.mark.parametrize(
    "hidden", ["java\u200bscript:x", "java&#8203;script:x", "java\tscript:x", " javascript:x"]
)
def test_a_hidden_script_link_never_becomes_one(hidden: str) -> None:
    assert "javascript:" not in (html_of(f'<a href="{hidden}">go</a>') or "")


def test_plain_text_is_escaped_for_display() -> None:
    assert html_of("a < b\n\nc & d\ne") == "<p>a &lt; b</p><p>c &amp; d<br>e</p>"


def test_a_text_above_the_limit_is_a_problem_that_names_its_field() -> None:
    assert rich_text("a" * TEXT_LIMIT)
    with pytest.raises(TextTooLarge) as refused:
        rich_text("a" * (TEXT_LIMIT + 1))
    problem = refused.value.problem("Job_Description")
    assert (problem.code, problem.field) == ("text_too_large", "Job_Description")


BOMBS = {
    "open tags": "<div>",
    "open formatting": "<b><p>x",
    "ampersands": "&",
    "references": "&amp;",
    "attributes": " a1=2",
    "less-than": "<",
    "cells": "<td>x",
    "lists": "<ul><li>",
    "spaces": " \n",
    "joiners": "\u200d",
    "half tags": "<p ",
    "comments": "<!--",
    "escaped": "&lt;p&gt;",
}


@pytest.mark.parametrize("start", ["", "<p>", "<table><tr>", "<p "])
@pytest.mark.parametrize("bomb", BOMBS)
def test_no_text_is_slow_to_read(bomb: str, start: str) -> None:
    def seconds(length: int) -> float:
        raw = start + BOMBS[bomb] * (length // len(BOMBS[bomb]))
        began = time.process_time()
        rich_text(raw)
        return time.process_time() - began

    # A fixed, generous ceiling: what grows by the square takes minutes here, what grows evenly half a second.
    assert seconds(200_000) < 10


@tries(30)
@given(st.text() | st.text(alphabet=list("<>/&;pbliu ultdr\n\u200d\u200b#x3=\"'")))
def test_any_text_comes_out_storable_and_normal(raw: str) -> None:
    made = rich_text(raw)
    if made:
        assert made.text == unicodedata.normalize("NFC", made.text).strip() != ""
        assert not {"\x00", "\u200b", "\u202e", "\ufeff"} & set(made.text)
        made.raw.encode()
        assert "<script" not in made.html


@tries(30)
@given(st.text(alphabet=list("ab<>&; \n•-")))
def test_reading_the_safe_html_again_gives_the_same_text(raw: str) -> None:
    made = rich_text(f"<p>{raw}</p>")
    assert made is None or text_of(made.html) == made.text


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("  Lead \u202eNurse\u202c\u200b\n ", "Lead Nurse"),
        ("Cafe\u0301", "Café"),
        ("👩\u200d💻 dev", "👩\u200d💻 dev"),
        ("a\u200db\u200d", "ab"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\x00\x07b\ud800", "ab"),
        ("\U000e0041hidden", "hidden"),
        (" \u200b ", None),
        (None, None),
    ],
)
def test_titles_are_one_clean_line(raw: str | None, title: str | None) -> None:
    assert plain(raw) == title


def test_lines_keep_their_ends() -> None:
    assert lines(" a  b\r\nc\u2028d\n\n\n\ne ") == "a b\nc\nd\n\ne"


@pytest.mark.parametrize(
    ("said", "date"),
    [
        ("2024-05-17", "2024-05-17"),
        ("2024-05-17-07:00", "2024-05-17"),
        ("2024-05-17+13:00", "2024-05-17"),
        ("2024-05-17T23:59:59.999-07:00", "2024-05-17"),
        ("2024-05-17 00:00:00", "2024-05-17"),
        ("0001-01-01", "0001-01-01"),
        ("9999-12-31Z", "9999-12-31"),
        ("0000-01-01", None),
        ("2024-02-30", None),
        ("2024-05-171", None),
        ("20240517", None),
        ("٢٠٢٤-05-17", None),
        (None, None),
        (20240517, None),
    ],
)
def test_a_calendar_date_is_the_day_that_was_written(said: object, date: str | None) -> None:
    assert calendar_date(said) == date


SAID: list[tuple[list[object], bool | None]] = [
    (["1", " TRUE ", True, 1, "Yes"], True),
    (["0", "false", False, 0, "n"], False),
    (["", None, "2", 2, [], "maybe"], None),
]


@pytest.mark.parametrize(("said", "truth"), [(said, truth) for many, truth in SAID for said in many])
def test_truth_is_only_what_is_said(said: object, truth: bool | None) -> None:
    assert boolean(said) is truth

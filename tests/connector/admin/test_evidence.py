"""Documents with marks in them: every word stays, in its order, and nothing in it becomes markup."""

from __future__ import annotations

import html
import re
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.admin.evidence import marked

DOC = "doc_" + "1" * 32


def task(start: int, end: int, *evidence: tuple[int, int, float]) -> dict[str, Any]:
    return {
        "id": "t1",
        "document_id": "1" * 32,
        "start": start,
        "end": end,
        "evidence": [{"start": a, "end": b, "weight": w, "about": "exposure"} for a, b, w in evidence],
    }


def test_a_task_and_the_words_it_rests_on_are_marked() -> None:
    shown = str(marked(DOC, "- Write <b>reports</b> daily", [task(2, 22, (2, 7, 1.0), (11, 18, -0.5))]))
    assert shown == (
        '- <mark class="task" id="task-t1"><mark class="" title="exposure +1.00">Write</mark> &lt;b&gt;'
        '<mark class="down" title="exposure -0.50">reports</mark>&lt;/b&gt;</mark> daily'
    )


def test_marks_of_another_document_or_beyond_the_text_are_left_out() -> None:
    assert str(marked(DOC, "short", [task(0, 50), {**task(0, 3), "document_id": "2" * 32}])) == "short"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.text('ab<>&" \n', max_size=40),
    st.lists(st.tuples(st.integers(0, 45), st.integers(0, 45), st.floats(-1, 1)), max_size=6),
)
def test_every_word_stays_whatever_is_marked(text: str, spans: list[tuple[int, int, float]]) -> None:
    tasks = [task(start, end, *spans) for start, end, _ in spans]
    shown = str(marked(DOC, text, tasks))
    assert html.unescape(re.sub(r"</?mark[^>]*>", "", shown)) == text
    assert shown.count("<mark") == shown.count("</mark>")

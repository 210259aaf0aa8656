"""How descriptions are cut, held against marks made by hand."""

from __future__ import annotations

import pytest

from bench.splitting import compared, cuts, hits, marked


def test_descriptions_with_lists_are_cut_where_a_person_would() -> None:
    found = compared([(cuts(one.text), one.tasks) for one in marked()])
    assert found.f1 >= 0.8
    assert found.recall >= 0.8


def test_marks_are_taken_out_and_point_into_the_text() -> None:
    texts = marked()
    assert len(texts) >= 20
    for one in texts:
        assert "[[" not in one.text
        assert all(one.text[start:end] == one.text[start:end].strip() != "" for start, end in one.tasks)


@pytest.mark.parametrize(
    ("found", "right"),
    [([(0, 10)], 1), ([(0, 4)], 0), ([(0, 5), (5, 10)], 1), ([(0, 21)], 0), ([], 0), ([(2, 12)], 1)],
)
def test_a_cut_counts_when_it_shares_half_with_a_mark_and_only_once(
    found: list[tuple[int, int]], right: int
) -> None:
    assert hits(found, [(0, 10)]) == right


@pytest.mark.parametrize("bullet", ["o", "•", "-", "1.", "a)"])
def test_a_bullet_is_no_part_of_its_task(bullet: str) -> None:
    items = ("Write weekly reports", "Order spare parts", "Train new colleagues")
    text = "Duties:\n" + "\n".join(f"{bullet} {item}" for item in items)
    assert [text[start:end] for start, end in cuts(text)] == list(items)

"""How long is waited before another try."""

from __future__ import annotations

import pytest

from kit.waits import seconds_after


@pytest.mark.parametrize(("failures", "seconds"), [(1, 10), (2, 60), (3, 60), (9, 60)])
def test_waits_are_taken_in_turn_and_the_last_one_repeats(failures: int, seconds: float) -> None:
    assert seconds_after((10, 60), failures, None, longest=100, jitter=0, chance=lambda: 0.5) == seconds


@pytest.mark.parametrize(("wish", "seconds"), [(0, 1.5), (7, 10.5), (1000, 150)])
def test_the_other_sides_wish_wins_within_bounds_and_is_never_shortened(wish: float, seconds: float) -> None:
    assert seconds_after((10,), 1, wish, longest=100, jitter=0.5, chance=lambda: 1.0) == seconds
    assert seconds_after((10,), 1, wish, longest=100, jitter=0.5, chance=lambda: 0.0) == seconds / 1.5


@pytest.mark.parametrize(("drawn", "seconds"), [(0.0, 8), (0.5, 10), (1.0, 12)])
def test_waits_are_drawn_apart_to_both_sides(drawn: float, seconds: float) -> None:
    assert seconds_after((10,), 1, None, longest=100, jitter=0.2, chance=lambda: drawn) == seconds

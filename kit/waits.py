"""How long to wait before something that failed is tried again."""

from __future__ import annotations

from collections.abc import Callable, Sequence


def seconds_after(
    waits: Sequence[float],
    failures: int,
    wish: float | None,
    *,
    longest: float,
    jitter: float,
    chance: Callable[[], float],
) -> float:
    """Seconds after so many failures in a row (1 or more): those of `waits` in turn, the last one repeats.
    What the other side asked for (`wish`) wins, within `longest`, and is never shortened. Both are drawn
    apart by `jitter`, a share of them; `chance` gives 0 to 1."""
    if wish is not None:
        return min(max(wish, 1.0), longest) * (1 + jitter * chance())
    return waits[min(failures, len(waits)) - 1] * (1 + jitter * (2 * chance() - 1))

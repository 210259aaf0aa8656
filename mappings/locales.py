"""Choosing a locale: exactly the preferred one, else one of its language, in the order of preference."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

DEFAULT = "default"
TEST_LANGUAGE = "DEBUG"  # SuccessFactors' en_DEBUG is no language people read


def preferred(available: Collection[str], wanted: tuple[str, ...]) -> str | None:
    """The best of the available locales, or None when none is wanted.

    `en-us` and `en_US` are the same; `en` takes any English, `en_US` takes `en_GB` when there is no
    better one. `en_DEBUG` is taken only when it is wanted by its full name.
    """
    return _preferred(frozenset(available), wanted)


@lru_cache(maxsize=4_096)
def _preferred(available: frozenset[str], wanted: tuple[str, ...]) -> str | None:
    for locale in wanted:
        same = [name for name in available if _folded(name) == _folded(locale)]
        if same:
            return min(same)
        kin = [
            name for name in available if _language(name) == _language(locale) and TEST_LANGUAGE not in name
        ]
        if kin:
            return min(kin)
    return None


def chosen(available: Collection[str], wanted: tuple[str, ...]) -> str | None:
    """Like `preferred`, but never empty-handed: then the default, then the first by name."""
    found = preferred(available, wanted)
    if found is None and available:
        found = DEFAULT if DEFAULT in available else min(available)
    return found


def _folded(locale: str) -> str:
    return locale.replace("-", "_").lower()


def _language(locale: str) -> str:
    return _folded(locale).partition("_")[0]

"""ISO 3166-1: the two-letter code of a country by its two- or three-letter code."""

from __future__ import annotations

from functools import cache
from importlib import resources

import msgspec


def alpha_2(said: str | None) -> str | None:
    """`DE` for `DE`, `de`, `DEU`; None for what is no code (a name is never guessed at)."""
    code = (said or "").strip().upper()
    if len(code) == 2:
        return code if code in _alpha_2() else None
    return _by_alpha_3().get(code)


@cache
def _by_alpha_3() -> dict[str, str]:
    return msgspec.json.decode(
        resources.files("adapters").joinpath("countries.json").read_bytes(), type=dict[str, str]
    )


@cache
def _alpha_2() -> frozenset[str]:
    return frozenset(_by_alpha_3().values())

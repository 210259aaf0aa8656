"""ISO 3166-1: the two-letter code of a country by its two- or three-letter code."""

from __future__ import annotations

from functools import cache
from importlib import resources

import msgspec


def alpha_2(said: str | None) -> str | None:
    """`DE` for `DE`, `de`, `DEU`; None for what is no code (a name is never guessed at)."""
    code = (said or "").strip().upper()
    if len(code) == 2:
        return code if code in _by_alpha_2() else None
    return _by_alpha_3().get(code)


def alpha_3(code: str) -> str | None:
    """`DEU` for `DE`; None for what is no two-letter code."""
    return _by_alpha_2().get(code)


@cache
def _by_alpha_3() -> dict[str, str]:
    return msgspec.json.decode(
        resources.files("adapters").joinpath("countries.json").read_bytes(), type=dict[str, str]
    )


@cache
def _by_alpha_2() -> dict[str, str]:
    return {two: three for three, two in _by_alpha_3().items()}

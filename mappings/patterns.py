"""Regular expressions that cannot run for long.

Python's `re` has no time limit, so the time is bounded before it starts: at most 128 characters are
searched, no group is repeated, nothing refers back or looks around, at most two parts may vary in
length and at most three are optional or alternatives. What is left takes tenths of a second at worst.
"""

from __future__ import annotations

import re

SEARCHED = 128  # characters of a value
LONGEST = 200  # characters of a pattern
VARYING = 2
OPTIONAL = 3

_TOKEN = re.compile(
    r"(?P<escape>\\.)"
    r"|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])"
    r"|(?P<group>\((?:\?P<[A-Za-z_]\w*>|\?:)?(?!\?))"
    r"|(?P<close>\))"
    r"|(?P<repeat>\*|\+|\{\d*,?\d*\})(?P<lazy>\??)"
    r"|(?P<optional>\?|\|)"
    r"|(?P<other>[^\\\[(])",
    re.DOTALL,
)
_AMBIGUOUS = re.compile(r"(?<!\\)(?:\[|--|&&|~~|\|\|)")  # sets in which a later Python may read operators


class BadPattern(ValueError):
    """A pattern that is not a regular expression, or one that could run for long; the text says why."""


def compile_pattern(source: str) -> re.Pattern[str]:
    """The compiled pattern. Raises `BadPattern`."""
    if len(source) > LONGEST:
        raise BadPattern(f"The pattern has {len(source)} characters; at most {LONGEST} are allowed.")
    _refuse_slow(source)
    try:
        return re.compile(source)
    except (re.error, RecursionError, OverflowError) as error:
        raise BadPattern(f"Not a regular expression: {error}") from None


def _refuse_slow(source: str) -> None:
    varying = optional = place = 0
    after_group = False
    while place < len(source):
        token = _TOKEN.match(source, place)
        if token is None:
            raise BadPattern(f"Character {place}: look-around, flags and unclosed sets are not allowed.")
        if token["escape"] and token["escape"][1].isdigit():
            raise BadPattern(f"Character {place}: references back to a group are not allowed.")
        if token["set"] and _AMBIGUOUS.search(token["set"][1:-1]):
            raise BadPattern(f"Character {place}: put a backslash before [ - & ~ | inside a set.")
        repeats = bool(token["repeat"]) or token["optional"] == "?"
        if repeats and after_group:
            raise BadPattern(
                f"Character {place}: a group cannot be repeated or optional; repeat what is in it."
            )
        varying += _varies(token["repeat"])
        optional += bool(token["optional"])
        after_group = bool(token["close"])
        place = token.end()
    if varying > VARYING or optional > OPTIONAL:
        raise BadPattern(f"At most {VARYING} parts may repeat and {OPTIONAL} be optional or alternatives.")


def _varies(repeat: str | None) -> bool:
    return repeat is not None and (repeat in "*+" or "," in repeat)

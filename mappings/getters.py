"""Closures for the everyday parts of JMESPath, which are a tenth of the work of walking its tree each time.

Fields, indices, `||`, `[]`, `[*]` and filters that compare with a text; the parser is the library's, and
whatever else stands in an expression leaves the whole of it to the library's interpreter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Getter = Callable[[Any], Any]
Ast = dict[str, Any]
EMPTY: tuple[Any, ...] = (None, "", [], {})


class _Other(Exception):
    """A part that is not made here."""


def getter(parsed: Ast) -> Getter | None:
    """What a parsed expression (`jmespath.compile(...).parsed`) gets, or None when it has other parts."""
    try:
        return _made(parsed)
    except _Other:
        return None


def _made(node: Ast) -> Getter:
    make = _MAKERS.get(node["type"])
    if make is None:
        raise _Other
    return make(node)


def _identity(node: Ast) -> Getter:
    return lambda value: value


def _field(node: Ast) -> Getter:
    name = node["value"]
    return lambda value: value.get(name) if isinstance(value, dict) else None


def _index(node: Ast) -> Getter:
    place = node["value"]

    def get(value: Any) -> Any:
        try:
            return value[place] if isinstance(value, list) else None
        except IndexError:
            return None

    return get


def _chain(node: Ast) -> Getter:
    steps = [_made(child) for child in node["children"]]

    def get(value: Any) -> Any:
        for step in steps:
            if value is None:
                return None
            value = step(value)
        return value

    return get


def _or(node: Ast) -> Getter:
    first, second = map(_made, node["children"])

    def get(value: Any) -> Any:
        found = first(value)
        return second(value) if found is False or found in EMPTY else found

    return get


def _flatten(node: Ast) -> Getter:
    base = _made(node["children"][0])

    def get(value: Any) -> Any:
        parts = base(value)
        if not isinstance(parts, list):
            return None
        return [inner for part in parts for inner in (part if isinstance(part, list) else (part,))]

    return get


def _projection(node: Ast) -> Getter:
    base, each = map(_made, node["children"])

    def get(value: Any) -> Any:
        parts = base(value)
        if not isinstance(parts, list):
            return None
        return [found for part in parts if (found := each(part)) is not None]

    return get


def _filter(node: Ast) -> Getter:
    base, each, test = node["children"]
    get_base, get_each, holds = _made(base), _made(each), _equality(test)

    def get(value: Any) -> Any:
        parts = get_base(value)
        if not isinstance(parts, list):
            return None
        return [found for part in parts if holds(part) and (found := get_each(part)) is not None]

    return get


def _equality(node: Ast) -> Getter:
    if node["type"] != "comparator" or node["value"] != "eq":
        raise _Other
    left, right = node["children"]
    if right["type"] != "literal" or not isinstance(right["value"], str):
        raise _Other
    get, wanted = _made(left), right["value"]
    return lambda value: get(value) == wanted


_MAKERS: dict[str, Callable[[Ast], Getter]] = {
    "identity": _identity,
    "current": _identity,
    "field": _field,
    "index": _index,
    "subexpression": _chain,
    "index_expression": _chain,
    "or_expression": _or,
    "flatten": _flatten,
    "projection": _projection,
    "filter_projection": _filter,
}

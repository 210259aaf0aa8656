"""Expressions: JMESPath, compiled once. Plain dotted paths become getters, which is what most rules are."""

from __future__ import annotations

import re
from typing import Any

import jmespath
import jmespath.exceptions

from mappings.getters import EMPTY, Getter, getter
from mappings.growth import BadExpression, refuse_growth

LIMIT = 2_048  # characters
STEP = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)|\[(\d{1,6})\]")
PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*|\[\d{1,6}\]){0,20}")
FAILURES = (
    jmespath.exceptions.JMESPathError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


class ExpressionFailed(ValueError):
    """An expression that cannot be evaluated on this job profile."""


def compile_expression(source: str) -> Getter:
    """A function from a job profile (plain dicts and lists) to the value `source` names, or None.

    Raises `BadExpression` for what is no JMESPath, uses an unknown function, or has over 2,048 characters.
    """
    if len(source) > LIMIT:
        raise BadExpression(f"The expression has {len(source)} characters; at most {LIMIT} are allowed.")
    parts = [part.strip() for part in source.split("||")]
    if all(PATH.fullmatch(part) for part in parts):
        getters = [_path(part) for part in parts]
        return getters[0] if len(getters) == 1 else _first_of(getters)
    return _jmespath(source)


def is_empty(value: Any) -> bool:
    """Whether a value says nothing: null, an empty text, list or object, or a text of spaces."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value in EMPTY


def _path(source: str) -> Getter:
    steps = [name or int(index) for name, index in STEP.findall(source)]
    if len(steps) == 1:
        field = steps[0]
        return lambda record: record.get(field) if isinstance(record, dict) else None

    def get(record: Any) -> Any:
        for step in steps:
            if isinstance(step, int):
                record = record[step] if isinstance(record, list) and step < len(record) else None
            else:
                record = record.get(step) if isinstance(record, dict) else None
            if record is None:
                return None
        return record

    return get


def _first_of(getters: list[Getter]) -> Getter:
    """JMESPath's `||`: the first value that is not null, false or empty, else the last one."""

    def get(record: Any) -> Any:
        value = None
        for get_one in getters:
            value = get_one(record)
            if value is not False and value not in EMPTY:
                break
        return value

    return get


def _jmespath(source: str) -> Getter:
    try:
        compiled = jmespath.compile(source)
        refuse_growth(compiled.parsed)
        _prove(compiled)
    except RecursionError:
        raise BadExpression("The expression is nested too deeply.") from None
    except jmespath.exceptions.ArityError as error:
        raise BadExpression(f"Not a JMESPath expression: {_short(error)}") from None
    except jmespath.exceptions.ParseError as error:
        raise BadExpression(
            f"Not a JMESPath expression at character {error.lex_position}: {error.msg}"
        ) from None
    except jmespath.exceptions.JMESPathError as error:
        raise BadExpression(f"Not a JMESPath expression: {_short(error)}") from None

    made = getter(compiled.parsed)
    if made is not None:
        return made

    def get(record: Any) -> Any:
        try:
            return compiled.search(record)
        except FAILURES as error:
            raise ExpressionFailed(_short(error)) from None

    return get


def _prove(compiled: Any) -> None:
    """Find unknown functions and wrong numbers of arguments now; types can only be judged on real values."""
    try:
        compiled.search({})
    except jmespath.exceptions.JMESPathTypeError:
        return


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__

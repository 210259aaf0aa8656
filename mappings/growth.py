"""How large the result of an expression can become, told before it runs.

JMESPath has no loops, but its parts multiply: `[@, @][]` doubles a list, and forty of them in a row fill any
memory. Each part has a factor by which it may make its input larger; those of a whole expression are bounded.
"""

from __future__ import annotations

import math
from typing import Any

Ast = dict[str, Any]
MOST = 100  # times its input
_ESCAPES = 2  # a text written as JSON again and again doubles its backslashes
_SUMS = ("multi_select_list", "multi_select_hash")
_CHOICES = ("or_expression", "and_expression", "comparator", "not_expression")


class BadExpression(ValueError):
    """An expression that cannot be used; the text says why, and where in it."""


def refuse_growth(parsed: Ast) -> None:
    """Raises BadExpression for an expression (`jmespath.compile(...).parsed`) whose result could be more than
    a hundred times as large as what it reads."""
    if _growth(parsed) > MOST:
        raise BadExpression(
            f"The expression could make its input more than {MOST} times as large; leave out repeated parts."
        )


def _growth(node: Ast) -> float:
    parts = [_growth(child) for child in node["children"] if isinstance(child, dict)]
    kind = node["type"]
    if kind in _SUMS:
        return max(1.0, sum(parts))
    if kind in _CHOICES:
        return max([1.0, *parts])
    if kind == "function_expression" and node["value"] == "to_string":
        return _ESCAPES * math.prod(parts)
    return float(math.prod(parts))

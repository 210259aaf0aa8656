"""The source fields of a job profile by path, and which of them a rule reads.

A path is written as in an expression, without places in lists: `families[].name`. Items that name themselves
(descriptions, by their `field`) keep the name: `descriptions[field='Job_Description']`. Formatted texts
are one field each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jmespath
import jmespath.exceptions
import msgspec

from mappings.model import Mapping, Rule

MOST_LEAVES = 2_000
LONGEST_SHOWN = 300  # characters of a value
NO_FIELDS = ("system", "provenance", "as_of_date", "source_id")
"""What the adapter adds, or what names the record: nothing that a rule should read."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STEP = re.compile(r'"(?:[^"\\]|\\.)*"|[A-Za-z_][A-Za-z0-9_]*|\[[^\]]*\]')
_MOST_DEEP = 12


class Leaf(msgspec.Struct, frozen=True):
    """One value of a source tree: its path, the expression that gets it, the value (texts are cut)."""

    path: str
    expression: str
    value: Any


def leaves(record: dict[str, Any]) -> list[Leaf]:
    """Every value of a job profile as plain data, in its order; 2,000 at most, empty ones left out."""
    found: list[Leaf] = []
    for name, value in record.items():
        if name not in NO_FIELDS:
            found += _leaves(_key(name), _key(name), value, 1)
    return found[:MOST_LEAVES]


def reads(rule: Rule) -> frozenset[str]:
    """The paths that a rule reads, those of its transforms included; all that is below them is read too."""
    sources = [rule.source] if rule.source else []
    for transform in rule.transforms:
        sources += [one for one in transform.args.get("of", ()) if isinstance(one, str)]
    found: set[str] = set()
    for source in sources:
        try:
            found.update(_walk(jmespath.compile(source).parsed, "", found))
        except jmespath.exceptions.JMESPathError:
            continue
    return frozenset(found - {""})


def readers(mapping: Mapping) -> dict[str, list[str]]:
    """Path that is read -> the targets it is read for."""
    found: dict[str, list[str]] = {}
    for rule in (*mapping.role, *mapping.documents):
        for path in reads(rule):
            targets = found.setdefault(path, [])
            if rule.target not in targets:
                targets.append(rule.target)
    return found


def targets_of(path: str, by_path: dict[str, list[str]]) -> list[str]:
    """The targets that a source field goes into."""
    steps = _STEP.findall(path)
    return list(
        dict.fromkeys(
            target
            for read, targets in by_path.items()
            if _covers(_STEP.findall(read), steps)
            for target in targets
        )
    )


def _covers(read: list[str], steps: list[str]) -> bool:
    return len(read) <= len(steps) and all(
        mine == theirs or (mine == "[]" and theirs[0] == "[")
        for mine, theirs in zip(read, steps, strict=False)
    )


def _leaves(path: str, expression: str, value: Any, deep: int) -> Iterator[Leaf]:
    if value in (None, "", [], {}) or deep > _MOST_DEEP:
        return
    if isinstance(value, dict):
        if _formatted(value) is not None:
            yield Leaf(path, expression, _shown(_formatted(value)))
            return
        for name, part in value.items():
            if not (name == "field" and path.endswith("']")):
                yield from _leaves(f"{path}.{_key(name)}", f"{expression}.{_key(name)}", part, deep + 1)
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from _item(path, expression, place, part, deep)
    else:
        yield Leaf(path, expression, _shown(value))


def _item(path: str, expression: str, place: int, part: Any, deep: int) -> Iterator[Leaf]:
    name = part.get("field") if isinstance(part, dict) else None
    if isinstance(name, str) and name and not set(name) & set("'`\\[]"):
        at = f"[field='{name}']"
        text = _formatted(part.get("content"))
        if text is not None:
            yield Leaf(path + at, f"{expression}[?field=='{name}']", _shown(text))
            return
        yield from _leaves(path + at, f"{expression}[{place}]", part, deep + 1)
    else:
        yield from _leaves(f"{path}[]", f"{expression}[{place}]", part, deep + 1)


def _formatted(value: Any) -> str | None:
    """The text of a formatted text, of which the other forms say the same."""
    if isinstance(value, dict) and {"raw", "html", "text"} <= value.keys():
        return str(value["text"])
    return None


def _shown(value: Any) -> Any:
    return value[:LONGEST_SHOWN] if isinstance(value, str) else value


def _key(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


_PASSING = ("or_expression", "and_expression", "multi_select_list", "multi_select_hash", "key_val_pair")


def _walk(node: dict[str, Any], at: str, beside: set[str]) -> list[str]:
    """The paths of a node's values; what it reads beside them (conditions, arguments) goes to `beside`."""
    kind, children = node["type"], node["children"]
    if kind == "field":
        return [f"{at}.{_key(node['value'])}" if at else _key(node["value"])]
    if kind in ("identity", "current"):
        return [at]
    if kind in ("index", "slice"):
        return [f"{at}[]"]
    if kind == "flatten":
        return _walk(children[0], at, beside)
    if kind in ("subexpression", "index_expression", "pipe"):
        places = [at]
        for child in children:
            places = [place for start in places for place in _walk(child, start, beside)]
        return places
    if kind in ("projection", "value_projection", "filter_projection"):
        return _each(node, at, beside)
    places = [place for child in children if isinstance(child, dict) for place in _walk(child, at, beside)]
    if kind in _PASSING:
        return places
    beside.update(places)
    return []


def _each(node: dict[str, Any], at: str, beside: set[str]) -> list[str]:
    base, each, *tests = node["children"]
    name = _named(tests[0]) if tests else None
    step = "[]" if name is None else f"[field='{name}']"
    starts = [start + step for start in _walk(base, at, beside)]
    if name is None:
        beside.update(place for start in starts for test in tests for place in _walk(test, start, beside))
    return [place for start in starts for place in _walk(each, start, beside)]


def _named(test: dict[str, Any]) -> str | None:
    """The name in a filter such as `[?field=='Job_Description']`."""
    if test["type"] != "comparator" or test["value"] != "eq":
        return None
    left, right = test["children"]
    by_field = (left["type"], left.get("value")) == ("field", "field")
    return str(right["value"]) if by_field and right["type"] == "literal" else None

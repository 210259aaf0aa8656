"""What is different between two mappings, rule by rule: for people who publish, edit and take back."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import msgspec

from mappings.model import Mapping, Rule

Where = Literal["role", "documents"]
What = Literal["added", "removed", "changed", "moved"]


class Change(msgspec.Struct, frozen=True):
    """One rule that is not the same. `where` and `target` name it, `heading` the section of a document;
    `before` and `after` are the rule in either mapping (None: it is not there)."""

    what: What
    where: Where
    target: str
    heading: str
    before: Rule | None
    after: Rule | None


def difference(before: Mapping, after: Mapping) -> list[Change]:
    """The rules that differ, in the order of `after`, then those that are gone. Rules of documents are the
    same one when target and heading are; `moved` are those whose place among the others changed, since
    sections stand in the order of their rules."""
    return [
        *_changes("role", before.role, after.role),
        *_changes("documents", before.documents, after.documents),
    ]


def _changes(where: Where, before: tuple[Rule, ...], after: tuple[Rule, ...]) -> list[Change]:
    old, new = _keyed(before), _keyed(after)
    moved = _moved([key for key in old if key in new], [key for key in new if key in old])
    found = []
    for key, rule in new.items():
        was = old.get(key)
        if was is None:
            found.append(Change("added", where, rule.target, rule.heading, None, rule))
        elif was != rule:
            found.append(Change("changed", where, rule.target, rule.heading, was, rule))
        elif where == "documents" and key in moved:
            found.append(Change("moved", where, rule.target, rule.heading, was, rule))
    gone = [rule for key, rule in old.items() if key not in new]
    return found + [Change("removed", where, rule.target, rule.heading, rule, None) for rule in gone]


_Key = tuple[str, str, int]


def _keyed(rules: tuple[Rule, ...]) -> dict[_Key, Rule]:
    """The rules under target, heading and, where both come again, a number."""
    times: Counter[tuple[str, str]] = Counter()
    keyed: dict[_Key, Rule] = {}
    for rule in rules:
        name = rule.target, rule.heading
        keyed[(*name, times[name])] = rule
        times[name] += 1
    return keyed


def _moved(old: list[_Key], new: list[_Key]) -> set[_Key]:
    """Those of the same keys that do not stand at the same place among each other."""
    return {key for key, was in zip(new, old, strict=True) if key != was}

"""How many fields a proposal gets right, measured on records whose keys were renamed.

The records are job profiles as plain data; each of three renamings gives every key another name, as other
systems and customers do. A field is right when the proposed rules give the value that the source's default
mapping gives of the record before; a section of a document, when the same part of the record is read for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from adapters.model import JobProfile
from mappings.expressions import is_empty
from mappings.loading import ROLE_TARGETS, load
from mappings.model import Mapping, Preferences
from mappings.normalise import role_of
from mappings.paths import leaves, reads
from mappings.proposal import Proposal, propose

_TARGETS = tuple(target for target in ROLE_TARGETS if target != "attributes")


class Measured(msgspec.Struct, frozen=True):
    """Of one renaming: how many values there were for each target and how many of them came out right."""

    renaming: str
    there: dict[str, int]
    right: dict[str, int]

    @property
    def share(self) -> float:
        """The part of all fields that was right."""
        return sum(self.right.values()) / max(1, sum(self.there.values()))


@cache
def renamings() -> dict[str, dict[str, str]]:
    """Name of a renaming -> key of a job profile -> its other name."""
    data = resources.files("mappings").joinpath("renamings.json").read_bytes()
    return msgspec.json.decode(data, type=dict[str, dict[str, str]])


def renamed(value: Any, names: dict[str, str]) -> Any:
    """Plain data with the keys of job profiles called otherwise; what a customer named keeps its name."""
    if isinstance(value, dict):
        return {names.get(name, name): renamed(part, names) for name, part in value.items()}
    return [renamed(part, names) for part in value] if isinstance(value, list) else value


def measure(profiles: Sequence[JobProfile], default: Mapping, renaming: str) -> Measured:
    """One renaming of the profiles of a source: proposed from all of them, held against the default."""
    names = renamings()[renaming]
    plain: list[dict[str, Any]] = [msgspec.to_builtins(profile) for profile in profiles]
    other = [renamed(record, names) for record in plain]
    proposals = propose(other)
    rules = [one.rule for one in proposals if one.where == "role"]
    proposed = load(
        {"source": default.source, "version": 0, "name": renaming, "role": msgspec.to_builtins(rules)}
    )
    there: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for before, after in zip(plain, other, strict=True):
        wanted = role_of(before, default, Preferences())
        found = role_of(after, proposed, Preferences())
        for target in _TARGETS:
            value = getattr(wanted, target)
            if not is_empty(value) and value != "unknown":
                there[target] += 1
                right[target] += getattr(found, target) == value
    _sections(plain, default, names, proposals, there, right)
    return Measured(renaming, dict(there), dict(right))


def _sections(
    plain: Sequence[dict[str, Any]],
    default: Mapping,
    names: dict[str, str],
    proposals: Sequence[Proposal],
    there: Counter[str],
    right: Counter[str],
) -> None:
    """A section is a part of the record (`responsibilities`): right if a proposed one reads it renamed."""
    made = {
        path.partition(".")[0].partition("[")[0]
        for one in proposals
        for path in reads(one.rule)
        if one.where == "documents"
    }
    parts = {path.partition("[")[0] for rule in default.documents for path in reads(rule)}
    for record in plain:
        held = {leaf.path.partition("[")[0] for leaf in leaves(record)}
        for part in parts & held:
            there[f"documents: {part}"] += 1
            right[f"documents: {part}"] += names.get(part, part) in made

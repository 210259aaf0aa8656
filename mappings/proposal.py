"""A mapping proposed from samples: by how fields are named and by what they hold.

Names are compared with the words that HRIS use (`words.py`); values say whether a field can be what its name
promises. Each proposal has a confidence between 0 and 1 and a reason, for a person who accepts it or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from mappings import fitting
from mappings.candidates import Candidate, by_locale, candidates
from mappings.fitting import Fit, Holds
from mappings.model import Mapping, Rule, Transform
from mappings.words import SECTIONS, words

SURE = 0.6  # the confidence from which on a proposal is worth being shown
_SURE_BESIDE = 0.8  # the rank from which on a second place in the source may say the same
_MOST_CHOICES = 6  # expressions of one rule
_USED = ("a", "A", "Active", "ACTIVE", "enabled", "Enabled", "true", "yes", "1")
_UNUSED = ("i", "I", "Inactive", "INACTIVE", "disabled", "Disabled", "false", "no", "0")
_STATUS_TABLE = {
    **dict.fromkeys((*_USED, "active"), "active"),
    **dict.fromkeys((*_UNUSED, "inactive"), "inactive"),
}


class Proposal(msgspec.Struct, frozen=True):
    """A rule for the role (`where` role) or for a section of a document (documents), how sure it is, why, and
    up to three values it was judged by."""

    where: str
    rule: Rule
    confidence: float
    reason: str
    examples: list[Any]


def propose(samples: Sequence[dict[str, Any]]) -> list[Proposal]:
    """Rules for what the samples (records of one source as plain data) seem to hold, role first, each target
    once; what is too doubtful is left out."""
    fields = candidates(samples)
    own = [field for field in fields if not fitting.of_something_else(field)]
    found = [
        *_titles(own),
        *_single(own, "code", fitting.coded),
        *_paired(own),
        *_status(own),
        *_countries(own),
        *_sections(fields),
    ]
    return [one for one in found if one.confidence >= SURE]


def accepted(mapping: Mapping, rules: Sequence[Rule], *, role: bool) -> Mapping:
    """The mapping with these rules: each takes the place of the role's rule for its target, or of the section
    with its heading; what is new comes last."""
    kept = list(mapping.role if role else mapping.documents)
    for rule in rules:
        same = [
            place
            for place, one in enumerate(kept)
            if one.target == rule.target and (role or one.heading == rule.heading)
        ]
        if same:
            kept[same[0]] = rule
        else:
            kept.append(rule)
    return replace(mapping, role=tuple(kept)) if role else replace(mapping, documents=tuple(kept))


def _titles(fields: list[Candidate]) -> list[Proposal]:
    plain = fitting.best(fields, "title", fitting.titled)
    localised = [
        found
        for path, field in by_locale(fields).items()
        if (found := fitting.fit(field, ("titles", "title"), fitting.titled, _last_words(path)))
    ]
    if not localised:
        return (
            [_proposal("role", Rule("title", _first_of(plain.field), required=True), plain)] if plain else []
        )
    best = max(localised, key=fitting.rank)
    path = best.field.parent
    steps = [Transform("locale_choice", {"strict": plain is not None})]
    if plain:
        steps.append(Transform("first_non_empty", {"of": [_first_of(plain.field)]}))
    return [
        _proposal("role", Rule("title", path, tuple(steps), required=True), best),
        _proposal("role", Rule("titles", path), best),
        _proposal("role", Rule("locale", path, (Transform("chosen_locale"),)), best),
    ]


def _single(fields: list[Candidate], target: str, holds: Holds) -> list[Proposal]:
    best = fitting.best(fields, target, holds)
    return [_proposal("role", Rule(target, _first_of(best.field)), best)] if best else []


def _paired(fields: list[Candidate]) -> list[Proposal]:
    """Family, level and grade, which have a name for people and a code; the source may know more than one."""
    proposals = []
    for target in ("family", "level", "grade"):
        groups: dict[str, list[Fit]] = {}
        for field in fields:
            if found := fitting.fit(field, (target,), fitting.thing, field.concept):
                groups.setdefault(field.parent or " ".join(field.concept), []).append(found)
        chosen = _two_best(groups)
        if not chosen:
            continue
        ordered = [one for group in chosen for one in sorted(_fields(group), key=lambda one: one.is_code)]
        best = max(chosen[0], key=fitting.rank)
        named = [_first_of(field) for field in ordered][:_MOST_CHOICES]
        proposals.append(_proposal("role", Rule(target, " || ".join(named)), best))
        if codes := [_first_of(field) for field in ordered if field.is_code][:_MOST_CHOICES]:
            proposals.append(_proposal("role", Rule(f"{target}_code", " || ".join(codes)), best))
    return proposals


def _fields(group: list[Fit]) -> list[Candidate]:
    return [found.field for found in group]


def _two_best(groups: dict[str, list[Fit]]) -> list[list[Fit]]:
    """The best group of fields that stand together, and the next one that is no part of it."""
    ranked = sorted(groups, key=lambda parent: max(map(fitting.rank, groups[parent])), reverse=True)
    sure = [parent for parent in ranked if max(map(fitting.rank, groups[parent])) >= SURE]
    others = [
        parent
        for parent in sure[1:]
        if not parent.startswith(f"{sure[0]}.") and max(map(fitting.rank, groups[parent])) >= _SURE_BESIDE
    ]
    return [groups[parent] for parent in (*sure[:1], *others[:1])]


def _status(fields: list[Candidate]) -> list[Proposal]:
    """Truth values and short forms become the three words; what is one already stays."""
    best = fitting.best(fields, "status", fitting.stated)
    if best is None:
        return []
    field = best.field
    rule = Rule("status", _first_of(field))
    if all(isinstance(value, bool) for value in field.values):
        gone = {"inactive", "disabled"} & set(field.keys[-1])
        true, false = ("inactive", "active") if gone else ("active", "inactive")
        rule = Rule("status", f"{rule.source} && '{true}' || '{false}'")
    elif not set(field.texts) <= set(fitting.STATUSES):
        step = Transform("lookup", {"table": _STATUS_TABLE, "keep_unknown": False})
        rule = Rule("status", rule.source, (step,))
    return [_proposal("role", rule, best)]


def _countries(fields: list[Candidate]) -> list[Proposal]:
    best = fitting.best(fields, "countries", fitting.country)
    return [_proposal("role", Rule("countries", best.field.path.removesuffix("[]")), best)] if best else []


def _sections(fields: list[Candidate]) -> list[Proposal]:
    """What makes documents. Of the raw, safe and plain form of one text, which stand side by side, one."""
    taken: dict[str, Fit] = {}
    for field in fields:
        fits = [found for concept in SECTIONS if (found := fitting.section(field, concept))]
        if not fits:
            continue
        place = field.parent if "." in field.path and not field.path.endswith("]") else field.path
        if place not in taken or _readable(field) > _readable(taken[place].field):
            taken[place] = max(fits, key=lambda found: found.score)
    return [
        _section(found) for found in sorted(taken.values(), key=lambda one: list(SECTIONS).index(one.like))
    ]


def _section(found: Fit) -> Proposal:
    kind, heading = SECTIONS[found.like]
    steps = (Transform("html_to_text"),) if fitting.marked_up(found.field) else ()
    field = found.field
    source = field.expression if "[field=" in field.path else field.path
    return _proposal("documents", Rule(kind, source, steps, heading=heading), found)


def _readable(field: Candidate) -> int:
    """Plain before marked up, among the forms of one text."""
    return (not fitting.marked_up(field)) * 2 + ("text" in field.keys[-1])


def _first_of(field: Candidate) -> str:
    """An expression for one value: the first of each list."""
    return field.expression if "[field=" in field.path else field.path.replace("[]", "[0]")


def _last_words(path: str) -> list[str]:
    return words(path.rpartition(".")[2])


def _proposal(where: str, rule: Rule, found: Fit) -> Proposal:
    field = found.field
    examples = list(dict.fromkeys(field.values))[:3]
    shown = ", ".join(repr(value)[:40] for value in examples[:2])
    there = f"in {field.found} of {field.samples} samples"
    reason = f"{field.path} is named like {found.like!r} and holds {shown}; {there}."
    return Proposal(where, rule, round(min(1.0, found.score), 2), reason, examples)

"""The one road from a job profile to a role and its documents. Pure: no clock, no database, no network."""

from __future__ import annotations

from typing import Any

import msgspec

from adapters.model import JobProfile, Problem
from adapters.text import plain
from mappings.documents import Block, blocks, cleaned_texts, section
from mappings.expressions import ExpressionFailed, is_empty
from mappings.loading import BuiltRule, built
from mappings.model import DocumentRecord, Mapping, Normalised, Preferences, RoleRecord
from mappings.registry import Context, TransformFailed, kind
from mappings.revision import revision_hash

STATUSES = ("active", "inactive", "unknown")
TITLES = {
    "job_description": "Job description",
    "process_map": "Process map",
    "sop": "SOP",
    "other": "Document",
}
NO_PREFERENCES = Preferences()
_CODES = ("code", "family_code", "level_code", "grade_code")


class Wrong(ValueError):
    """A value that does not fit its target."""


def normalise(profile: JobProfile, mapping: Mapping, preferences: Preferences = NO_PREFERENCES) -> Normalised:
    """The role and documents that `mapping` makes of `profile`.

    A rule that fails leaves its field unsaid and adds a problem that names the field; it never raises.
    Raises `BadMapping` for a mapping that was not made by `loading.load` and cannot work.
    """
    rules = built(mapping)
    context = Context(msgspec.to_builtins(profile), preferences)
    problems: list[Problem] = []
    role = _role(rules.role, context, problems)
    documents = _documents(rules.documents, context, cleaned_texts(profile), role.title, problems)
    return Normalised(
        role=role,
        documents=documents,
        problems=tuple(problems),
        mapping_version=mapping.version,
        revision_hash=revision_hash(profile, role, documents),
    )


def role_of(
    record: dict[str, Any], mapping: Mapping, preferences: Preferences = NO_PREFERENCES
) -> RoleRecord:
    """What the role rules make of any record that is plain data, such as one no adapter knows yet."""
    return _role(built(mapping).role, Context(record, preferences), [])


def _role(rules: tuple[BuiltRule, ...], context: Context, problems: list[Problem]) -> RoleRecord:
    said: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    for rule in rules:
        target = rule.rule.target
        value = _value(rule, context, problems)
        try:
            fitted = None if is_empty(value) else _fitted(target, value)
        except Wrong as error:
            problems.append(Problem("wrong_type", str(error), target))
            continue
        if fitted is None:
            _missing(rule, target, problems)
        elif target == "attributes":
            attributes = fitted | attributes
        elif target.startswith("attributes."):
            attributes[target.partition(".")[2]] = fitted
        else:
            said[target] = fitted
    return RoleRecord(**said, attributes=attributes)


def _value(rule: BuiltRule, context: Context, problems: list[Problem]) -> Any:
    """What the rule gives, or None with a problem."""
    step = "source"
    try:
        value = rule.get(context.record)
        for name, apply in rule.steps:
            step = name
            value = apply(value, context)
    except (ExpressionFailed, TransformFailed) as error:
        problems.append(
            Problem(
                "rule_failed", f"The rule for {rule.rule.target} failed at {step}: {error}", rule.rule.target
            )
        )
        return None
    return value


def _missing(rule: BuiltRule, field: str, problems: list[Problem]) -> None:
    if rule.rule.required and not any(problem.field == field for problem in problems):
        looked = rule.rule.source or "no source"
        detail = f"{field} is required and the job profile says nothing for it ({looked})."
        problems.append(Problem("required_missing", detail, field))


def _fitted(target: str, value: Any) -> Any:
    """The value in the type its target has. Raises `Wrong`."""
    if target.startswith("attributes."):
        return value
    if target in ("titles", "attributes"):
        return _object(target, value)
    if target == "countries":
        return list(
            dict.fromkeys(_line(target, part) for part in (value if isinstance(value, list) else [value]))
        )
    text = _line(target, value)
    if target == "status" and text not in STATUSES:
        raise Wrong(f"status must be one of {', '.join(STATUSES)}; the rule gives {text[:40]!r}.")
    return text


def _object(target: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Wrong(f"{target} must be an object; the rule gives {kind(value)}.")
    if target == "titles":
        return {str(locale): _line(target, title) for locale, title in value.items() if not is_empty(title)}
    return {name: part for name, part in value.items() if not is_empty(part)}


def _line(target: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Wrong(f"{target} must be a text; the rule gives {kind(value)}.")
    if target in _CODES:
        return str(value or "")
    return plain(value if isinstance(value, str) else str(value)) or ""


def _documents(
    rules: tuple[BuiltRule, ...],
    context: Context,
    cleaned: set[str],
    title: str | None,
    problems: list[Problem],
) -> tuple[DocumentRecord, ...]:
    made: dict[str, list[Block]] = {}
    seen: dict[str, set[str]] = {}
    for rule in rules:
        target = rule.rule.target
        value = _value(rule, context, problems)
        parts = blocks(value, cleaned)
        found = section(rule.rule.heading, parts, seen.setdefault(target, set())) if parts else None
        if found:
            made.setdefault(target, []).append(found)
        else:
            _missing(rule, target, problems)
    return tuple(_document(target, parts, title) for target, parts in made.items())


def _document(target: str, parts: list[Block], title: str | None) -> DocumentRecord:
    name = TITLES[target]
    return DocumentRecord(
        kind=target,
        title=f"{name}: {title}" if title else name,
        html="".join(part.html for part in parts),
        text="\n\n".join(part.text for part in parts),
    )

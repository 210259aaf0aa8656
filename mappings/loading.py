"""From data to a mapping that is known to work: every rule is checked before one profile is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

import mappings.transforms  # noqa: F401 - declares the transforms
from kit.errors import FieldError, Invalid
from mappings.expressions import compile_expression
from mappings.getters import Getter
from mappings.growth import BadExpression
from mappings.model import Mapping, RoleRecord, Rule, Transform
from mappings.registry import REGISTRY, Apply

ROLE_TARGETS = tuple(field for field in RoleRecord.__struct_fields__)
DOCUMENT_KINDS = ("job_description", "process_map", "sop", "other")
ATTRIBUTE = re.compile(r"attributes\.[A-Za-z][A-Za-z0-9_]{0,62}")
MOST_RULES = 200
MOST_TRANSFORMS = 10
LARGEST = 256 * 1024  # bytes
_MOST_LATELY = 256


class BadMapping(Invalid):
    """A mapping that cannot work; `errors` says for each fault where it is and why."""

    code, title = "mapping_invalid", "Mapping not valid"


class BuiltRule(msgspec.Struct, frozen=True):
    """A rule ready to run: `steps` are its transforms with their names."""

    rule: Rule
    get: Getter
    steps: tuple[tuple[str, Apply], ...]


class Built(msgspec.Struct, frozen=True):
    """A mapping ready to run."""

    role: tuple[BuiltRule, ...]
    documents: tuple[BuiltRule, ...]


_LATELY: dict[int, tuple[Mapping, Built]] = {}


def load(data: bytes | dict[str, Any]) -> Mapping:
    """The mapping in `data` (JSON, or already decoded). Raises `BadMapping` naming every fault."""
    try:
        if isinstance(data, bytes):
            if len(data) > LARGEST:
                raise msgspec.ValidationError(f"The mapping is larger than {LARGEST} bytes")
            mapping = msgspec.json.decode(data, type=Mapping)
        else:
            mapping = msgspec.convert(data, Mapping)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _bad([_from_decoding(error)]) from None
    build(msgspec.json.encode(mapping))
    return mapping


def built(mapping: Mapping) -> Built:
    """A mapping ready to run; one object is looked up without writing it down again. Raises `BadMapping`."""
    known = _LATELY.get(id(mapping))
    if known is None or known[0] is not mapping:
        if len(_LATELY) >= _MOST_LATELY:
            _LATELY.clear()
        known = _LATELY[id(mapping)] = mapping, build(msgspec.json.encode(mapping))
    return known[1]


@lru_cache(maxsize=256)
def build(encoded: bytes) -> Built:
    """The mapping in canonical JSON, ready to run; the same bytes are built once. Raises `BadMapping`."""
    mapping = msgspec.json.decode(encoded, type=Mapping)
    errors = [*_counted(mapping), *_storable(encoded)]
    role = [_rule(rule, f"role[{place}]", errors) for place, rule in enumerate(mapping.role)]
    documents = [_rule(rule, f"documents[{place}]", errors) for place, rule in enumerate(mapping.documents)]
    errors += _targets(mapping)
    if errors:
        raise _bad(errors)
    return Built(tuple(filter(None, role)), tuple(filter(None, documents)))


def _rule(rule: Rule, where: str, errors: list[FieldError]) -> BuiltRule | None:
    try:
        get = compile_expression(rule.source) if rule.source else _nothing
    except BadExpression as error:
        errors.append(FieldError(f"{where}.source", str(error)))
        return None
    if not rule.source and not rule.transforms:
        errors.append(
            FieldError(f"{where}.source", "A rule needs a source, or a transform that gives a value.")
        )
    if len(rule.transforms) > MOST_TRANSFORMS:
        errors.append(FieldError(f"{where}.transforms", f"At most {MOST_TRANSFORMS} transforms are allowed."))
    steps = []
    for place, transform in enumerate(rule.transforms[:MOST_TRANSFORMS]):
        apply = _transform(transform, f"{where}.transforms[{place}]", errors)
        if apply:
            steps.append((transform.name, apply))
    return BuiltRule(rule, get, tuple(steps))


def _transform(transform: Transform, where: str, errors: list[FieldError]) -> Apply | None:
    entry = REGISTRY.get(transform.name)
    if entry is None:
        known = ", ".join(sorted(REGISTRY))
        errors.append(
            FieldError(f"{where}.name", f"There is no transform {transform.name!r}. There are: {known}.")
        )
        return None
    try:
        return entry.build(msgspec.convert(transform.args, entry.args))
    except msgspec.ValidationError as error:
        message, path = _split(error)
        errors.append(FieldError(f"{where}.args{path}", f"{message}."))
    except ValueError as error:
        errors.append(FieldError(f"{where}.args", f"{transform.name}: {error}"))
    return None


def _targets(mapping: Mapping) -> Iterator[FieldError]:
    seen: set[str] = set()
    for place, rule in enumerate(mapping.role):
        if rule.target not in ROLE_TARGETS and not ATTRIBUTE.fullmatch(rule.target):
            allowed = f"{', '.join(ROLE_TARGETS)} or attributes.<name>"
            yield FieldError(f"role[{place}].target", f"{rule.target!r} is no field of a role: {allowed}.")
        if rule.target in seen:
            yield FieldError(f"role[{place}].target", f"There is already a rule for {rule.target}.")
        seen.add(rule.target)
    for place, rule in enumerate(mapping.documents):
        if rule.target not in DOCUMENT_KINDS:
            kinds = ", ".join(DOCUMENT_KINDS)
            yield FieldError(
                f"documents[{place}].target", f"{rule.target!r} is no kind of document: {kinds}."
            )


def _counted(mapping: Mapping) -> Iterator[FieldError]:
    for name, rules in (("role", mapping.role), ("documents", mapping.documents)):
        if len(rules) > MOST_RULES:
            yield FieldError(name, f"There are {len(rules)} rules; at most {MOST_RULES} are allowed.")


def _storable(encoded: bytes) -> Iterator[FieldError]:
    if b"\\u0000" in encoded.replace(b"\\\\", b""):
        yield FieldError("mapping", "The rules hold a NUL character, which cannot be stored; take it out.")


def _nothing(record: Any) -> Any:
    return None


def _from_decoding(error: Exception) -> FieldError:
    message, path = _split(error)
    return FieldError(path.lstrip(".") or "mapping", f"{message}.")


def _split(error: Exception) -> tuple[str, str]:
    """msgspec's `message - at `$.path`` as message and path."""
    message, _, path = str(error).partition(" - at `$")
    return message or type(error).__name__, path.rstrip("`")


def _bad(errors: list[FieldError]) -> BadMapping:
    count = "one fault" if len(errors) == 1 else f"{len(errors)} faults"
    first = errors[0]
    return BadMapping(
        f"The mapping has {count}; first at {first.field}: {first.message}",
        errors=errors,
        action="Correct the rules named in errors and send the mapping again.",
    )

"""What rules can be made of, for whoever edits them: targets, transforms and limits."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, get_origin, get_type_hints

import msgspec

from mappings.expressions import LIMIT
from mappings.loading import DOCUMENT_KINDS, MOST_RULES, MOST_TRANSFORMS, ROLE_TARGETS
from mappings.registry import REGISTRY

ArgumentKind = Literal["text", "number", "yes_no", "table", "expressions", "value"]


_KINDS: dict[Any, ArgumentKind] = {
    str: "text",
    int: "number",
    bool: "yes_no",
    dict: "table",
    tuple: "expressions",
    Any: "value",
}


class Argument(msgspec.Struct, frozen=True):
    """An argument of a transform; `default` counts when it is left out and not required. Of kind `table` it
    is an object of texts to values, `expressions` a list of source expressions, `value` anything."""

    name: str
    kind: ArgumentKind
    required: bool
    default: Any


class TransformWord(msgspec.Struct, frozen=True):
    """A transform: its name, its arguments, what it does."""

    name: str
    arguments: list[Argument]
    says: str


class Vocabulary(msgspec.Struct, frozen=True):
    """Role targets (`attributes.<name>` are further ones), kinds of documents, transforms, and limits."""

    role_targets: list[str]
    document_targets: list[str]
    transforms: list[TransformWord]
    most_rules: int
    most_transforms: int
    longest_expression: int


@cache
def vocabulary() -> Vocabulary:
    """All of it, in the order in which it is documented."""
    words = [TransformWord(name, _arguments(entry.args), entry.doc) for name, entry in REGISTRY.items()]
    return Vocabulary(list(ROLE_TARGETS), list(DOCUMENT_KINDS), words, MOST_RULES, MOST_TRANSFORMS, LIMIT)


def _arguments(args: type[msgspec.Struct]) -> list[Argument]:
    types = get_type_hints(args)
    return [
        Argument(
            field.name,
            _KINDS[get_origin(types[field.name]) or types[field.name]],
            field.required,
            None if field.required else msgspec.to_builtins(field.default),
        )
        for field in msgspec.structs.fields(args)
    ]

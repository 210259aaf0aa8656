"""The registry of transforms: how one is declared, what it may look at, how it fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from mappings.model import Preferences


class TransformFailed(ValueError):
    """A value that a transform cannot work on; the text says what was expected and what came."""


class Context(msgspec.Struct, frozen=True):
    """What a transform may look at beside its value: the job profile as plain data, the preferences."""

    record: dict[str, Any]
    preferences: Preferences


Apply = Callable[[Any, Context], Any]


class Args(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The arguments of a transform: none here, more in subclasses."""


class Entry(msgspec.Struct, frozen=True):
    """A registered transform: the type of its arguments and the function that builds it from them."""

    args: type[Args]
    build: Callable[[Any], Apply]

    @property
    def doc(self) -> str:
        """What it does, in its author's words."""
        return " ".join((self.build.__doc__ or "").split())


REGISTRY: dict[str, Entry] = {}

A = TypeVar("A", bound=Args)


def register(name: str, args: type[A]) -> Callable[[Callable[[A], Apply]], Callable[[A], Apply]]:
    """Register the decorated builder under `name`; it runs once per rule, when the mapping is loaded."""

    def keep(build: Callable[[A], Apply]) -> Callable[[A], Apply]:
        REGISTRY[name] = Entry(args, build)
        return build

    return keep


def on_texts(change: Callable[[str], Any]) -> Apply:
    """A transform that changes one text, or each text of a list; empty values pass, others fail."""

    def apply(value: Any, context: Context) -> Any:
        if isinstance(value, list):
            changed = (apply(part, context) for part in value)
            return [part for part in changed if part is not None]
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise TransformFailed(f"A text is needed, {kind(value)} came.")
        return change(str(value))

    return apply


def kind(value: Any) -> str:
    """What a value is, in a person's words."""
    names = {dict: "an object", list: "a list", bool: "a truth value", str: "a text", type(None): "nothing"}
    return names.get(type(value), "a number")

"""The form of an answer: what the endpoint is told about it, and how it is read.

Not every compatible endpoint knows structured outputs. The forms go from the strictest to plain text; in
the later ones the schema is told in words, and JSON is cut out of whatever stands around it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cache
from typing import Any, Literal, TypeVar, cast

import msgspec

T = TypeVar("T")

Form = Literal["json_schema", "json_object", "text"]
FORMS: tuple[Form, ...] = ("json_schema", "json_object", "text")


class BadAnswer(Exception):
    """Raised by a check: why an answer is of no use, in words that the model can act on."""


@cache
def _schema_of(shape: Any) -> dict[str, Any]:
    (root,), parts = msgspec.json.schema_components([shape], ref_template="#/$defs/{name}")
    name = root["$ref"].rsplit("/", 1)[-1]
    schema = {**_strict(parts.pop(name)), "$defs": {key: _strict(part) for key, part in parts.items()}}
    return {"name": name, "strict": True, "schema": schema}


def strict_schema(shape: type[Any]) -> dict[str, Any]:
    """The JSON schema of a Struct in the strict form of structured outputs: every field required,
    nothing besides, no defaults."""
    return _schema_of(cast(Hashable, shape))


def response_format(form: Form, shape: type[Any]) -> dict[str, Any] | None:
    """The request's `response_format`; None for plain text."""
    if form == "json_schema":
        return {"type": "json_schema", "json_schema": strict_schema(shape)}
    return {"type": "json_object"} if form == "json_object" else None


def told(form: Form, shape: type[Any], instructions: str) -> str:
    """The instructions, with the schema in words where the endpoint is not given it otherwise."""
    if form == "json_schema":
        return instructions
    schema = msgspec.json.encode(strict_schema(shape)["schema"]).decode()
    return f"{instructions}\nThe agreed form of the JSON object, as a JSON schema:\n{schema}\n"


def useful(content: str, shape: type[T], check: Callable[[T], None]) -> T:
    """The answer as a Struct that passed `check`. Raises BadAnswer."""
    if not content.strip():
        raise BadAnswer("It was empty, refused or cut off.")
    try:
        value = msgspec.json.decode(_json_in(content).encode(), type=shape)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
        raise BadAnswer(f"It is not JSON of the agreed form ({error}).") from error
    check(value)
    return value


def _json_in(content: str) -> str:
    """From the first brace to the last one; models like to put words or a fence around it."""
    start, end = content.find("{"), content.rfind("}")
    return content[start : end + 1] if 0 <= start < end else content


def _strict(part: dict[str, Any]) -> dict[str, Any]:
    fields = part.get("properties", {})
    return {
        "type": "object",
        "properties": {name: _plain(field) for name, field in fields.items()},
        "required": list(fields),
        "additionalProperties": False,
    }


def _plain(field: dict[str, Any]) -> dict[str, Any]:
    """A field's schema; an enumeration is given the type that some endpoints insist on."""
    field = {name: value for name, value in field.items() if name not in ("default", "title")}
    if "enum" in field:
        field["type"] = "string"
    if "items" in field:
        field["items"] = _plain(field["items"])
    return field

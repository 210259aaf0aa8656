"""The fields of our Structs in the form in which a Workato connector declares them, so that one line of it
(`get("/v1/meta/objects/run/fields")["fields"]`) gives a recipe its datapills."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import inspect

Field = dict[str, Any]
_PLAIN: dict[type, str] = {
    inspect.StrType: "string",
    inspect.IntType: "integer",
    inspect.FloatType: "number",
    inspect.BoolType: "boolean",
    inspect.DateTimeType: "date_time",
    inspect.DateType: "date",
    inspect.UUIDType: "string",
}


def fields_of(kind: type[msgspec.Struct], sample: dict[str, Any], hints: dict[str, str]) -> list[Field]:
    """Every field of the Struct. What is a free object in it gets the properties that its sample has."""
    found = inspect.type_info(kind)
    if not isinstance(found, inspect.StructType):
        raise TypeError(f"{kind.__name__} is no Struct.")
    return _struct(found, sample, (), hints)


def custom(name: str, means: str) -> Field:
    """A column that only this company has."""
    return {
        "name": name,
        "label": label(name),
        "type": "string",
        "optional": True,
        "custom": True,
        "hint": f"Your own column; it is read as {means}.",
    }


def label(name: str) -> str:
    """A name for people: `role_title` is Role title."""
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def _struct(
    kind: inspect.StructType, sample: Any, inside: tuple[type, ...], hints: dict[str, str]
) -> list[Field]:
    if kind.cls in inside:
        return []
    inside = (*inside, kind.cls)
    values = sample if isinstance(sample, dict) else {}
    return [
        {
            "name": field.encode_name,
            "label": label(field.encode_name),
            **({"hint": hints[field.name]} if field.name in hints else {}),
            "optional": not field.required or _nullable(field.type),
            **_typed(field.type, values.get(field.encode_name), inside),
        }
        for field in kind.fields
    ]


def _nullable(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.UnionType) and any(
        isinstance(one, inspect.NoneType) for one in kind.types
    )


def _typed(kind: inspect.Type, sample: Any, inside: tuple[type, ...]) -> Field:
    """`type` and what belongs to it."""
    if isinstance(kind, inspect.Metadata):
        return _typed(kind.type, sample, inside)
    if isinstance(kind, inspect.UnionType):
        there = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        return _typed(there[0], sample, inside)
    if isinstance(kind, inspect.LiteralType):
        return {
            "type": "string",
            "control_type": "select",
            "pick_list": [[label(str(v)), v] for v in kind.values],
        }
    if isinstance(kind, inspect.ListType | inspect.VarTupleType):
        first = sample[0] if isinstance(sample, list) and sample else None
        inner = _typed(kind.item_type, first, inside)
        of = {"of": inner["type"]}
        return {"type": "array", **of, **{key: inner[key] for key in ("properties",) if key in inner}}
    if isinstance(kind, inspect.StructType):
        return {"type": "object", "properties": _struct(kind, sample, inside, {})}
    if isinstance(kind, inspect.DictType):
        return {"type": "object", "properties": _of_sample(sample)}
    return {"type": _PLAIN.get(type(kind), "string")}


def _of_sample(sample: Any) -> list[Field]:
    """The properties of a free object, as far as its sample shows them."""
    if not isinstance(sample, dict):
        return []
    return [
        {"name": name, "label": label(name), "optional": True, **_guessed(value)}
        for name, value in sample.items()
    ]


def _guessed(value: Any) -> Field:
    if isinstance(value, dict):
        return {"type": "object", "properties": _of_sample(value)}
    if isinstance(value, list):
        inner = _guessed(value[0]) if value else {"type": "string"}
        return {"type": "array", "of": inner["type"], **{k: v for k, v in inner.items() if k == "properties"}}
    names = {bool: "boolean", int: "integer", float: "number"}
    return {"type": names.get(type(value), "string")}

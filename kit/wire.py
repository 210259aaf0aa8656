"""What comes over the wire, read leniently and typed strictly.

Recipes send numbers and booleans as text, blanks for what is not filled in, keys nobody asked for and
no body at all. `read` takes all that; what cannot be meant in any way is refused with the field's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec

from kit.errors import FieldError, Invalid, Refused

T = TypeVar("T", bound=msgspec.Struct)
_MAX_IGNORED = 50
_MAX_ERRORS = 20
_SPACED = re.compile(
    r"^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(UTC|GMT|Z|[+-]\d\d:?\d\d)?$", re.IGNORECASE
)
_DAY = re.compile(r"^\d{4}-\d\d-\d\d$")
_ODATA = re.compile(r"^/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/$")
_PLAIN = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "text",
    "array": "a list",
    "object": "an object",
    "datetime": "a date and time such as 2026-01-31T08:30:00Z",
    "date": "a date such as 2026-01-31",
    "uuid": "an id",
    "null": "empty",
}


class BadJson(Refused):
    """A body that is not a JSON object in UTF-8 (or is nested too deeply to be one)."""

    code = "bad_json"
    title = "Body not readable"


def decode(body: bytes) -> dict[str, Any]:
    """The plain JSON object in a body; an empty body is `{}`. Raises BadJson."""
    text = body.removeprefix(b"\xef\xbb\xbf").strip()
    if not text:
        return {}
    try:
        value = msgspec.json.decode(text)
    except RecursionError as exc:
        raise BadJson("The body is nested too deeply.", action="Send flatter JSON.") from exc
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise BadJson(f"The body is not JSON in UTF-8: {str(exc)[:90]}.", action="Send valid JSON.") from exc
    if not isinstance(value, dict):
        raise BadJson("The body must be a JSON object, {...}.", action="Wrap the value in an object.")
    where = _find_nul(value, "")
    if where is not None:
        raise BadJson(
            f"The field {where[:80]} holds a NUL character (\\u0000), which cannot be stored.",
            code="nul_character",
            action="Remove the character.",
            errors=[FieldError(where[:120], "holds a NUL character")],
        )
    return value


def read(body: bytes, into: type[T]) -> tuple[T, list[str]]:
    """A body as a Struct, and the paths of keys that were ignored. Raises BadJson (400) when it cannot be
    read and Invalid (422), naming each field, when a value cannot be what the field needs."""
    return convert(decode(body), into)


def read_query(pairs: Iterable[tuple[str, str]], into: type[T]) -> T:
    """Query parameters as a Struct: a list field takes repeats, `name[]`, and commas. Raises Invalid."""
    lists = _lists(into)
    values: dict[str, Any] = {}
    for key, text in pairs:
        name = key.removesuffix("[]")
        if "\x00" in text:
            raise Invalid(
                f"The parameter {name[:60]} holds a NUL character.", errors=[FieldError(name, "holds NUL")]
            )
        if name in lists:
            values.setdefault(name, []).extend(part.strip() for part in text.split(",") if part.strip())
        else:
            values[name] = text
    return convert(values, into)[0]


def convert(value: dict[str, Any], into: type[T]) -> tuple[T, list[str]]:
    """A plain object as a Struct, leniently; see `read`."""
    ignored: list[str] = []
    ready = _prepare(value, into, "", ignored)
    try:
        return msgspec.convert(ready, into, strict=False), ignored
    except msgspec.ValidationError as exc:
        errors = _field_errors(ready, into) or [_field_error("", str(exc))]
        named = ", ".join(error.field for error in errors[:3])
        first = f"{errors[0].field} {errors[0].message}".strip()
        detail = f"{first}." if len(errors) == 1 else f"{len(errors)} fields are wrong: {named}."
        raise Invalid(detail[:190], action="Correct the fields named in errors.", errors=errors) from exc


def _find_nul(value: Any, path: str) -> str | None:
    """The path of the first text with a NUL in it; a key with one counts too. The depth is bounded by
    the decoder."""
    stack: list[tuple[Any, str]] = [(value, path)]
    while stack:
        item, where = stack.pop()
        if isinstance(item, str):
            if "\x00" in item:
                return where
        elif isinstance(item, dict):
            for key, inner in item.items():
                if "\x00" in key:
                    return f"{where}.{key}".replace("\x00", "").lstrip(".")
                stack.append((inner, f"{where}.{key}".lstrip(".")))
        elif isinstance(item, list):
            stack.extend((inner, f"{where}[{index}]") for index, inner in enumerate(item))
    return None


def _members(kind: Any) -> tuple[Any, ...]:
    """The types that a field may hold, without Annotated and unions around them."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, UnionType):
        return tuple(inner for part in get_args(kind) for inner in _members(part))
    return (kind,)


def _list_of(kind: Any) -> bool:
    return any((get_origin(part) or part) in (list, tuple, set, frozenset) for part in _members(kind))


def _prepare(value: Any, kind: Any, path: str, ignored: list[str]) -> Any:
    members = _members(kind)
    structs = [part for part in members if isinstance(part, type) and issubclass(part, msgspec.Struct)]
    if isinstance(value, dict) and len(structs) == 1:
        return _prepare_struct(value, structs[0], path, ignored)
    if isinstance(value, list):
        inner = next((get_args(part) for part in members if get_origin(part) in (list, tuple)), ())
        if inner:
            return [_prepare(item, inner[0], f"{path}[{n}]", ignored) for n, item in enumerate(value)]
    if isinstance(value, dict):
        inner = next((get_args(part) for part in members if get_origin(part) is dict), ())
        if inner:
            return {key: _prepare(item, inner[1], f"{path}.{key}", ignored) for key, item in value.items()}
    if isinstance(value, str):
        return _prepare_text(value, members)
    if isinstance(value, int) and not isinstance(value, bool) and str in members and int not in members:
        return str(value)
    return value


@lru_cache(maxsize=512)
def _fields(kind: type[msgspec.Struct]) -> dict[str, msgspec.structs.FieldInfo]:
    """A Struct's fields by their names on the wire: they are worked out from its annotations, once."""
    return {field.encode_name: field for field in msgspec.structs.fields(kind)}


@lru_cache(maxsize=512)
def _lists(kind: type[msgspec.Struct]) -> frozenset[str]:
    """The names of the fields that are lists."""
    return frozenset(name for name, field in _fields(kind).items() if _list_of(field.type))


def _prepare_struct(value: dict[str, Any], kind: type[msgspec.Struct], path: str, ignored: list[str]) -> Any:
    fields = _fields(kind)
    ready: dict[str, Any] = {}
    for key, item in value.items():
        where = f"{path}.{key}".lstrip(".")
        field = fields.get(key)
        if field is None:
            if key != kind.__struct_config__.tag_field and len(ignored) < _MAX_IGNORED:
                ignored.append(where[:120])
        elif not _absent(item, _members(field.type)):
            ready[key] = _prepare(item, field.type, where, ignored)
    return ready


def _absent(value: Any, members: tuple[Any, ...]) -> bool:
    """Blank text where text cannot be meant, and null where null cannot, both say: not filled in."""
    if Any in members:
        return False
    if isinstance(value, str) and not value.strip():
        return str not in members
    return value is None and type(None) not in members


def _prepare_text(text: str, members: tuple[Any, ...]) -> Any:
    if str in members:
        return text
    if datetime in members:
        return _moment(text.strip())
    if date in members:
        moment = _moment(text.strip())
        return moment.date() if isinstance(moment, datetime) else text.strip()
    return text.strip()


def _moment(text: str) -> Any:
    """A datetime with a zone (UTC when none is given), or the text as it was when it is none."""
    found = _ODATA.match(text)
    try:
        if found:
            return datetime.fromtimestamp(int(found[1]) / 1000, UTC)
        if _DAY.match(text):
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        found = _SPACED.match(text)
        if found:
            zone = (found[3] or "Z").upper()
            zone = "+00:00" if zone in ("UTC", "GMT", "Z") else zone
            return datetime.fromisoformat(f"{found[1]}T{found[2]}{zone}")
    except (ValueError, OverflowError, OSError):
        return text
    return text


def _field_errors(value: Any, into: Any) -> list[FieldError]:
    """One error for each top-level field that is wrong; nested paths are kept."""
    if not (isinstance(into, type) and issubclass(into, msgspec.Struct) and isinstance(value, dict)):
        return []
    errors: list[FieldError] = []
    for field in _fields(into).values():
        if field.encode_name not in value:
            if field.required:
                errors.append(FieldError(field.encode_name, "is missing"))
            continue
        try:
            msgspec.convert(value[field.encode_name], field.type, strict=False)
        except msgspec.ValidationError as exc:
            errors.append(_field_error(field.encode_name, str(exc)))
        if len(errors) == _MAX_ERRORS:
            break
    return errors


def _field_error(name: str, message: str) -> FieldError:
    text, _, path = message.partition(" - at `$")
    where = f"{name}{path.rstrip('`')}".replace("[...]", "[]").lstrip(".")
    found = re.match(r"Object missing required field `([^`]+)`", text)
    if found:
        return FieldError(f"{where}.{found[1]}".lstrip("."), "is missing")
    return FieldError(where or "body", _plain(text))


def _plain(text: str) -> str:
    """msgspec's sentence in words for people who do not read Python."""
    if text.startswith("Invalid enum value"):
        return (
            f"is {text.removeprefix('Invalid enum value ')[:60]}, which is not one of the documented values"
        )
    if re.match(r"Expected `[a-z| ]+`(, got|$)", text):
        wanted = re.findall(r"[a-z]+", text.split("`")[1])
        return "must be " + " or ".join(_PLAIN.get(word, word) for word in wanted)
    if text.startswith("Expected `"):
        return text.replace("Expected `", "must be `", 1).replace("`", "")[:120]
    if text.startswith("Invalid RFC3339"):
        return "must be " + _PLAIN["date" if text.endswith("date") else "datetime"]
    if text.startswith("Invalid UUID"):
        return "must be an id"
    return text[:1].lower() + text[1:120]

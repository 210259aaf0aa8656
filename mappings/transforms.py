"""The transforms: small pure functions a value goes through, named in rules.

Each is built once per rule from its arguments and then called per job profile. Transforms of texts take
lists too and change each text in them.
"""

from __future__ import annotations

import datetime
from typing import Any

from adapters import text as texts
from mappings.expressions import compile_expression, is_empty
from mappings.getters import Getter
from mappings.locales import DEFAULT, chosen, preferred
from mappings.patterns import SEARCHED, compile_pattern
from mappings.registry import Apply, Args, Context, TransformFailed, kind, on_texts, register

MANY = 1_000  # parts of a split text, values of a joined list
MOST_SOURCES = 20
LONGEST = 1_000_000  # characters of a joined text


class Format(Args, frozen=True, forbid_unknown_fields=True):
    format: str = ""


class Table(Args, frozen=True, forbid_unknown_fields=True):
    table: dict[str, Any]
    default: Any = None
    keep_unknown: bool = True


class Separator(Args, frozen=True, forbid_unknown_fields=True):
    separator: str = ", "


class Pattern(Args, frozen=True, forbid_unknown_fields=True):
    pattern: str
    group: int = 0


class Value(Args, frozen=True, forbid_unknown_fields=True):
    value: Any


class Sources(Args, frozen=True, forbid_unknown_fields=True):
    of: tuple[str, ...]


class SourcesJoined(Args, frozen=True, forbid_unknown_fields=True):
    of: tuple[str, ...]
    separator: str = " "


class Strict(Args, frozen=True, forbid_unknown_fields=True):
    strict: bool = False


@register("trim", Args)
def trim(args: Args) -> Apply:
    """One line: spaces at the ends gone, runs of spaces and line ends made one space."""
    return on_texts(texts.plain)


@register("html_to_text", Args)
def html_to_text(args: Args) -> Apply:
    """HTML as readable text: lists and paragraphs kept; markup, scripts and entities gone."""

    def change(text: str) -> str | None:
        try:
            rich = texts.rich_text(text)
        except texts.TextTooLarge as error:
            raise TransformFailed(str(error)) from None
        return rich.text if rich else None

    return on_texts(change)


@register("date", Format)
def date(args: Format) -> Apply:
    """A calendar date as YYYY-MM-DD, from ISO dates and date-times, or from `format` (`%d/%m/%Y`)."""

    def change(text: str) -> str | None:
        if not text.strip():
            return None
        found = _parsed(text.strip(), args.format) if args.format else texts.calendar_date(text)
        if found is None:
            raise TransformFailed(
                f"{text[:40]!r} is not a date{' like ' + args.format if args.format else ''}."
            )
        return found

    return on_texts(change)


def _parsed(text: str, form: str) -> str | None:
    try:
        return datetime.datetime.strptime(text[:40], form).replace(tzinfo=datetime.UTC).date().isoformat()
    except (ValueError, OverflowError):
        return None


@register("boolean", Args)
def boolean(args: Args) -> Apply:
    """True or false, from true, false, yes, no, 1, 0 in any case."""

    def apply(value: Any, context: Context) -> Any:
        if is_empty(value):
            return None
        found = texts.boolean(value) if isinstance(value, str | int) else None
        if found is None:
            raise TransformFailed(f"{str(value)[:40]!r} is neither true nor false.")
        return found

    return apply


@register("lookup", Table)
def lookup(args: Table) -> Apply:
    """The value `table` gives for a text. A text that is not in it becomes `default`; without one it
    stays as it is, or is dropped when `keep_unknown` is false."""

    def change(text: str) -> Any:
        otherwise = text if args.default is None and args.keep_unknown else args.default
        return args.table.get(text, otherwise)

    return on_texts(change)


@register("split", Separator)
def split(args: Separator) -> Apply:
    """A text as a list of its parts between `separator`s, trimmed, empty ones left out."""
    if not args.separator:
        raise ValueError("separator must not be empty")

    def apply(value: Any, context: Context) -> Any:
        if is_empty(value) or isinstance(value, list):
            return value
        if not isinstance(value, str):
            raise TransformFailed(f"A text is needed, {kind(value)} came.")
        return [part.strip() for part in value.split(args.separator, MANY) if part.strip()]

    return apply


@register("join", Separator)
def join(args: Separator) -> Apply:
    """A list as one text, its values between `separator`s, empty ones left out."""

    def apply(value: Any, context: Context) -> Any:
        parts = value if isinstance(value, list) else [value]
        return _joined(parts, args.separator)

    return apply


@register("regex_extract", Pattern)
def regex_extract(args: Pattern) -> Apply:
    """The first part of a text that `pattern` (RE2) finds, or its `group`; nothing when it finds none.
    Only the first 1,000 characters are searched."""
    pattern = compile_pattern(args.pattern)
    if not 0 <= args.group <= pattern.groups:
        raise ValueError(f"the pattern has {pattern.groups} group(s), group {args.group} is asked for")

    def change(text: str) -> str | None:
        found = pattern.search(text[:SEARCHED])
        return found.group(args.group) if found else None

    return on_texts(change)


@register("default", Value)
def default(args: Value) -> Apply:
    """`value` where nothing is there; anything else unchanged."""
    return lambda value, context: args.value if is_empty(value) else value


@register("constant", Value)
def constant(args: Value) -> Apply:
    """Always `value`, whatever came."""
    return lambda value, context: args.value


@register("first_non_empty", Sources)
def first_non_empty(args: Sources) -> Apply:
    """The value if there is one, else the first of the expressions `of` that says something."""
    getters = _getters(args.of)

    def apply(value: Any, context: Context) -> Any:
        if not is_empty(value):
            return value
        return next((found for get in getters if not is_empty(found := get(context.record))), None)

    return apply


@register("concatenate", SourcesJoined)
def concatenate(args: SourcesJoined) -> Apply:
    """The value and the values of the expressions `of` as one text with `separator` between them."""
    getters = _getters(args.of)

    def apply(value: Any, context: Context) -> Any:
        return _joined([value, *(get(context.record) for get in getters)], args.separator)

    return apply


@register("locale_choice", Strict)
def locale_choice(args: Strict) -> Apply:
    """From texts by locale the one in the company's best locale; from a list of records those in the
    best locale of their group (same kind, field and code). With `strict` only a preferred locale will do."""
    pick = preferred if args.strict else chosen

    def apply(value: Any, context: Context) -> Any:
        wanted = context.preferences.locales
        if isinstance(value, dict):
            locale = pick(value.keys(), wanted)
            return value.get(locale) if locale else None
        if not isinstance(value, list):
            return value
        records = [part for part in value if isinstance(part, dict)]
        if not args.strict and len({_locale(part) for part in records}) == 1:
            return records  # there is nothing to choose from
        groups: dict[tuple[str, ...], set[str]] = {}
        for part in records:
            groups.setdefault(_group(part), set()).add(_locale(part))
        best = {group: pick(locales, wanted) for group, locales in groups.items()}
        return [part for part in records if _locale(part) == best[_group(part)]]

    return apply


def _locale(part: dict[str, Any]) -> str:
    locale = part.get("locale")
    return locale if isinstance(locale, str) else DEFAULT


def _group(part: dict[str, Any]) -> tuple[str, ...]:
    return str(part.get("kind")), str(part.get("field")), str(part.get("code"))


@register("chosen_locale", Args)
def chosen_locale(args: Args) -> Apply:
    """From texts by locale the name of the company's best locale; nothing when no preferred one is there."""

    def apply(value: Any, context: Context) -> Any:
        return preferred(value.keys(), context.preferences.locales) if isinstance(value, dict) else None

    return apply


def _getters(sources: tuple[str, ...]) -> list[Getter]:
    if not sources:
        raise ValueError("of must name at least one expression")
    if len(sources) > MOST_SOURCES:
        raise ValueError(f"of names {len(sources)} expressions; at most {MOST_SOURCES} are allowed")
    return [compile_expression(source) for source in sources]


def _joined(parts: list[Any], separator: str) -> str | None:
    filled = [part for part in parts if not is_empty(part)]
    if any(isinstance(part, dict | list | bool) for part in filled):
        raise TransformFailed("Only texts and numbers can be joined.")
    joined = [str(part) for part in filled[:MANY]]
    if sum(map(len, joined)) + len(separator) * len(joined) > LONGEST:
        raise TransformFailed(f"The joined text would be longer than {LONGEST} characters.")
    return separator.join(joined) or None

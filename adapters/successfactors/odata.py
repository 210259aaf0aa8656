"""The OData v2 envelope: records out of their wrapping, and what hangs on a record.

Facts: a collection is `{"d": {"results": [..]}}`, one record `{"d": {..}}`; a navigation is a record,
null, `{"results": [..]}`, a bare list (flattened by a client) or `{"__deferred": ..}` (not asked for).
Language columns are `<base>_<locale>` with `_defaultValue` and `_localized` beside them; a locale may
have three letters (`cnr_ME`) or no country (`en_DEBUG`).
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from operator import itemgetter
from typing import Any

from adapters.successfactors.values import one_form
from adapters.text import plain, storable

Record = dict[str, Any]
NOTHING: Record = {}

LOCALE = re.compile(r"^[a-z]{2,3}(?:_[A-Za-z]{2,8}){1,2}$")
ENTITY = re.compile(r"&(?:[A-Za-z]{2,8}|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});")
WRAPPINGS = 6
LONGEST_KNOWN = 120
ENTITY_SETS = ("FOJobCode", "JobProfile", "RoleEntity")
MAX_VERBATIM_DEPTH = 8
MOST_COLUMNS, LONGEST_COLUMNS = 400, 20_000  # columns, characters of their names
MOST_KNOWN = 128


def unwrap(data: Any, hint: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Every record of a body with the name of the entity set it was found under ("" if none).

    Understands `d`, `d.results`, `results`, bare lists, bare records, and an object whose keys are
    the names of entity sets. What is not an object comes out as it is.
    """
    if depth > WRAPPINGS:
        return
    if isinstance(data, list):
        for part in data:
            yield from unwrap(part, hint, depth + 1)
    elif isinstance(data, dict) and "externalCode" not in data and (inner := _inside(data)):
        for name, part in inner:
            yield from unwrap(part, name or hint, depth + 1)
    else:
        yield hint, data


def _inside(data: Record) -> list[tuple[str, Any]]:
    for key in ("d", "results"):
        if isinstance(data.get(key), dict | list):
            return [("", data[key])]
    return [(name, data[name]) for name in ENTITY_SETS if isinstance(data.get(name), dict | list)]


def type_of(record: Record) -> str:
    """The entity type the record itself names (`FOJobCode`), or "" when its metadata is gone."""
    metadata = record.get("__metadata")
    name = metadata.get("type") if isinstance(metadata, dict) else None
    return name.rpartition(".")[2] if isinstance(name, str) else ""


def many(record: Record, name: str) -> list[Record]:
    """The records behind a to-many navigation; none when it is null, empty or was not expanded."""
    value = record.get(name)
    if value is None:
        return []
    if isinstance(value, dict):
        if "__deferred" in value:
            return []
        value = value.get("results", [value])
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def one(record: Record, name: str) -> Record:
    """The record behind a to-one navigation, or an empty one."""
    value = record.get(name)
    if value is None or (isinstance(value, dict) and "__deferred" in value):
        return NOTHING
    found = many(record, name)
    return found[0] if found else NOTHING


def line(value: Any) -> str | None:
    """A one-line text (a name, a title), cleaned; an entity such as `&amp;` is decoded once."""
    if not isinstance(value, str):
        return None
    return _known_line(value) if len(value) <= LONGEST_KNOWN else _line(value)


def _line(value: str) -> str | None:
    if "&" not in value:
        return plain(value)
    return plain(ENTITY.sub(lambda found: html.unescape(found.group(0)), value))


_known_line = lru_cache(maxsize=2048)(_line)  # a title stands in four columns, and in every slice


class Columns:
    """What the columns of a record are called. Records of one answer share their columns, so this is made
    once for all of them."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._keys = keys
        self._starting: dict[str | tuple[str, ...], tuple[str, ...]] = {}
        self._locales: dict[str, tuple[tuple[str, ...], Callable[[Record], tuple[Any, ...]]]] = {}

    def starting(self, start: str | tuple[str, ...]) -> tuple[str, ...]:
        """Those whose names begin so, sorted."""
        found = self._starting.get(start)
        if found is None:
            found = self._starting[start] = tuple(sorted(key for key in self._keys if key.startswith(start)))
        return found

    def in_locales(self, record: Record, base: str) -> list[tuple[str, Any]]:
        """What stands in the language columns of `base` that are not empty, by locale, sorted."""
        found = self._locales.get(base)
        if found is None:
            names = [key for key in self.starting(base + "_") if LOCALE.match(key[len(base) + 1 :])]
            locales = tuple(key[len(base) + 1 :] for key in names)
            # itemgetter of one name gives the value alone; the last one is there twice and not looked at
            found = self._locales[base] = locales, itemgetter(*names, *names[-1:]) if names else _none
        return [pair for pair in zip(found[0], found[1](record), strict=False) if pair[1]]


def _none(_: Record) -> tuple[Any, ...]:
    return ()


_known: dict[tuple[str, ...], Columns] = {}


def columns_of(record: Record) -> Columns:
    """The columns of a record; remembered for some records of a sane size, to keep the memory small."""
    keys = tuple(record)
    found = _known.get(keys)
    if found is None:
        found = Columns(keys)
        if len(keys) <= MOST_COLUMNS and sum(map(len, keys)) <= LONGEST_COLUMNS:
            if len(_known) >= MOST_KNOWN:
                _known.clear()
            _known[keys] = found
    return found


def own_text(record: Record, base: str) -> Any:
    """The text without a locale: the API user's language, else the default, else the bare column."""
    for key in (f"{base}_localized", f"{base}_defaultValue", base):
        value = record.get(key)
        if isinstance(value, str) and value and not value.isspace():
            return value
    return None


def by_locale(record: Record, base: str, columns: Columns | None = None) -> dict[str, str]:
    """The filled language columns of `base`, by locale, in the order of the locale's name."""
    filled = (columns or columns_of(record)).in_locales(record, base)
    return {locale: text for locale, text in filled if isinstance(text, str) and not text.isspace()}


def verbatim(value: Any, depth: int = 0) -> Any:
    """A copy of a customer's own value without envelope parts and nulls; None below eight levels.

    Dates and moments are written in one form (`YYYY-MM-DD`, `YYYY-MM-DDTHH:MM:SSZ`), because each client
    writes them in another; everything else stays as sent.
    """
    if depth > MAX_VERBATIM_DEPTH:
        return None
    if value is None:
        return None
    if isinstance(value, dict):
        if "__deferred" in value:
            return None
        if isinstance(value.get("results"), list):
            return verbatim(value["results"], depth)
        kept = {k: verbatim(v, depth + 1) for k, v in value.items() if not k.startswith("__")}
        return {storable(k): v for k, v in kept.items() if v is not None} or None
    if isinstance(value, list):
        return [v for part in value if (v := verbatim(part, depth + 1)) is not None] or None
    return one_form(storable(value)) or None if isinstance(value, str) else value

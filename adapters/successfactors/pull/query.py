"""Questions in OData v2: paths whose every value is escaped once, and never by a client's own parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from urllib.parse import quote

LONGEST = 7_000  # characters of an address; SAP's own limit is 8 kB
IN_LENGTH = 1_500  # characters of the values behind one `in`
EVER = "1900-01-01"
_ROOT = "/odata/v2/"


def question(entity: str, **options: str | int | Iterable[str]) -> str:
    """The path of a collection; options are named without `$`, a list becomes words with commas."""
    parts = []
    for name, value in {"format": "json", **options}.items():
        text = value if isinstance(value, str) else str(value) if isinstance(value, int) else ",".join(value)
        if text:
            parts.append(f"{_spelled(name)}={quote(text, safe=_KEPT)}")
    return f"{_ROOT}{entity}?{'&'.join(parts)}"


def metadata(entity: str) -> str:
    """The path of one entity's metadata, which is XML always."""
    return f"{_ROOT}{entity}/$metadata"


def among(column: str, values: Iterable[str]) -> Iterator[str]:
    """Filters that together name every value, each short enough for an address. SuccessFactors takes `in`
    without parentheses only."""
    some: list[str] = []
    length = 0
    for value in values:
        literal = text(value)
        if some and (length + len(quote(literal)) > IN_LENGTH or len(some) >= 500):
            yield f"{column} in {','.join(some)}"
            some, length = [], 0
        some.append(literal)
        length += len(quote(literal)) + 1
    if some:
        yield f"{column} in {','.join(some)}"


def text(value: str) -> str:
    """A text as a literal: its quotes are doubled."""
    return "'" + value.replace("'", "''") + "'"


def changed_since(moment: datetime) -> str:
    """What was modified since; with an offset, because a `datetime` would be read in the server's zone."""
    return f"lastModifiedDateTime ge datetimeoffset'{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}'"


def holds_from(first: datetime, last: datetime) -> str:
    """Slices that begin, or have ended, on one of these days."""
    days = f"datetime'{first:%Y-%m-%d}T00:00:00'", f"datetime'{last:%Y-%m-%d}T00:00:00'"
    return " or ".join(f"({date} ge {days[0]} and {date} le {days[1]})" for date in ("startDate", "endDate"))


_PLAIN = {"fromDate", "customPageSize", "paging"}
_KEPT = "',()/:"


def _spelled(name: str) -> str:
    return name if name in _PLAIN else f"${name}"

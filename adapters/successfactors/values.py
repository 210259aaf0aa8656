"""Scalars as OData v2 of SuccessFactors writes them.

Facts: DateTime is `/Date(ms)/`, DateTimeOffset `/Date(ms+0000)/` with the milliseconds already in UTC;
9999-12-31 means open, 1900-01-01 means always; Int64, Decimal and often Double are strings.
Dates are computed from 1970-01-01 in whole days: no local zone can move them.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from adapters.model import Problem
from adapters.text import storable

MILLISECONDS = re.compile(r"^/Date\((-?\d{1,17})(?:[+-]\d{1,4})?\)/$")
ISO = re.compile(r"^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)?.*)?$")
MOMENT = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?$")
EPOCH = date(1970, 1, 1).toordinal()
LAST = date(9999, 12, 30).toordinal()  # a day early: a zone west of ours moves the last day there
LONGEST_CODE = 255
LONGEST_DATE = LONGEST_NUMBER = 64
OPEN = "9999-12-31"
NUMBER = re.compile(r"^-?\d{1,15}(?:\.\d{1,10})?$")

Warnings = list[Problem]


def code_of(value: Any) -> str | None:
    """A code exactly as sent: leading zeros, case and inner spaces kept; numbers become their digits.

    SuccessFactors' longest code has 255 characters; a longer text is no code.
    """
    if isinstance(value, str):
        if value.isalnum() and len(value) <= LONGEST_CODE:
            return value
    elif value is None or isinstance(value, bool) or not isinstance(value, int):
        return None
    text = storable(str(value))
    return text if text.strip() and len(text) <= LONGEST_CODE else None


def calendar(value: Any, field: str, warnings: Warnings) -> str | None:
    """A calendar date `YYYY-MM-DD`, or None when nothing is said.

    What cannot be read is None and a warning (`bad_date`); a text with a time of day keeps its own
    date and warns (`date_with_time`), because nothing says in which zone the sender's clock stood.
    """
    if value is None or value == "":
        return None
    found, timed = _day(value) if isinstance(value, str) and len(value) <= LONGEST_DATE else (None, False)
    if timed:
        _warn(warnings, "date_with_time", field, "has a time of day; its date is taken as it stands")
    if found is None:
        _warn(warnings, "bad_date", field, f"is not a date that can be read ({str(value)[:40]!r})")
    return found


@lru_cache(maxsize=1024)
def _day(value: str) -> tuple[str | None, bool]:
    """The day a text says, and whether it says a time of day too. Many records share their days."""
    if found := MILLISECONDS.match(value):
        day = int(found.group(1)) // 86_400_000 + EPOCH
        if day >= LAST:
            return OPEN, False
        return (date.fromordinal(day).isoformat(), False) if day >= 1 else (None, False)
    if (found := ISO.match(value)) and _exists(found):
        if value[:10] >= "9999-12-30":
            return OPEN, False
        return value[:10], bool(found.group(4) and found.group(4)[:5] != "00:00")
    return None, False


def in_zone(value: Any, zone: ZoneInfo) -> Any:
    """The calendar date that a date-time was before somebody wrote it in UTC: its day in `zone`, if it is
    midnight there. Anything else stays as it is."""
    found = ISO.match(value) if isinstance(value, str) else None
    if found is None or found.group(1) in ("9999", "0001"):
        return value
    try:
        local = datetime.fromisoformat(value)
        local = local.astimezone(zone) if local.tzinfo else local
    except (ValueError, OverflowError):
        return value
    return local.date().isoformat() if local.time() == time() else value


def _exists(found: re.Match[str]) -> bool:
    try:
        date(int(found.group(1)), int(found.group(2)), int(found.group(3)))
    except ValueError:
        return False
    return True


def instant(value: Any) -> str | None:
    """A moment as `YYYY-MM-DDTHH:MM:SSZ`, or None; used for ordering only, so never a warning."""
    return _instant(value) if isinstance(value, str) and len(value) <= LONGEST_DATE else None


@lru_cache(maxsize=1024)
def _instant(value: str) -> str | None:
    if found := MILLISECONDS.match(value):
        try:
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(found.group(1)))
        except OverflowError:
            return None
        return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment.year >= 1000 else None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def one_form(text: str) -> str:
    """A date or moment in any of the forms clients write, in one; any other text as it is.

    A moment at midnight is a date: OData's JSON tells the two apart, what recipes make of it does not.
    """
    if not text.startswith("/Date(") and not MOMENT.match(text):
        return text
    moment = instant(text) or instant(f"{text}Z")
    return text if moment is None else moment.removesuffix("T00:00:00Z")


def number(value: Any, field: str, warnings: Warnings) -> float | None:
    """A number sent as number or as text; anything else is None and a warning (`bad_number`)."""
    if value in (None, "") or isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    found = numeric(value.strip()) if isinstance(value, str) else None
    if found is None:
        _warn(warnings, "bad_number", field, f"is not a number ({str(value)[:40]!r})")
    return found


def numeric(text: str) -> float | None:
    """The number a text says, or None."""
    return _numeric(text) if len(text) <= LONGEST_NUMBER else None


@lru_cache(maxsize=1024)
def _numeric(text: str) -> float | None:
    return float(text) if NUMBER.match(text) else None


def _warn(warnings: Warnings, code: str, field: str, what: str) -> None:
    warnings.append(Problem(code=code, detail=f"{field} {what}.", field=field))

"""Places in a list that is ordered by a moment and an id, as text that only we can read."""

from __future__ import annotations

import base64
import binascii
import struct
from datetime import UTC, datetime, timedelta
from uuid import UUID

from kit.errors import FieldError, Invalid

Place = tuple[datetime, UUID]
OVERLAP = timedelta(seconds=5)
"""How far `updated_since` reaches back: no transaction is open for longer, so nothing is missed."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORM = struct.Struct(">q16s")


def cursor(place: Place) -> str:
    """The place as a cursor, exact to the microsecond."""
    microseconds = (place[0] - _EPOCH) // timedelta(microseconds=1)
    return seal(_FORM.pack(microseconds, place[1].bytes))


def place(text: str) -> Place | None:
    """The place of a cursor; None for an empty one. Raises Invalid."""
    if not text:
        return None
    raw = unseal(text, _FORM.size)
    microseconds, id_ = _FORM.unpack(raw)
    try:
        return _EPOCH + timedelta(microseconds=microseconds), UUID(bytes=id_)
    except OverflowError as exc:
        raise _foreign() from exc


def seal(raw: bytes) -> str:
    """Bytes as a cursor: URL-safe, without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unseal(text: str, size: int) -> bytes:
    """The bytes of a cursor, exactly `size` of them. Raises Invalid."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as exc:
        raise _foreign() from exc
    if len(raw) != size:
        raise _foreign()
    return raw


def _foreign() -> Invalid:
    return Invalid(
        "The cursor is none of this list's.",
        code="bad_cursor",
        action="Send the next_cursor of the page before as it is, or leave it empty to begin.",
        errors=[FieldError("cursor", "is not a cursor of this list")],
    )

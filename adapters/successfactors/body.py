"""Bytes to plain JSON data, or the reason why that is not possible."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from adapters.model import Unreadable

BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
CHARSET = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9_\-]{1,40})", re.IGNORECASE)
CHARSETS = {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252", "utf-16"}
ADVICE = "Send the OData v2 answer of FOJobCode or JobProfile as JSON (ask for it with $format=json)."


def decode(body: bytes, content_type: str | None) -> Any:
    """The JSON value in `body`.

    `content_type` is only asked for its charset; what the body is, the body says itself.
    Raises `Unreadable` with code `empty_body`, `wrong_charset`, `unknown_shape`, `too_deep` or
    `broken_json`.
    """
    text = _utf8(body, content_type).strip(b" \t\r\n\x00")
    if not text:
        raise Unreadable("empty_body", f"The body is empty. {ADVICE}")
    if text[:1] == b"<":
        raise _markup(text[:4000])
    try:
        return msgspec.json.decode(text)
    except RecursionError:
        raise Unreadable("too_deep", "The JSON is nested too deeply to be job profiles.") from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Unreadable("broken_json", f"The body is not valid JSON: {error}. {ADVICE}") from None


def _utf8(body: bytes, content_type: str | None) -> bytes:
    """The same text in UTF-8: a byte order mark wins over a header, a header over the default."""
    for mark, codec in BOMS:
        if body.startswith(mark):
            return _recode(body[len(mark) :], codec)
    found = CHARSET.search(content_type or "")
    charset = found.group(1).lower() if found else "utf-8"
    if charset not in CHARSETS:
        raise Unreadable("wrong_charset", f"The charset {charset} is not read here. Send UTF-8.", 415)
    return body if charset in ("utf-8", "utf8") else _recode(body, charset)


def _recode(body: bytes, codec: str) -> bytes:
    if codec == "utf-8":
        return body
    try:
        return body.decode(codec).encode("utf-8")
    except UnicodeError:
        raise Unreadable("wrong_charset", f"The body is not {codec} text. Send UTF-8.") from None


def _markup(start: bytes) -> Unreadable:
    """Name what kind of markup this is, without parsing it."""
    if re.search(rb"<([A-Za-z0-9]{1,20}:)?(Envelope|ExternalEvent)\b", start):
        found = "a SOAP message of SuccessFactors event notification, which is not read yet"
    elif re.search(rb"<([A-Za-z0-9]{1,20}:)?(feed|entry)\b", start):
        found = "an OData answer in Atom XML, which is not read yet"
    elif re.search(rb"<([A-Za-z0-9]{1,20}:)?error\b", start):
        return Unreadable("source_error", f"The body is an error answer of SuccessFactors. {ADVICE}", 422)
    elif re.search(rb"<(!doctype\s+html|html)\b", start, re.IGNORECASE):
        found = "an HTML page (a login or gateway page?)"
    else:
        found = "XML of a kind that is not known here"
    return Unreadable("unknown_shape", f"The body is {found}. {ADVICE}", 422)

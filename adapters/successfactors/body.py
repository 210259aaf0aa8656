"""Bytes to plain data or to an XML root, or the reason why that is not possible."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from lxml import etree

from adapters import xml
from adapters.model import Unreadable

BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
CHARSET = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9_\-]{1,40})", re.IGNORECASE)
CHARSETS = {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252", "utf-16"}
ADVICE = "Send the OData v2 answer of FOJobCode or JobProfile with $format=json."
HTML = re.compile(rb"<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)
MARKUP = (b"<", b"\x00<", b"\xfe\xff\x00<", b"\xff\xfe<")


def is_markup(body: bytes) -> bool:
    """Whether the body begins like XML or HTML, whatever it is said to be."""
    return body.removeprefix(BOMS[0][0]).lstrip(b" \t\r\n").startswith(MARKUP)


def decode(body: bytes, content_type: str | None) -> Any:
    """The JSON value in `body`.

    `content_type` is only asked for its charset; what the body is, the body says itself.
    Raises `Unreadable` with code `empty_body`, `wrong_charset`, `unknown_shape`, `too_deep` or
    `broken_json`.
    """
    text = _utf8(body, content_type).strip(b" \t\r\n\x00")
    if not text:
        raise Unreadable("empty_body", "The body is empty.", fix=ADVICE)
    if text[:2] == b"--":
        detail = "The body is a MIME message with parts or attachments, which are not opened."
        raise Unreadable("unknown_shape", detail, 415, ADVICE)
    try:
        return msgspec.json.decode(text)
    except RecursionError:
        raise Unreadable("too_deep", "The JSON is nested too deeply to be job profiles.") from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Unreadable("broken_json", f"The body is not valid JSON: {error}.", fix=ADVICE) from None


def decode_xml(body: bytes) -> etree._Element:
    """The root of an XML body; its own declaration says how it is written.

    Raises `Unreadable`: what `adapters.xml.parse` raises, and `unknown_shape` for an HTML page.
    """
    text = body.removeprefix(BOMS[0][0]).lstrip(b" \t\r\n")
    if HTML.match(text):
        detail = "The body is an HTML page (a login or gateway page?), not role data."
        raise Unreadable("unknown_shape", detail, 422, ADVICE)
    return xml.parse(text, ADVICE)


def _utf8(body: bytes, content_type: str | None) -> bytes:
    """The same text in UTF-8: a byte order mark wins over a header, a header over the default."""
    for mark, codec in BOMS:
        if body.startswith(mark):
            return _recode(body[len(mark) :], codec)
    found = CHARSET.search(content_type or "")
    charset = found.group(1).lower() if found else "utf-8"
    if charset not in CHARSETS:
        raise Unreadable("wrong_charset", f"The charset {charset} is not read here.", 415, "Send UTF-8.")
    return body if charset in ("utf-8", "utf8") else _recode(body, charset)


def _recode(body: bytes, codec: str) -> bytes:
    if codec == "utf-8":
        return body
    try:
        return body.decode(codec).encode("utf-8")
    except UnicodeError:
        raise Unreadable("wrong_charset", f"The body is not {codec} text.", fix="Send UTF-8.") from None

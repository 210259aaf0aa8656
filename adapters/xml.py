"""XML bytes to elements, for every adapter: no DTD, no entities, no network, no recovery of broken documents.

`advice` in all functions is the adapter's own last sentence of a refusal: what to send instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from lxml import etree

from adapters.model import Unreadable

_SAFE = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "huge_tree": False,
    "recover": False,
    "remove_comments": True,
    "remove_pis": True,
}
# Told to a target, attributes come with their references undone only so. No document type, no entities.
_TOLD = _SAFE | {"resolve_entities": "internal"}
ELEMENTS = 500_000  # a thousand ordinary Workday profiles have a fifth of that
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")
_PROLOG_DOCTYPE = re.compile(rb"\A[^<]*(?:<[?!](?!DOCTYPE)[^<]*)*<!DOCTYPE", re.IGNORECASE)

# Programs that write to a text first and send UTF-8 leave this declaration behind; it cannot be true of
# bytes in which it can be read.
_FALSE_UTF16 = re.compile(rb"\A<\?xml[^<>]{0,100}encoding=[\"']utf-?16[\"'][^<>]{0,100}\?>", re.IGNORECASE)

_REFUSALS = (
    ("excessive depth", "too_deep"),
    ("huge text node", "text_too_large"),
    ("text node too long", "text_too_large"),
    ("encoding", "wrong_charset"),
    ("utf-8", "wrong_charset"),
    ("invalid bytes", "wrong_charset"),
    ("premature end", "truncated"),
    ("unclosed token", "truncated"),
    ("not terminated", "truncated"),
    ("couldn't find end", "truncated"),
)
_SENTENCES = {
    "text_too_large": (
        "One text in the XML has more than 10 million characters.",
        "Shorten it at the source.",
    ),
    "wrong_charset": (
        "The XML is not written in the character set it declares ({reason}).",
        "Send UTF-8, or declare the right encoding.",
    ),
    "truncated": ("The XML ends before it is complete ({reason}).", "Send the whole document."),
    "broken_xml": ("The XML is not well-formed ({reason}).", "{advice}"),
}


def parse(body: bytes, advice: str) -> etree._Element:
    """The root element of a document in UTF-8 or in the encoding it declares.

    Raises Unreadable: `doctype`, `nul_bytes`, `wrong_charset`, `truncated`, `too_deep`, `text_too_large`,
    `too_many_elements`, `broken_xml`.
    """
    root = _parsed(_checked(body, advice), _parser(), advice)
    if root is None:
        raise _unreadable("broken_xml", "it has no root element", advice)
    if root.getroottree().docinfo.internalDTD is not None:
        raise _doctype()
    if root.xpath("count(//*)") > ELEMENTS:
        raise too_large()
    return root


def build(body: bytes, target: Any, advice: str) -> None:
    """Let a document's elements be told to `target`, a parser target of lxml (start, data, end, close),
    without a tree of lxml's own. Raises as `parse` does, but counts no elements."""
    _parsed(_checked(body, advice), etree.XMLParser(target=_Told(target), **_TOLD), advice)


def feed(chunks: Iterable[bytes], target: Any, advice: str) -> Iterator[None]:
    """The same piece by piece; gives way after each piece. The first one holds the prolog."""
    parser = etree.XMLParser(target=_Told(target), **_TOLD)
    for number, chunk in enumerate(chunks):
        if number == 0 and _PROLOG_DOCTYPE.match(chunk):
            raise _doctype()
        _try(partial(parser.feed, chunk), advice)
        yield
    _try(parser.close, advice)


class _Told:
    """Refuses a document type before its entities mean anything; all else goes to the target itself."""

    def __init__(self, target: Any) -> None:
        self.start, self.end, self.data, self.close = target.start, target.end, target.data, target.close

    def doctype(self, *_: object) -> None:
        raise _doctype()


def _checked(body: bytes, advice: str) -> bytes:
    body = body.strip(b" \t\r\n") if not body.startswith(_UTF16) else body
    if body.count(b"<") > 4 * ELEMENTS:  # before parsing: tags of the elements, and HTML in CDATA
        raise too_large()
    body = _FALSE_UTF16.sub(b"", body, count=1)
    if _PROLOG_DOCTYPE.match(body):
        raise _doctype()
    if b"\x00" in body and not body.startswith(_UTF16):
        raise Unreadable("nul_bytes", "The XML contains NUL bytes, which no XML may. Send it as UTF-8 text.")
    return body


def _parsed(body: bytes, parser: etree.XMLParser, advice: str) -> Any:
    return _try(lambda: etree.fromstring(body, parser), advice)


def _try(work: Callable[[], Any], advice: str) -> Any:
    try:
        return work()
    except etree.XMLSyntaxError as error:
        raise _refusal(error, advice) from None
    except (LookupError, ValueError, AssertionError) as error:
        raise _unreadable("broken_xml", str(error), advice) from None


def too_large() -> Unreadable:
    """The refusal of a document with more than ELEMENTS elements."""
    detail = f"The document has more than {ELEMENTS:,} elements."
    return Unreadable("too_many_elements", detail, 413, "Send fewer job profiles at a time.")


def too_deep(advice: str) -> Unreadable:
    """The refusal of a document that is nested deeper than libxml2 goes."""
    return Unreadable("too_deep", "The XML is nested too deeply to be job profiles.", fix=advice)


def _parser() -> etree.XMLParser:
    # One per document: a shared parser would make threads wait for each other.
    return etree.XMLParser(**_SAFE)


def _refusal(error: etree.XMLSyntaxError, advice: str) -> Unreadable:
    reason = (error.msg or "unknown error").strip()
    lowered = reason.lower()
    code = next((code for sign, code in _REFUSALS if sign in lowered), "broken_xml")
    return too_deep(advice) if code == "too_deep" else _unreadable(code, reason, advice)


def _unreadable(code: str, reason: str, advice: str) -> Unreadable:
    shown = " ".join(reason.split())[:80]
    said, fix = _SENTENCES[code]
    return Unreadable(code, said.format(reason=shown), fix=fix.format(advice=advice))


def _doctype() -> Unreadable:
    return Unreadable(
        "doctype",
        "The XML has a DOCTYPE, which is refused because it can pull in other files.",
        fix="Send it without one.",
    )

"""Fields that a company does not want us to have: taken out of a body before anything of it is stored.

A field is named as the source names it (`Compensation_Grade_Reference`, `grade`), without a namespace
prefix, and goes with all that is below it, wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import msgspec
from lxml import etree

from adapters import xml
from adapters.model import Unreadable

_NAME = re.compile(r"[^\s<>&\"'/:@]{1,200}")
_XML_STARTS = (b"<", b"\xff\xfe", b"\xfe\xff", b"\x00<")
_ADVICE = "The system did not send job profiles."


def bad_names(names: Collection[str]) -> list[str]:
    """Those that can be the name of no field."""
    return [name for name in names if not _NAME.fullmatch(name.strip())]


def without(body: bytes, names: Collection[str]) -> bytes:
    """The body without these fields; the very same bytes when none is named. Raises Unreadable for what is
    neither XML nor JSON, because nobody can say what is in it."""
    if not names:
        return body
    wanted = frozenset(names)
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_XML_STARTS):
        return _from_xml(body, wanted)
    try:
        return msgspec.json.encode(_kept(msgspec.json.decode(body), wanted))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        detail = "The answer is neither XML nor JSON, so the excluded fields cannot be taken out of it."
        raise Unreadable("broken_json", detail) from None


def _from_xml(body: bytes, names: frozenset[str]) -> bytes:
    root = xml.parse(body.removeprefix(b"\xef\xbb\xbf"), _ADVICE)
    for element in [one for one in root.iter("{*}*") if etree.QName(one).localname in names]:
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    left: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    return left


def _kept(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {
            key: _kept(part, names)
            for key, part in value.items()
            if key.rpartition(":")[2].lstrip("@") not in names
        }
    if isinstance(value, list):
        return [_kept(part, names) for part in value]
    return value

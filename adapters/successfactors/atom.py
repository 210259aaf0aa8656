"""OData v2 in Atom XML, which SuccessFactors answers when nobody asks for JSON: made into the JSON form.

Facts: a feed has entries; an entry names its type in `category@term` and holds typed properties
(`m:type`, `m:null="true"`); a navigation is a link whose `rel` ends in its name, expanded when it
holds `m:inline`. Int64, Decimal and Double stay text, as the JSON form has them.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from adapters.model import Unreadable
from adapters.successfactors.body import ADVICE
from adapters.text import plain

ATOM = "{http://www.w3.org/2005/Atom}"
META = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"
RELATED = "http://schemas.microsoft.com/ado/2007/08/dataservices/related/"
WHOLE = {"Edm.Int16", "Edm.Int32", "Edm.Byte", "Edm.SByte"}


def is_atom(root: etree._Element) -> bool:
    """Whether the document is an OData answer: a feed or an entry."""
    return root.tag in (ATOM + "feed", ATOM + "entry")


def as_json(root: etree._Element) -> dict[str, Any]:
    """The answer as `$format=json` would give it: `{"d": {"results": [..]}}` or `{"d": {..}}`."""
    if root.tag == ATOM + "entry":
        return {"d": _entry(root)}
    page: dict[str, Any] = _feed(root)
    following = [link.get("href") for link in root.findall(ATOM + "link") if link.get("rel") == "next"]
    return {"d": page | ({"__next": following[0]} if following else {})}


def refuse(root: etree._Element) -> Unreadable:
    """What to say of XML that is neither an event nor an OData answer."""
    name = etree.QName(root).localname
    if name == "error":
        texts = [
            plain(part.text) for part in root.iter() if etree.QName(part).localname in ("code", "message")
        ]
        said = ": ".join(text for text in texts if text)[:300] or "no message"
        return Unreadable("source_error", f"The body is a SuccessFactors error answer, {said}", 422, ADVICE)
    looked = "neither an OData feed, an entry nor an event"
    return Unreadable("unknown_shape", f"Found XML with the root {name[:40]}: {looked}.", 422, ADVICE)


def _feed(feed: etree._Element) -> dict[str, Any]:
    return {"results": [_entry(entry) for entry in feed.findall(ATOM + "entry")]}


def _entry(entry: etree._Element) -> dict[str, Any]:
    record: dict[str, Any] = {"__metadata": {"uri": entry.findtext(ATOM + "id"), "type": _type(entry)}}
    for link in entry.findall(ATOM + "link"):
        relation = link.get("rel") or ""
        if relation.startswith(RELATED):
            record[relation.removeprefix(RELATED)] = _navigation(link)
    properties = entry.find(f"{ATOM}content/{META}properties")
    if properties is None:
        properties = entry.find(META + "properties")
    if properties is not None:
        record.update(_properties(properties))
    return record


def _type(entry: etree._Element) -> str:
    category = entry.find(ATOM + "category")
    return "" if category is None else category.get("term") or ""


def _navigation(link: etree._Element) -> Any:
    inline = link.find(META + "inline")
    if inline is None:
        return {"__deferred": {"uri": link.get("href")}}
    feed, entry = inline.find(ATOM + "feed"), inline.find(ATOM + "entry")
    if feed is not None:
        return _feed(feed)
    return None if entry is None else _entry(entry)


def _properties(parent: etree._Element) -> dict[str, Any]:
    return {etree.QName(one).localname: _value(one) for one in parent.iterchildren("*")}


def _value(element: etree._Element) -> Any:
    if element.get(META + "null") == "true":
        return None
    if len(element):
        return _properties(element)
    text, kind = element.text or "", element.get(META + "type", "")
    if kind == "Edm.Boolean" and text in ("true", "false"):
        return text == "true"
    if kind in WHOLE and len(text) <= 11 and text.removeprefix("-").isdecimal():
        return int(text)
    return text

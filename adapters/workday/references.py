"""References, however they are written, to ids by type.

SOAP    `<X_Reference Descriptor="..."><ID type="WID">..</ID>..</X_Reference>` and every JSON made of it
REST    `{"id": "..", "descriptor": "..", "alpha3Code": ".."}`; the id is always the WID
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from adapters.countries import alpha_2
from adapters.model import Ref
from adapters.text import plain, storable
from adapters.workday.json_tree import CONTAINERS, scalar, what
from adapters.workday.tree import MISSING, Node, local

_WID = re.compile(r"[0-9a-f]{32}")
ALPHA_2 = "ISO_3166-1_Alpha-2_Code"
ALPHA_3 = "ISO_3166-1_Alpha-3_Code"


def is_wid(value: str) -> bool:
    """Whether a value has the form of a WID: 32 hex digits in lower case."""
    return len(value) == 32 and _WID.fullmatch(value) is not None


def ids(node: Node) -> dict[str, str]:
    """The ids of a reference by type, whatever their order. Values are text, surrounding space removed.

    A value whose type was lost on the way is only taken when it has the form of a WID (32 hex digits).
    """
    if node.known is None:
        node.known = _ids(node)
    return node.known


def _ids(node: Node) -> dict[str, str]:
    found: dict[str, str] = {}
    for said, text in _typed(node):
        value = storable(text).strip()
        kind = said.strip() or ("WID" if is_wid(value) else "")
        if kind and value:
            found.setdefault(kind, value)
    return found or _rest_ids(node)


def _typed(node: Node) -> Iterable[tuple[str, str]]:
    """The IDs of a reference as (type, text), the type empty where it was lost."""
    held = node.held
    if isinstance(held, dict):
        parts = held.get("ID") or held.get("wd:ID")
        if parts is None and type(held.get("id")) is str:
            return ()  # of REST, which has no typed ones
        if isinstance(parts, dict):
            return (_typed_json(parts),)
        if isinstance(parts, list) and list not in map(type, parts):
            return map(_typed_json, parts)
    others = [(part.attributes.get("type", ""), part.text) for part in node.all("ID")]
    return [*held, *others] if isinstance(held, list) else others


def _typed_json(part: Any) -> tuple[str, str]:
    if not isinstance(part, dict):
        return "", scalar(part)
    kind = text = ""
    for key, value in part.items():
        holds, name = what(key)
        if holds == "text":
            text = scalar(value)
        elif holds == "attributes" and isinstance(value, dict):
            kind = next((scalar(one) for inner, one in value.items() if local(inner) == "type"), kind)
        elif name == "type" and holds != "element":
            kind = scalar(value)
    return kind, text


def _rest_ids(node: Node) -> dict[str, str]:
    held = node.held
    if isinstance(held, dict) and type(held.get("id")) not in CONTAINERS:
        return plain_ids(held)
    wid, alpha_3 = node.value("id"), node.value("alpha3Code")
    return plain_ids({"id": wid, "alpha3Code": alpha_3})


def plain_ids(held: dict[str, Any]) -> dict[str, str]:
    """The ids of a reference of REST by type; its `id` is a WID or nothing."""
    wid, code = scalar(held.get("id")).strip(), scalar(held.get("alpha3Code")).strip()
    found = {"WID": wid} if is_wid(wid) else {}
    return found | {ALPHA_3: storable(code)} if code else found


def shown(node: Node) -> str | None:
    """The display name of a reference, which depends on the locale of who asked."""
    if isinstance(node.held, dict) and (said := _descriptor(node.held)) is not None:
        return plain(said)
    return plain(node.attributes.get("Descriptor") or node.value("descriptor", "Descriptor", "name"))


def _descriptor(held: dict[str, Any]) -> str | None:
    """The display name in an object that was not opened; None when it has to be."""
    for key, value in held.items():
        holds, name = what(key)
        if holds == "attributes":
            return None
        if name == "Descriptor" and holds != "element" and isinstance(value, str) and value:
            return value
    said = held.get("descriptor")
    return said if isinstance(said, str) else None


def ref(node: Node, *preferred: str) -> Ref | None:
    """The thing that is referred to: its code is the id of the preferred type, else of the alphabetically
    first type that is not the WID. None for an empty reference."""
    if node is MISSING:
        return None
    by_type = ids(node)
    name = shown(node)
    if not by_type and not name:
        return None
    return Ref(code_of(by_type, preferred), name, by_type)


def code_of(by_type: dict[str, str], preferred: tuple[str, ...]) -> str | None:
    """The id of the first preferred type that is there, else of the alphabetically first but the WID."""
    for kind in preferred:
        if kind in by_type:
            return by_type[kind]
    if not by_type or (len(by_type) == 1 and "WID" in by_type):
        return None
    return by_type[min(kind for kind in by_type if kind != "WID")]


def refs(nodes: list[Node], *preferred: str) -> list[Ref]:
    """The things that are referred to, without empty references."""
    return [made for node in nodes if (made := ref(node, *preferred)) is not None]


def label(node: Node, *preferred: str) -> str | None:
    """What a person would call the referred thing: its display name, else its code."""
    if node is MISSING:
        return None
    by_type = ids(node)
    return shown(node) or code_of(by_type, preferred) or by_type.get("WID")


def code(node: Node, *preferred: str) -> str | None:
    """The code of the referred thing."""
    return None if node is MISSING else code_of(ids(node), preferred)


def country(node: Node) -> str | None:
    """The two-letter code of a country by its typed ids; never by its name."""
    by_type = ids(node)
    return by_type[ALPHA_2].upper() if ALPHA_2 in by_type else alpha_2(by_type.get(ALPHA_3))


def place(node: Node) -> dict[str, str]:
    """A country by ISO code, a region by its own code; neither is guessed from the other."""
    own = country(node)
    if own:
        return {"country": own}
    region = code(node, "ISO_3166-2_Code", "Country_Region_ID") or ids(node).get("WID")
    return {"region": region} if region else {}

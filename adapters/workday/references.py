"""Workday's references: `<X_Reference Descriptor="..."><ID type="WID">..</ID>..</X_Reference>`."""

from __future__ import annotations

import re

from adapters.model import Ref
from adapters.text import plain, storable
from adapters.workday.tree import Node

_WID = re.compile(r"[0-9a-f]{32}")
ALPHA_2 = "ISO_3166-1_Alpha-2_Code"


def ids(node: Node) -> dict[str, str]:
    """The ids of a reference by type, whatever their order. Values are text, surrounding space removed.

    A value whose type was lost on the way is only taken when it has the form of a WID (32 hex digits).
    """
    found: dict[str, str] = {}
    for part in node.all("ID"):
        value = storable(part.text).strip()
        kind = part.attributes.get("type", "").strip() or ("WID" if _WID.fullmatch(value) else "")
        if kind and value:
            found.setdefault(kind, value)
    return found


def ref(node: Node, *preferred: str) -> Ref | None:
    """The thing that is referred to: its code is the id of the preferred type, else of the alphabetically
    first type that is not the WID. None for an empty reference."""
    by_type = ids(node)
    name = plain(node.attributes.get("Descriptor"))
    if not by_type and not name:
        return None
    kinds = [*preferred, *sorted(kind for kind in by_type if kind != "WID")]
    code = next((by_type[kind] for kind in kinds if kind in by_type), None)
    return Ref(code, name, by_type)


def refs(nodes: list[Node], *preferred: str) -> list[Ref]:
    """The things that are referred to, without empty references."""
    return [made for node in nodes if (made := ref(node, *preferred)) is not None]


def label(node: Node, *preferred: str) -> str | None:
    """What a person would call the referred thing: its display name, else its code."""
    made = ref(node, *preferred)
    return (made.name or made.code or made.ids.get("WID")) if made else None


def code(node: Node, *preferred: str) -> str | None:
    """The code of the referred thing."""
    made = ref(node, *preferred)
    return made.code if made else None

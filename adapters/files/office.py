"""What Word, Excel and PowerPoint files have in common: parts of XML that point at one another.

Elements are told by their local names: the strict and the usual variant of the formats differ only in
their namespaces.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from adapters import xml
from adapters.files.packed import Package, damaged
from adapters.model import Unreadable

_TYPES = "[Content_Types].xml"
_MAIN = ".main+xml"
"""How the content types of the first part end, with and without macros, documents and templates."""


def local(element: Any) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def attribute(element: Any, name: str) -> str | None:
    """The value of an attribute by its local name."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(value)
    return None


def child(element: Any, *path: str) -> Any:
    """The first element along a path of local names; None when one of them is not there."""
    for name in path:
        element = next((one for one in element if local(one) == name), None)
        if element is None:
            return None
    return element


def within(element: Any, name: str) -> Iterator[Any]:
    """Every element of a local name at any depth, in the order of the document."""
    return (one for one in element.iter() if local(one) == name)


def part(package: Package, name: str) -> Any:
    """The root of one part. Raises Unreadable: `damaged_file`, `file_too_large`, and as Package does."""
    try:
        return xml.parse(package.read(name), "")
    except Unreadable as exc:
        if exc.code in ("too_many_elements", "text_too_large"):
            said = "The file holds more than is read of one document."
            raise Unreadable("file_too_large", said, fix="Split it into smaller documents.") from exc
        if exc.code in ("bomb", "encrypted"):
            raise
        raise damaged() from exc


def main_part(package: Package) -> str:
    """The name of the part that the document begins with."""
    for one in part(package, _TYPES):
        if _MAIN in (one.get("ContentType") or "") and one.get("PartName"):
            return str(one.get("PartName")).lstrip("/")
    raise damaged()


def related(package: Package, name: str) -> dict[str, tuple[str, str]]:
    """What a part points at inside the file: id -> (the last word of the relation's type, part name)."""
    folder, base = posixpath.split(name)
    listed = posixpath.join(folder, "_rels", f"{base}.rels")
    if not package.has(listed):
        return {}
    found = {}
    for one in part(package, listed):
        target = one.get("Target") or ""
        if one.get("TargetMode") == "External" or not one.get("Id"):
            continue
        whole = (
            target.lstrip("/")
            if target.startswith("/")
            else posixpath.normpath(posixpath.join(folder, target))
        )
        found[one.get("Id")] = ((one.get("Type") or "").rpartition("/")[2], whole)
    return found


def relation_of(element: Any) -> str:
    """The id of the relation that a sheet or slide of a list names: `id`, told apart by its namespace."""
    return next((str(v) for k, v in element.attrib.items() if k.startswith("{") and k.endswith("}id")), "")


def of_type(package: Package, name: str, kind: str) -> Any:
    """The root of the part that another one points at by a relation of this kind; None when there is none."""
    for type_, target in related(package, name).values():
        if type_ == kind and package.has(target):
            return part(package, target)
    return None

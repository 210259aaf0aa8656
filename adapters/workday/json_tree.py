"""Workday's XML as programs write it in JSON, and any other JSON, as a tree that is opened where one looks.

Workato                 [{"content!": "R-1", "@type": "WID"}], every element an array
xmltodict, Newtonsoft   {"#text": "R-1", "@wd:type": "WID"}
zeep                    {"_value_1": "R-1", "type": "WID"}, attributes beside the children
node-soap               {"$value": "R-1", "attributes": {"wd:type": "WID"}}
xml2js                  {"_": "R-1", "$": {"wd:type": "WID"}}
Python toolkits         {"#content": "R-1", "-type": "WID"}
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from adapters.workday.tree import SIZE_LIMIT, Node, check, local, too_large

_TEXT_KEYS = {
    "content!": "workato",
    "#text": "xmltodict",
    "#cdata-section": "xmltodict",
    "_value_1": "zeep",
    "$value": "node_soap",
    "_": "xml2js",
    "#content": "toolkit",
}
_ATTRIBUTE_OBJECTS = {"attributes": "node_soap", "$attributes": "node_soap", "$": "xml2js"}
_ATTRIBUTE_NAMES = frozenset(("Descriptor", "Delete", "version", "type", "parent_type", "parent_id"))
_NOT_ELEMENTS = frozenset(("#comment", "_raw_elements", "_attr_1"))
_SIGNS = [(f'"{key}"'.encode(), name) for key, name in (_TEXT_KEYS | _ATTRIBUTE_OBJECTS).items()]
_TELLING = 16_384  # bytes at the start that tell who wrote it, as a rule
_new = Node.__new__
CONTAINERS = frozenset((dict, list))


def from_json(document: Any) -> Node:
    """The tree of a decoded JSON document; an array's elements are children named `item`. Whoever looks into
    it may get Unreadable (`too_deep`, `too_many_elements`)."""
    opener = _Opener()
    if not isinstance(document, list):
        return opener.node("", document, 0)
    root = Node("")
    root.children = {"item": opener.nodes("item", document, 1)}
    return root


def dialect(body: bytes) -> str:
    """Which program made the JSON, by the keys of its texts and attributes; `plain` when it has none."""
    seen = _signs(body[:_TELLING]) or _signs(body)
    return max(seen, key=lambda name: seen[name], default="plain")


def _signs(body: bytes) -> dict[str, int]:
    seen: dict[str, int] = {}
    for sign, name in _SIGNS:
        if count := body.count(sign):
            seen[name] = seen.get(name, 0) + count
    return seen


class _Opener:
    """Opens the objects of one document, and counts what was opened."""

    def __init__(self) -> None:
        self.count = 0

    def nodes(self, name: str, value: Any, depth: int) -> list[Node]:
        if not isinstance(value, list):
            return [self.node(name, value, depth)]
        check(depth)
        self._count(len(value))
        made: list[Node] = []
        for part in value:
            if isinstance(part, list):
                made += self.nodes(name, part, depth + 1)
            else:
                made.append(self.node(name, part, depth))
        return made

    def node(self, name: str, value: Any, depth: int) -> Node:
        if type(value) is not dict:
            return Node(name, value if type(value) is str else scalar(value))
        if len(value) == 1 and (key := next(iter(value))) in _TEXT_KEYS:
            return Node(name, scalar(value[key]))
        node = _new(Node)
        node.name, node.held, node.opener, node.depth, node.known = name, value, self, depth, None
        return node

    def open(self, node: Node) -> None:
        """Give a node its text, attributes and children."""
        depth, value = node.depth, node.held
        assert isinstance(value, dict)  # noqa: S101 - for mypy: only objects are closed
        check(depth)
        self._count(len(value))
        node.text = ""
        attributes: dict[str, str] = {}
        children: dict[str, list[Node]] = {}
        for key, part in value.items():
            kind, name = what(key)
            if kind == "element" or (kind == "either" and type(part) in CONTAINERS):
                one = part[0] if type(part) is list and len(part) == 1 else part
                made = (
                    self.nodes(name, one, depth + 1)
                    if type(one) is list
                    else [self.node(name, one, depth + 1)]
                )
                children[name] = children[name] + made if name in children else made
            elif kind == "text":
                node.text = scalar(part)
            elif kind == "attributes" and isinstance(part, dict):
                attributes.update((local(inner), scalar(text)) for inner, text in part.items())
            elif kind in ("attribute", "either"):
                attributes[name] = scalar(part)
        node.attributes, node.children = attributes, children

    def cells(self, name: str, value: Any, depth: int) -> list[str | Node]:
        """What of a value says something."""
        if isinstance(value, list):
            check(depth)
            self._count(len(value))
            return [cell for part in value for cell in self.cells(name, part, depth + isinstance(part, list))]
        if not isinstance(value, dict):
            text = scalar(value)
            return [text] if text and not text.isspace() else []
        return as_cell(self.node(name, value, depth))

    def _count(self, parts: int) -> None:
        self.count += parts
        if self.count > 2 * SIZE_LIMIT:  # Workato's arrays and texts count beside the elements
            raise too_large()


@lru_cache(maxsize=4_096)
def what(key: str) -> tuple[str, str]:
    """What a key holds and its name: `element`, `attribute`, `either` (by its value), `text` (and the dialect
    that writes it so), `attributes` (an object of them), or nothing of use."""
    if key in _TEXT_KEYS:
        return "text", _TEXT_KEYS[key]
    if key in _ATTRIBUTE_OBJECTS:
        return "attributes", local(key)
    if key[:1] in ("@", "-"):
        return "attribute", local(key.lstrip("@-"))
    if key in _NOT_ELEMENTS or key[:1] in ("?", "!"):
        return "", key
    return "either" if key in _ATTRIBUTE_NAMES else "element", local(key)


def scalar(value: Any) -> str:
    """A JSON scalar as XML would write it; objects and arrays in a scalar's place are no text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value) if isinstance(value, (int, float)) else ""


def has_elements(node: Node) -> bool:
    """Whether anything is in the element besides its text and attributes; it is not opened if that can be
    told from its first key."""
    held = node.held
    if isinstance(held, dict) and held and what(next(iter(held)))[0] == "element":
        return True
    return bool(isinstance(held, list) or node.children)


def as_cell(node: Node) -> list[str | Node]:
    """What an element says as a column of a record: its text, itself when there is more, or nothing."""
    if has_elements(node) or node.attributes:
        return [node]
    return [node.text] if node.text and not node.text.isspace() else []


def cells(record: Node) -> dict[str, list[str | Node]]:
    """The columns of an object that say something: texts, and nodes for what is in objects."""
    found: dict[str, list[str | Node]] = {}
    held = record.held
    for key, value in held.items() if isinstance(held, dict) else ():
        kind, (holds, name) = type(value), what(key)
        if value is None or (holds != "element" and (holds != "either" or kind not in CONTAINERS)):
            continue
        if kind is str:
            made: list[str | Node] = [value] if value and not value.isspace() else []
        else:
            made = record.opener.cells(name, value, record.depth + 1)
        if made:
            found[name] = found[name] + made if name in found else made
    return found

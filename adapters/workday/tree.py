"""One tree for Workday's XML and for every JSON that programs make of it.

    Workato                 [{"content!": "R-1", "@type": "WID"}], every element an array
    xmltodict, Newtonsoft   {"#text": "R-1", "@wd:type": "WID"}
    zeep                    {"_value_1": "R-1", "type": "WID"}, attributes beside the children
    node-soap               {"$value": "R-1", "attributes": {"wd:type": "WID"}}
    xml2js                  {"_": "R-1", "$": {"wd:type": "WID"}}
    Python toolkits         {"#content": "R-1", "-type": "WID"}

Names lose their namespace prefix; a missing element equals an empty one; one child is a list like many.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec
from lxml import etree

from adapters import xml
from adapters.model import Unreadable

ADVICE = "Send Workday's answer as it came."
DEPTH_LIMIT = 64  # Workday's own answers are 14 deep
SIZE_LIMIT = 500_000  # elements; a thousand ordinary profiles have a fifth of that
_ATTRIBUTE_LIMIT = 64  # on one element; lxml reads them in time by the square

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


class Node:
    """One element: its name without prefix, its text, attributes without prefix, children by name."""

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(
        self,
        name: str,
        text: str = "",
        attributes: dict[str, str] | None = None,
        children: dict[str, list[Node]] | None = None,
    ) -> None:
        self.name = name
        self.text = text
        self.attributes: Mapping[str, str] = attributes or _EMPTY
        self.children: dict[str, list[Node]] = children or _NO_CHILDREN

    def all(self, *names: str) -> list[Node]:
        """The children of the first of these names that is there (later versions rename elements)."""
        for name in names:
            if name in self.children:
                return self.children[name]
        return []

    def one(self, *names: str) -> Node:
        """The child of a name that occurs at most once; an empty node when it is missing."""
        found = self.all(*names)
        return found[0] if found else _MISSING

    def value(self, *names: str) -> str | None:
        """The child's text without surrounding space, which some renderings trim; None when empty."""
        return self.one(*names).text.strip() or None

    def __bool__(self) -> bool:
        return bool(self.text or self.children or self.attributes)


_EMPTY: Mapping[str, str] = {}
_NO_CHILDREN: dict[str, list[Node]] = {}  # shared: nothing is ever put into it
_MISSING = Node("")


class XmlBuild:
    """Builds the tree while lxml parses (a parser target). Elements called `row` are put into `rows` as soon
    as they are whole, and into nothing else. Raises Unreadable (`too_deep`, `too_many_elements`)."""

    def __init__(self, row: str | None = None) -> None:
        self.root = _MISSING
        self.rows: list[Node] = []
        self._row = row
        self._open: list[Node] = []
        self._texts: list[str] = []
        self.data = self._texts.append  # as it is: texts with references come in many pieces
        self._count = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = _local(tag)
        node = Node(name)
        if attributes:
            if len(attributes) > _ATTRIBUTE_LIMIT:
                raise too_large()
            node.attributes = {_local(key): value for key, value in attributes.items()}
        if not self._open:
            self.root = node
        elif name != self._row:
            children = self._open[-1].children
            if name in children:
                children[name].append(node)
            elif children:
                children[name] = [node]
            else:
                self._open[-1].children = {name: [node]}
        self._open.append(node)
        self._texts.clear()
        self._count += 1
        if self._count > SIZE_LIMIT or len(self._open) > DEPTH_LIMIT + 1:
            raise too_large() if self._count > SIZE_LIMIT else too_deep()

    def end(self, tag: str) -> None:
        node = self._open.pop()
        if not node.children and self._texts:  # text beside child elements means nothing
            node.text = "".join(self._texts)
        self._texts.clear()
        if node.name == self._row:
            self.rows.append(node)
            self._count = 0

    def close(self) -> None:
        """The parser's word that the document is over."""


def read_xml(body: bytes) -> Node:
    """The tree of a document. Raises Unreadable as adapters.xml.build does, and `too_deep`."""
    target = XmlBuild()
    xml.build(body, target, ADVICE)
    return target.root


def from_xml(element: etree._Element) -> Node:
    """The tree of an element that lxml has parsed. Raises as `read_xml` does."""
    target = XmlBuild()
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if event == "end":
            target.end(node.tag)
            continue
        target.start(node.tag, node.attrib)
        target.data(node.text or "")
    return target.root


class JsonTree(msgspec.Struct):
    """A JSON document as a tree, and the `dialect` its keys betray (`workato`, ..., else `plain`)."""

    root: Node
    dialect: str


def from_json(document: Any) -> JsonTree:
    """The tree of a decoded JSON document; an array's elements are children named `item`.

    Raises Unreadable (`too_deep`, `too_many_elements`).
    """
    build = _Build()
    if isinstance(document, list):
        root = Node("", children={"item": build.nodes("item", document, 1)})
    else:
        root = build.node("", document, 0)
    return JsonTree(root, max(build.seen, key=lambda name: build.seen[name], default="plain"))


class _Build:
    def __init__(self) -> None:
        self.seen: dict[str, int] = {}
        self.count = 0

    def nodes(self, name: str, value: Any, depth: int) -> list[Node]:
        if not isinstance(value, list):
            return [self.node(name, value, depth)]
        _check(depth)
        self._count(len(value))
        made: list[Node] = []
        for part in value:
            if isinstance(part, list):
                made += self.nodes(name, part, depth + 1)
            else:
                made.append(self.node(name, part, depth))
        return made

    def node(self, name: str, value: Any, depth: int) -> Node:
        if not isinstance(value, dict):
            return Node(name, value if type(value) is str else scalar(value))
        _check(depth)
        self._count(len(value))
        node = Node(name)
        attributes: dict[str, str] = {}
        children: dict[str, list[Node]] = {}
        for key, part in value.items():
            kind, local = _key(key)
            nested = isinstance(part, dict)
            if kind == "element" or (kind == "either" and (nested or isinstance(part, list))):
                made = [Node(local, part)] if type(part) is str else self.nodes(local, part, depth + 1)
                children[local] = children[local] + made if local in children else made
            elif kind == "text":
                self._note(local)
                node.text = scalar(part)
            elif kind == "attributes" and nested:
                self._note(_ATTRIBUTE_OBJECTS[key])
                attributes.update((_local(inner), scalar(text)) for inner, text in part.items())
            elif kind in ("attribute", "either"):
                attributes[local] = scalar(part)
        node.attributes, node.children = attributes, children
        return node

    def _count(self, parts: int) -> None:
        self.count += parts
        if self.count > 2 * SIZE_LIMIT:  # Workato's arrays and texts count beside the elements
            raise too_large()

    def _note(self, dialect: str) -> None:
        self.seen[dialect] = self.seen.get(dialect, 0) + 1


@lru_cache(maxsize=4_096)
def _key(key: str) -> tuple[str, str]:
    """What a key holds and its name: `element`, `attribute`, `either` (by its value), `text` (and the dialect
    that writes it so), `attributes` (an object of them), or nothing of use."""
    if key in _TEXT_KEYS:
        return "text", _TEXT_KEYS[key]
    if key in _ATTRIBUTE_OBJECTS:
        return "attributes", _local(key)
    if key[:1] in ("@", "-"):
        return "attribute", _local(key.lstrip("@-"))
    if key in _NOT_ELEMENTS or key[:1] in ("?", "!"):
        return "", key
    return "either" if key in _ATTRIBUTE_NAMES else "element", _local(key)


def scalar(value: Any) -> str:
    """A JSON scalar as XML would write it; objects and arrays in a scalar's place are no text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value) if isinstance(value, (int, float)) else ""


@lru_cache(maxsize=4_096)
def _local(name: str) -> str:
    return name.rsplit("}", 1)[-1].rsplit(":", 1)[-1]


def _check(depth: int) -> None:
    if depth > DEPTH_LIMIT:
        raise too_deep()


def too_deep() -> Unreadable:
    """The refusal of a document with more than DEPTH_LIMIT levels."""
    return Unreadable(
        "too_deep",
        f"The document is nested more than {DEPTH_LIMIT} levels deep, and job profiles never are.",
        fix=ADVICE,
    )


def too_large() -> Unreadable:
    """The refusal of a document with more than SIZE_LIMIT elements, or too many attributes on one."""
    return Unreadable(
        "too_many_elements",
        f"The document has more than {SIZE_LIMIT:,} elements, or more than {_ATTRIBUTE_LIMIT} attributes "
        "on one.",
        413,
        "Send fewer job profiles at a time.",
    )

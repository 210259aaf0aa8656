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

from adapters.workday.tree import MISSING, SIZE_LIMIT, Node, check, local, too_large

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
ATTRIBUTE_NAMES = frozenset(("Descriptor", "Delete", "version", "type", "parent_type", "parent_id"))
_NOT_ELEMENTS = frozenset(("#comment", "_raw_elements", "_attr_1"))
_SIGNS = [(f'"{key}"'.encode(), name) for key, name in (_TEXT_KEYS | _ATTRIBUTE_OBJECTS).items()]
_MOST_SHAPES = 2_048
_MOST_KEYS, _LONGEST_KEYS = 200, 10_000  # keys, characters of them, of an object whose shape is remembered
CONTAINERS = frozenset((dict, list))


class Shape:
    """What the keys of an object hold: elements and attributes by name (`either` by its value, so it is among
    both), objects of attributes, and the text."""

    __slots__ = ("attributes", "elements", "objects", "text")

    def __init__(self, keys: tuple[str, ...]) -> None:
        self.elements: dict[str, list[str]] = {}
        self.attributes: dict[str, str] = {}
        self.objects: list[str] = []
        self.text: str | None = None
        for key in keys:
            kind, name = what(key)
            if kind in ("element", "either"):
                self.elements.setdefault(name, []).append(key)
            if kind in ("attribute", "either"):
                self.attributes[name] = key
            elif kind == "text":
                self.text = key
            elif kind == "attributes":
                self.objects.append(key)


_shapes: dict[tuple[str, ...], Shape] = {}


def shape_of(held: dict[str, Any]) -> Shape:
    """The shape of an object; remembered, because objects of one kind have the same keys."""
    keys = tuple(held)
    found = _shapes.get(keys)
    if found is None:
        found = Shape(keys)
        if len(keys) <= _MOST_KEYS and sum(map(len, keys)) <= _LONGEST_KEYS:
            if len(_shapes) >= _MOST_SHAPES:
                _shapes.clear()
            _shapes[keys] = found
    return found


class JsonNode(Node):
    """An object of a JSON document. A child is made when somebody asks for its name; the text, the attributes
    and all the children when somebody asks for one of those."""

    __slots__ = ("depth", "made", "opener", "shape")

    held: dict[str, Any]
    opener: Opener
    depth: int
    made: dict[str, list[Node] | None]
    shape: Shape

    def __getattr__(self, name: str) -> Any:
        """Only of a node that was not opened yet."""
        self.opener.open(self)
        return object.__getattribute__(self, name)

    def named(self, name: str) -> list[Node] | None:
        """The children of a name; None when there is no such element."""
        if name not in self.shape.elements:
            return None
        if name not in self.made:
            self.made[name] = self.opener.named(self, name)
        return self.made[name]

    def all(self, *names: str) -> list[Node]:
        """As of any node."""
        for name in names:
            found = self.named(name)
            if found is not None:
                return found
        return []

    def has(self, name: str) -> bool:
        """As of any node."""
        return name in self.held or self.named(name) is not None

    def one(self, *names: str) -> Node:
        """As of any node."""
        for name in names:
            if found := self.named(name):
                return found[0]
        return MISSING

    def attribute(self, name: str) -> str | None:
        """As of any node."""
        shape = self.shape
        return self.attributes.get(name) if shape.objects or name in shape.attributes else None


def from_json(document: Any) -> Node:
    """The tree of a decoded JSON document; an array's elements are children named `item`. Whoever looks into
    it may get Unreadable (`too_deep`, `too_many_elements`)."""
    opener = Opener()
    if not isinstance(document, list):
        return opener.node("", document, 0)
    root = Node("")
    root.children = {"item": opener.nodes("item", document, 1)}
    return root


def dialect(body: bytes) -> str:
    """Which program made the JSON, by the keys of its texts and attributes; `plain` when it has none."""
    seen: dict[str, int] = {}
    for sign, name in _SIGNS:
        if count := body.count(sign):
            seen[name] = seen.get(name, 0) + count
    return max(seen, key=lambda name: seen[name], default="plain")


class Opener:
    """Makes the nodes of one document, and counts what was looked at."""

    def __init__(self) -> None:
        self.count = 0

    def nodes(self, name: str, value: Any, depth: int) -> list[Node]:
        """The elements that a value is."""
        if type(value) is list and len(value) == 1:
            value = value[0]
        if type(value) is not list:
            return [self.node(name, value, depth)]
        check(depth)
        self._count(len(value))
        made: list[Node] = []
        for part in value:
            if type(part) is list:
                made += self.nodes(name, part, depth + 1)
            else:
                made.append(self.node(name, part, depth))
        return made

    def node(self, name: str, value: Any, depth: int) -> Node:
        """The element that a value is, which is no list."""
        if type(value) is not dict:
            return Node(name, value if type(value) is str else scalar(value))
        if len(value) == 1 and (key := next(iter(value))) in _TEXT_KEYS:
            return Node(name, scalar(value[key]))
        node = JsonNode.__new__(JsonNode)
        node.name, node.held, node.opener, node.depth, node.known = name, value, self, depth, None
        node.made, node.shape = {}, shape_of(value)
        return node

    def named(self, node: JsonNode, name: str) -> list[Node] | None:
        """The children of one name; None when what is there is an attribute."""
        check(node.depth)
        found: list[Node] | None = None
        for key in node.shape.elements[name]:
            part = node.held[key]
            if key in ATTRIBUTE_NAMES and type(part) not in CONTAINERS:
                continue
            made = self.nodes(name, part, node.depth + 1)
            found = made if found is None else found + made
        return found

    def open(self, node: JsonNode) -> None:
        """Give a node its text, attributes and all its children."""
        shape, held = node.shape, node.held
        self._count(len(held))
        node.text = "" if shape.text is None else scalar(held[shape.text])
        attributes = {
            name: scalar(held[key])
            for name, key in shape.attributes.items()
            if key not in ATTRIBUTE_NAMES or type(held[key]) not in CONTAINERS
        }
        for key in shape.objects:
            if isinstance(held[key], dict):
                attributes.update((local(inner), scalar(text)) for inner, text in held[key].items())
        node.attributes = attributes
        node.children = {name: made for name in shape.elements if (made := node.named(name)) is not None}

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
    return "either" if key in ATTRIBUTE_NAMES else "element", local(key)


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
    if isinstance(node, JsonNode) and node.held and what(next(iter(node.held)))[0] == "element":
        return True
    return bool(isinstance(node.held, list) or node.children)


def as_cell(node: Node) -> list[str | Node]:
    """What an element says as a column of a record: its text, itself when there is more, or nothing."""
    if has_elements(node) or node.attributes:
        return [node]
    return [node.text] if node.text and not node.text.isspace() else []


def cells(record: JsonNode) -> dict[str, list[str | Node]]:
    """The columns of an object that say something: texts, and nodes for what is in objects."""
    found: dict[str, list[str | Node]] = {}
    for key, value in record.held.items():
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

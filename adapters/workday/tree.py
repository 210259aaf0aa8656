"""One tree for Workday's XML and for every JSON that programs make of it (json_tree).

Names lose their namespace prefix; a missing element equals an empty one; one child is a list like many.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

from lxml import etree

from adapters import xml
from adapters.model import Unreadable

ADVICE = "Send Workday's answer as it came."
DEPTH_LIMIT = 64  # Workday's own answers are 14 deep
SIZE_LIMIT = 500_000  # elements; a thousand ordinary profiles have a fifth of that
_ATTRIBUTE_LIMIT = 64  # on one element; lxml reads them in time by the square


class Opener(Protocol):
    """Who gives a node its text, attributes and children when somebody asks for one of them."""

    def open(self, node: Node) -> None: ...

    def cells(self, name: str, value: Any, depth: int) -> list[str | Node]: ...


class Node:
    """One element: its name without prefix, its text, attributes without prefix, children by name.

    `held` is what its reference is told from without them: for XML the (type, text) of the typed IDs in it,
    which are no children; for JSON the object it is, which is opened only when it has to be. `known` are its
    ids, once somebody has asked for them.
    """

    __slots__ = ("attributes", "children", "depth", "held", "known", "name", "opener", "text")

    text: str
    attributes: Mapping[str, str]
    children: dict[str, list[Node]]
    held: dict[str, Any] | list[tuple[str, str]] | None
    opener: Opener
    depth: int
    known: dict[str, str] | None

    def __init__(self, name: str, text: str = "") -> None:
        self.name = name
        self.text = text
        self.attributes = _EMPTY
        self.children = _NO_CHILDREN
        self.held = None
        self.known = None

    def __getattr__(self, name: str) -> Any:
        """Only of a node that was not opened yet."""
        self.opener.open(self)
        return object.__getattribute__(self, name)

    def all(self, *names: str) -> list[Node]:
        """The children of the first of these names that is there (later versions rename elements)."""
        children = self.children
        for name in names:
            if name in children:
                return children[name]
        return []

    def has(self, name: str) -> bool:
        """Whether there is a child of that name."""
        return (isinstance(self.held, dict) and name in self.held) or name in self.children

    def one(self, *names: str) -> Node:
        """The child of a name that occurs at most once; an empty node when it is missing."""
        children = self.children
        for name in names:
            if found := children.get(name):
                return found[0]
        return MISSING

    def value(self, *names: str) -> str | None:
        """The child's text without surrounding space, which some renderings trim; None when empty."""
        return self.one(*names).text.strip() or None

    def __bool__(self) -> bool:
        return bool(self.text or self.children or self.attributes or isinstance(self.held, list))


_EMPTY: Mapping[str, str] = {}
_NO_CHILDREN: dict[str, list[Node]] = {}  # shared: nothing is ever put into it
MISSING = Node("")


class XmlBuild:
    """Builds the tree while lxml parses (a parser target). Elements called `row` are put into `rows` as soon
    as they are whole, and into nothing else. Raises Unreadable (`too_deep`, `too_many_elements`)."""

    def __init__(self, row: str | None = None) -> None:
        self.root = MISSING
        self.rows: list[Node] = []
        self._row = row
        self._open: list[Node] = []
        self._texts: list[str] = []
        self.data = self._texts.append  # as it is: texts with references come in many pieces
        self._count = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = local(tag)
        node = Node(name)
        if attributes:
            if len(attributes) > _ATTRIBUTE_LIMIT:
                raise too_large()
            node.attributes = {local(key): value for key, value in attributes.items()}
        if not self._open:
            self.root = node
        elif name == "ID" and "type" in node.attributes:
            pass  # put into `held` of the element it is in, when its text is there
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
        if self._texts and not node.children and not node.held:  # text beside child elements means nothing
            node.text = "".join(self._texts)
        self._texts.clear()
        if node.name == "ID" and self._open and "type" in node.attributes:
            self._hold(node)
        if node.name == self._row:
            self.rows.append(node)
            self._count = 0

    def _hold(self, node: Node) -> None:
        around, typed = self._open[-1], (node.attributes["type"], node.text)
        if isinstance(around.held, list):
            around.held.append(typed)
        else:
            around.held = [typed]

    def close(self) -> None:
        """The parser's word that the document is over."""


# lxml asks every target for this, and working it out takes a third of a small document's parsing.
vars(XmlBuild)["start"].__signature__ = inspect.signature(XmlBuild.start)


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


@lru_cache(maxsize=4_096)
def local(name: str) -> str:
    """A name without its namespace or prefix."""
    return name.rsplit("}", 1)[-1].rsplit(":", 1)[-1]


def check(depth: int) -> None:
    """Raises Unreadable for what is nested deeper than DEPTH_LIMIT."""
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

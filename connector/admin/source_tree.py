"""The source of a preview as a tree: values under what holds them, each with the expression that gets it."""

from __future__ import annotations

import re
from typing import Any

import msgspec

MOST = 600  # values that are drawn
_STEP = re.compile(r'"(?:[^"\\]|\\.)*"|[A-Za-z_][A-Za-z0-9_]*|\[[^\]]*\]')


class Node(msgspec.Struct):
    """A value with where it goes, or what holds further ones (`children`). `every` are expressions that get
    something of every one of a list."""

    label: str
    expression: str
    value: Any = None
    targets: list[str] = []
    children: list[Node] = []
    every: list[str] = []

    @property
    def leaf(self) -> bool:
        """Whether this is a value."""
        return not self.children


def tree(fields: list[dict[str, Any]]) -> list[Node]:
    """The values of a preview's `tree` (path, expression, value, targets), nested."""
    root = Node("", "")
    for field in fields[:MOST]:
        node = root
        for step in _STEP.findall(field["expression"]):
            node = _child(node, step)
        node.value, node.targets = field["value"], field["targets"]
        _offer_every(root, field)
    return root.children


def _child(node: Node, step: str) -> Node:
    expression = step if not node.expression else node.expression + (step if step[0] == "[" else f".{step}")
    if node.children and node.children[-1].expression == expression:
        return node.children[-1]
    node.children.append(Node(_label(step), expression))
    return node.children[-1]


def _label(step: str) -> str:
    if step.startswith("[?"):
        return step.partition("'")[2].rstrip("]'")
    if step[0] == "[":
        return str(int(step[1:-1]) + 1)
    return step.strip('"')


def _offer_every(root: Node, field: dict[str, Any]) -> None:
    """`families[].name` is offered where the families are."""
    before, found, after = field["path"].partition("[].")
    if not found or "[" in before or "[" in after:
        return
    node = root
    for step in _STEP.findall(before):
        node = _child(node, step)
    if field["path"] not in node.every:
        node.every.append(field["path"])

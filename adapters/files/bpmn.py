"""BPMN 2.0: the steps of each process in the order of its flow, with who does them and where it parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adapters import xml
from adapters.files.model import ReadFile
from adapters.files.office import attribute, child, local, within
from adapters.files.packed import damaged
from adapters.model import Unreadable

_STEPS = ("task", "activity")


class _Node:
    """One step, event or gateway of a process."""

    def __init__(self, element: Any, lane: str) -> None:
        self.id = attribute(element, "id") or ""
        self.kind = local(element)
        self.name = " ".join((attribute(element, "name") or "").split())
        self.lane = lane
        said = child(element, "documentation")
        self.says = " ".join("".join(said.itertext()).split()) if said is not None else ""
        self.to: list[tuple[str, str]] = []
        self.came_from = 0

    @property
    def is_step(self) -> bool:
        return self.kind.lower().endswith(_STEPS) or self.kind in (
            "subProcess",
            "transaction",
            "adHocSubProcess",
        )

    @property
    def shown(self) -> bool:
        """Whether it gets a line: joins and nameless events only pass the flow on."""
        return self.is_step or bool(self.name) or (self.kind.endswith("Gateway") and len(self.to) > 1)


def read(content: bytes) -> ReadFile:
    """The process map as text. Raises Unreadable `damaged_file`, `no_process`."""
    try:
        root = xml.parse(content, "")
    except Unreadable as exc:
        raise damaged() from exc
    pools = {attribute(one, "processRef"): attribute(one, "name") for one in within(root, "participant")}
    lines: list[str] = []
    for process in within(root, "process"):
        name = pools.get(attribute(process, "id")) or attribute(process, "name") or "Process"
        lines += _section(name, process)
    if not lines:
        raise Unreadable(
            "no_process", "The BPMN file has no process with steps in it.", fix="Export it anew."
        )
    return ReadFile("bpmn", text="\n".join(lines).strip())


def _section(name: str, process: Any) -> list[str]:
    """A process or sub-process with its heading; those inside it follow as sections of their own."""
    nodes = _nodes(process)
    order = [node for node in _in_flow_order(nodes) if node.shown]
    if not order:
        return []
    numbers = {node.id: place for place, node in enumerate(order, 1)}
    lanes = list(dict.fromkeys(node.lane for node in order if node.lane))
    lines = [f"# {' '.join(name.split())}", *([f"Done by: {', '.join(lanes)}"] if lanes else [])]
    lines += [f"{numbers[node.id]}. {_line(node, nodes, numbers)}" for node in order]
    for inner in (one for one in process if local(one) in ("subProcess", "transaction", "adHocSubProcess")):
        found = _section(attribute(inner, "name") or "Sub-process", inner)
        lines += ["", *found] if found else []
    return [*lines, ""]


def _nodes(process: Any) -> dict[str, _Node]:
    lanes = {
        (ref.text or "").strip(): attribute(lane, "name") or ""
        for lane in within(process, "lane")
        for ref in lane
        if local(ref) == "flowNodeRef"
    }
    nodes: dict[str, _Node] = {}
    for one in process:
        id_ = attribute(one, "id")
        if id_ and local(one).lower().endswith((*_STEPS, "gateway", "event", "subprocess", "transaction")):
            nodes[id_] = _Node(one, lanes.get(id_, ""))
    for flow in (one for one in process if local(one) == "sequenceFlow"):
        source, target = attribute(flow, "sourceRef"), attribute(flow, "targetRef")
        if source in nodes and target in nodes:
            nodes[source].to.append((target, " ".join((attribute(flow, "name") or "").split())))
            nodes[target].came_from += 1
    return nodes


def _in_flow_order(nodes: dict[str, _Node]) -> list[_Node]:
    """Each node after those that lead to it, loops aside (the reverse of the order in which a search in
    depth leaves them)."""
    left: list[_Node] = []
    seen: set[str] = set()
    starts = sorted(nodes.values(), key=lambda node: (node.kind != "startEvent", node.came_from > 0))
    for start in reversed(starts):
        if not start.came_from or start.kind == "startEvent":
            _leave(start, nodes, seen, left)
    for node in nodes.values():
        _leave(node, nodes, seen, left)
    return left[::-1]


def _leave(start: _Node, nodes: dict[str, _Node], seen: set[str], left: list[_Node]) -> None:
    if start.id in seen:
        return
    seen.add(start.id)
    path: list[tuple[_Node, Iterator[tuple[str, str]]]] = [(start, reversed(start.to))]
    while path:
        node, rest = path[-1]
        after = next((nodes[id_] for id_, _ in rest if id_ not in seen), None)
        if after is None:
            left.append(node)
            path.pop()
        else:
            seen.add(after.id)
            path.append((after, reversed(after.to)))


def _line(node: _Node, nodes: dict[str, _Node], numbers: dict[str, int]) -> str:
    if node.kind.endswith("Gateway"):
        return _gateway(node, nodes, numbers)
    name = node.name or "Unnamed step"
    if node.kind in ("startEvent", "endEvent"):
        return f"{'Start' if node.kind == 'startEvent' else 'End'}: {name}"
    who = f" ({node.lane})" if node.lane else ""
    return f"{name}{who}" + (f". {node.says}" if node.says else "")


def _gateway(node: _Node, nodes: dict[str, _Node], numbers: dict[str, int]) -> str:
    ways = []
    for target, condition in node.to:
        number = _next_shown(target, nodes, numbers)
        if number is not None:
            ways.append(f"{condition or 'then'}: step {number}")
    head = "At the same time" if node.kind == "parallelGateway" else "Decision"
    named = f"{head}: {node.name}" if node.name else head
    return f"{named} ({', '.join(ways)})" if ways else named


def _next_shown(id_: str, nodes: dict[str, _Node], numbers: dict[str, int]) -> int | None:
    """The number of the step that a flow comes to next, past joins that have none."""
    seen: set[str] = set()
    while id_ not in numbers:
        if id_ in seen or not nodes[id_].to:
            return None
        seen.add(id_)
        id_ = nodes[id_].to[0][0]
    return numbers[id_]

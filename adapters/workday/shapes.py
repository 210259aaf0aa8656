"""Which wire shape a payload has, told by its structure and never by a header.

A shape is one function from the tree to what it holds, or None; the first that knows the payload takes it.
A new shape is one function and one line in SHAPES.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from adapters.model import Item, Unreadable
from adapters.workday.fields import Columns, comparable
from adapters.workday.flat import about_a_profile
from adapters.workday.references import is_wid
from adapters.workday.row import Row, row
from adapters.workday.tree import ADVICE, Node

_RESPONSE = "Get_Job_Profiles_Response"
_RESPONSE_PARTS = ("Response_Data", "Response_Results", "Response_Filter")
_WRAPPERS = 6  # levels that an envelope or a recipe may put around the answer
_SEARCHED = 2_000  # nodes looked at on one level before giving up
_REST_REFERENCE = {"id", "descriptor", "href"}
_LOOKED_FOR = "neither Get_Job_Profiles, Report_Entry, REST nor a Job_Profile_ID"


class Found(msgspec.Struct):
    """What a payload holds, in order: `records` with the SOAP schema's elements, or `rows` of columns and the
    object `around` each. `broken` are rows that could not be taken apart, by index; `version` is that of the
    web service."""

    records: list[Node] = []
    rows: list[Row] = []
    around: list[Node] = []
    broken: dict[int, Item] = {}
    version: str | None = None


def soap_response(root: Node, columns: Columns) -> Found | None:
    """A Get_Job_Profiles_Response in any wrapping, or bare Job_Profile elements."""
    if "Job_Profile_Data" in root.children:
        return Found([root])
    for level in _levels(root, _WRAPPERS):
        for node in level:
            if _is_response(node):
                records = node.one("Response_Data").all("Job_Profile")
                return Found(records, version=node.attributes.get("version"))
        records = [record for node in level for record in _bare_profiles(node)]
        if records:
            return Found(records)
    return None


def report(root: Node, columns: Columns) -> Found | None:
    """A custom report (RaaS): `Report_Data` with `Report_Entry` rows, in whatever namespace."""
    for level in _levels(root, 3):
        for node in level:
            if "Report_Entry" in node.children:
                return Found(rows=[row(entry, columns) for entry in node.children["Report_Entry"]])
            if node is root and node.name == "Report_Data" and not node.children:  # XML
                return Found()
    return None


def rest_objects(root: Node, columns: Columns) -> Found | None:
    """One job profile as the REST staffing API gives it, or an array that a recipe gathered them in. Other
    things there have a `descriptor` and no `name`."""
    objects = root.children.get("item", []) or [root]
    rest = all(one.has("name") and is_wid(_id(one)) for one in objects)
    rows = [row(one, columns) for one in objects] if rest else []
    return Found(rows=rows) if rows and all(map(about_a_profile, rows)) else None


def rest_list(root: Node, columns: Columns) -> Found | None:
    """A page of the REST staffing API: `{"data": [{"id", "name", "inactive"}], "total": n}`; rows of nothing
    but id and descriptor are references."""
    if "data" not in root.children or "total" not in root.children:
        return None
    listed = root.children["data"]
    if not all(one.has("id") for one in listed):
        return None
    profiles = any(one.has("name") for one in listed)
    if profiles or all(set(one.children) <= _REST_REFERENCE for one in listed):
        return Found(rows=[row(one, columns) for one in listed])
    return None


def flat(root: Node, columns: Columns) -> Found | None:
    """Objects with an identifier of a job profile among their own keys: one REST object, a recipe's own JSON,
    an event. Their siblings belong to them: a bad one among them has to be named."""
    own = row(root, columns)
    if about_a_profile(own):
        return Found(rows=[own], around=[root])
    for level in _levels(root, 3):
        named: dict[str, list[tuple[Row, Node]]] = {}
        for node in level:
            for name, siblings in node.children.items():
                rows = [row(one, columns) for one in siblings]
                if any(about_a_profile(one) for one in rows):
                    named.setdefault(comparable(name), []).extend((one, node) for one in rows)
        chosen = next((name for name in named if "jobprofile" in name), None) or (
            next(iter(named)) if len(named) == 1 else None
        )
        if chosen is not None:
            return Found(rows=[one for one, _ in named[chosen]], around=[node for _, node in named[chosen]])
    return None


def foreign(root: Node, columns: Columns) -> Found | None:
    """The answer of another operation, whose inner parts may name job profiles: nothing is found in it."""
    other = any(
        node.name.endswith("_Response") or any(part in node.children for part in _RESPONSE_PARTS)
        for level in _levels(root, 4)
        for node in level
    )
    return Found() if other else None


class Shape(msgspec.Struct, frozen=True):
    """A shape's name, what finds it in a tree, and names of which one has to be in a JSON body for it."""

    name: str
    find: Callable[[Node, Columns], Found | None]
    signs: tuple[bytes, ...] = ()


SHAPES = (
    Shape(
        "soap",
        soap_response,
        tuple(name.encode() for name in (*_RESPONSE_PARTS, "Job_Profile_Data", _RESPONSE)),
    ),
    Shape("report", report, (b"Report_Entry",)),
    Shape("rest_list", rest_list),
    Shape("rest", rest_objects),
    Shape("foreign", foreign, (b"_Response", b"Response_")),
    Shape("flat", flat),
)


def recognise(root: Node, columns: Columns, json: bytes | None) -> tuple[str, Found] | None:
    """The shape's name and what was found in it; None when no shape knows it. `json`: the body, if it is
    JSON, so that nothing is searched for that cannot be there."""
    for shape in SHAPES:
        if json and shape.signs and not any(sign in json for sign in shape.signs):
            continue
        found = shape.find(root, columns)
        if found is not None:
            return (shape.name, found) if shape.find is not foreign else None
    return None


def unknown(described: str) -> Unreadable:
    """The refusal of what no shape knows, saying what was looked for; `described` is it in a few words."""
    return Unreadable(
        "unknown_shape",
        f"{described}: {_LOOKED_FOR}.",
        422,
        ADVICE,
    )


def _levels(root: Node, deep: int) -> Iterator[list[Node]]:
    level = [root]
    for _ in range(deep):
        yield level
        level = [child for node in level for children in node.children.values() for child in children]
        del level[_SEARCHED:]


def _is_response(node: Node) -> bool:
    if node.name == _RESPONSE:
        return True
    if node.name.endswith("_Response") or not any(part in node.children for part in _RESPONSE_PARTS):
        return False
    return set(node.one("Response_Data").children) <= {"Job_Profile"}


def _id(node: Node) -> str:
    said = node.held.get("id") if isinstance(node.held, dict) else None
    return said if isinstance(said, str) else node.value("id") or ""


def _bare_profiles(node: Node) -> list[Node]:
    # A report's Job_Profile column is a reference or a text; only Job_Profile_Data makes a record. Its
    # siblings are records too: a bad one among them has to be named, not passed over.
    for siblings in node.children.values():
        if any("Job_Profile_Data" in sibling.children for sibling in siblings):
            return siblings
    return []

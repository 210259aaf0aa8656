"""Which wire shape a payload has, told by its structure and never by a header.

A shape is one function from the tree to the job profiles in it, or None; the first that knows the payload
takes it. A new shape is one function and one line in SHAPES.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from adapters.model import Unreadable
from adapters.workday.tree import Node

_RESPONSE = "Get_Job_Profiles_Response"
_RESPONSE_PARTS = ("Response_Data", "Response_Results", "Response_Filter")
_WRAPPERS = 6  # levels that an envelope or a recipe may put around the answer
_SEARCHED = 2_000  # nodes looked at on one level before giving up


class Found(msgspec.Struct):
    """The records of a payload (tree nodes, in order) and the web service version that answered."""

    records: list[Node]
    version: str | None = None


def soap_response(root: Node) -> Found | None:
    """A Get_Job_Profiles_Response in any wrapping, or bare Job_Profile elements."""
    if "Job_Profile_Data" in root.children:
        return Found([root])
    level = [root]
    for _ in range(_WRAPPERS):
        for node in level:
            if node.name == _RESPONSE or any(part in node.children for part in _RESPONSE_PARTS):
                records = node.one("Response_Data").all("Job_Profile")
                return Found(records, node.attributes.get("version"))
        records = [record for node in level for record in _bare_profiles(node)]
        if records:
            return Found(records)
        level = [child for node in level for children in node.children.values() for child in children]
        del level[_SEARCHED:]
    return None


SHAPES: tuple[tuple[str, Callable[[Node], Found | None]], ...] = (("soap", soap_response),)


def recognise(root: Node, described: str) -> tuple[str, Found]:
    """The shape's name and what was found. Raises Unreadable (`unknown_shape`), saying what was looked for;
    `described` is the payload in a few words."""
    for name, find in SHAPES:
        found = find(root)
        if found is not None:
            return name, found
    raise Unreadable(
        "unknown_shape",
        f"{described}: neither a {_RESPONSE} nor a Job_Profile with Job_Profile_Data was found in it. "
        "Send the SOAP answer of Human_Resources / Get_Job_Profiles, as XML or as the JSON made of it.",
        status=422,
    )


def _bare_profiles(node: Node) -> list[Node]:
    # A report's Job_Profile column is a reference or a text; only Job_Profile_Data makes a record. Its
    # siblings are records too: a bad one among them has to be named, not passed over.
    for siblings in node.children.values():
        if any("Job_Profile_Data" in sibling.children for sibling in siblings):
            return siblings
    return []

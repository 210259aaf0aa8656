"""What a stage wants the graph to look like, and what the writer says about it."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import msgspec

from pipeline.stages.base import Given

MADE_BY = "etter"


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A node beside the role. `label` is our word for it (see names.py). `shared` nodes (company,
    family, skill, standard role) belong to many roles: their properties are set when they are made
    and never again."""

    label: str
    key: str
    props: dict[str, Any] = {}
    shared: bool = False


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """An edge from the role to a node of the same picture."""

    type: str
    label: str
    key: str
    props: dict[str, Any] = {}

    @property
    def place(self) -> tuple[str, str, str]:
        """What makes it this edge and no other: relationship, label and key."""
        return (self.type, self.label, self.key)


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """All that one stage keeps in the graph about one role. `props` are properties of the role's node,
    always the same set for a stage, None where there is no value. Values are text, numbers, true or
    false, or lists of these; dates are ISO 8601 text."""

    company_id: UUID
    company: str
    role_id: UUID
    stage: str
    props: dict[str, Any] = {}
    nodes: tuple[Node, ...] = ()
    links: tuple[Link, ...] = ()

    @property
    def key(self) -> str:
        """The key of this picture's journal: role and stage."""
        return f"{self.role_id}/{self.stage}"

    def intent(self) -> dict[str, Any]:
        """The keys alone: what a run records before it writes, and what an undo is given."""
        return {
            "company_id": str(self.company_id),
            "company": self.company,
            "role_id": str(self.role_id),
            "stage": self.stage,
            "properties": sorted(self.props),
            "nodes": [[node.label, node.key] for node in self.nodes],
            "edges": [list(link.place) for link in self.links],
        }


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a write. `ambiguous`: several nodes already in the graph may be this role, so
    nothing was written; `candidates` describes them."""

    outcome: Literal["created", "updated", "adopted", "ambiguous", "undone", "kept"]
    candidates: tuple[dict[str, Any], ...] = ()


class Wrote(msgspec.Struct, frozen=True, kw_only=True):
    """The newest success of one stage: what it was given then, and the run and rev it wrote with."""

    given: Given
    outputs: dict[str, Any]
    rev: int
    run_id: UUID


class RolePicture(msgspec.Struct, frozen=True, kw_only=True):
    """A role as the store knows it, to compare or rebuild the graph from: `wrote` by stage, only of stages
    that ended `success` and were not undone; `marks` are flags set outside runs (`stale`, `archived`,
    `under_review`, `degraded`, `visible`). A `busy` role is being written just now: it is left alone."""

    id: UUID
    title: str
    wrote: dict[str, Wrote]
    marks: dict[str, Any] = {}
    busy: bool = False

"""The edge from a role to its standard role, as a picture: what map_draup_role writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.graph.model import Link, Node, Picture
from pipeline.stages.base import Given

STAGE = "map_draup_role"


def draup_picture(given: Given, linked: Mapping[str, Any] | None) -> Picture:
    """`linked` has `code`, `title` and `taxonomy` (a RoleCandidate as plain data); None: no edge. A
    standard role that the graph already holds is used as it is, otherwise a node of the company is made.
    The role's node carries code and title too, for readers that ask for nothing else."""
    role = given.role
    nodes: tuple[Node, ...] = ()
    links: tuple[Link, ...] = ()
    props: dict[str, Any] = {"draup_code": None, "draup_title": None}
    if linked:
        about = {name: linked[name] for name in ("code", "title", "taxonomy")}
        key = f"{linked['taxonomy']}:{linked['code']}"
        nodes = (Node(label="draup_role", key=key, props=about, shared=True),)
        links = (Link(type="maps_to", label="draup_role", key=key),)
        props = {"draup_code": linked["code"], "draup_title": linked["title"]}
    return Picture(
        company_id=role.company_id,
        company=role.company,
        role_id=role.id,
        stage=STAGE,
        props=props,
        nodes=nodes,
        links=links,
    )

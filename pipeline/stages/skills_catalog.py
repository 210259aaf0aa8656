"""The company's catalogue of skills: one node per skill, an edge from every role that needs it."""

from __future__ import annotations

from typing import Any

from pipeline.graph.model import Link, Node, Picture, Written
from pipeline.stages.base import Given, Need, Outcome
from pipeline.stages.graph_stage import GraphStage, about, parent, slug


class SkillsCatalog(GraphStage):
    """Links the role to its mined skills; a skill that another role has is the same node."""

    key = "skills_catalog"
    title = "Add to the skills catalogue"
    script = "skills_catalog.py"
    needs = (Need("mine_skills"),)
    critical = False
    priority = "P2"

    def inputs(self, given: Given) -> dict[str, Any]:
        mined = parent(given, "mine_skills")
        return {"found": mined.get("found") or [], "inferred": mined.get("inferred") or []}

    def picture(self, given: Given, at: str) -> Picture:
        found = skills(given)
        nodes = tuple(
            Node(label="skill", key=key, props={"name": one["name"], "group": one["group"]}, shared=True)
            for key, one in found.items()
        )
        links = tuple(
            Link(
                type="requires_skill",
                label="skill",
                key=key,
                props={"origin": one["origin"], "count": one["count"]},
            )
            for key, one in found.items()
        )
        return Picture(**about(given, self.key), nodes=nodes, links=links)

    def outcome(self, given: Given, picture: Picture, written: Written) -> Outcome:
        return Outcome(outputs={"skills": [node.props["name"] for node in picture.nodes]})


def skills(given: Given) -> dict[str, dict[str, Any]]:
    """The role's skills by key, those found in a document first; found beats inferred."""
    mined = parent(given, "mine_skills")
    by_key: dict[str, dict[str, Any]] = {}
    for origin in ("found", "inferred"):
        for one in mined.get(origin) or ():
            count = one.get("count", 1) if origin == "found" else 0
            skill = {"name": one["name"], "group": one["group"], "origin": origin, "count": count}
            by_key.setdefault(slug(one["name"]), skill)
    by_key.pop("", None)
    return by_key

"""The role's entry in the company's catalogue of roles: what to know of it on one card."""

from __future__ import annotations

from typing import Any

from pipeline.graph.model import Link, Node, Picture, Written
from pipeline.stages.base import Given, Need, Outcome
from pipeline.stages.graph_stage import GraphStage, about, parent, slug

SKILLS = 100


class RoleCatalog(GraphStage):
    """One entry per role: title, code, family, level, summary, exposure and skills. `same` is equal for roles
    of one standard role (without one: of one title), so that a reader can show them once."""

    key = "role_catalog"
    title = "Add to the role catalogue"
    script = "Role Catalog"
    needs = (Need("ai_assessment", "partial"), Need("skills_catalog", "settled"))
    critical = False
    priority = "P2"

    def inputs(self, given: Given) -> dict[str, Any]:
        role, assessment = given.role, parent(given, "ai_assessment")
        linked = parent(given, "map_draup_role").get("linked") or {}
        standard = f"{linked['taxonomy']}:{linked['code']}" if linked else None
        return {
            "standard": standard,
            "standard_title": linked.get("title"),
            "same": standard or f"title:{slug(role.title)}",
            "title": role.title,
            "code": role.code,
            "family": role.family,
            "level": role.level,
            "grade": role.grade,
            "summary": assessment.get("summary"),
            "ai_exposure": (assessment.get("scores") or {}).get("ai_exposure"),
            "confidence": assessment.get("confidence"),
            "skills": list(parent(given, "skills_catalog").get("skills") or ())[:SKILLS],
        }

    def picture(self, given: Given, at: str) -> Picture:
        entry = Node(label="catalog_entry", key=str(given.role.id), props=self.inputs(given))
        link = Link(type="in_catalog", label="catalog_entry", key=entry.key)
        return Picture(**about(given, self.key), nodes=(entry,), links=(link,))

    def outcome(self, given: Given, picture: Picture, written: Written) -> Outcome:
        entry = picture.nodes[0].props
        missing = () if entry["skills"] else ("skills",)
        return Outcome(outputs={"entry": entry}, degraded=missing)

"""The role's node, with its company and job family."""

from __future__ import annotations

from typing import Any

from kit.errors import Action
from pipeline.graph.model import Link, Node, Picture, Written
from pipeline.stages.base import Given, Outcome, StageFault
from pipeline.stages.graph_stage import GraphStage, about, slug


class CreateCompanyRole(GraphStage):
    """Makes or updates the CompanyRole; adopts one that is already in the graph."""

    key = "create_company_role"
    title = "Create the company role"
    script = "create_company_role.py"
    needs = ()
    critical = True
    priority = "P0"

    def inputs(self, given: Given) -> dict[str, Any]:
        role = given.role
        return {
            "title": role.title,
            "code": role.code,
            "family": role.family,
            "level": role.level,
            "grade": role.grade,
            "status": role.status,
            "locale": role.locale,
            "countries": role.countries,
        }

    def picture(self, given: Given, at: str) -> Picture:
        role = given.role
        company = Node(label="company", key=str(role.company_id), props={"name": role.company}, shared=True)
        nodes, links = [company], [Link(type="belongs_to", label="company", key=company.key)]
        if family := slug(role.family or ""):
            nodes.append(Node(label="family", key=family, props={"name": role.family}, shared=True))
            links.append(Link(type="in_family", label="family", key=family))
        props = {**self.inputs(given), "company": role.company, "system": role.system}
        props |= {"source_id": role.source_id, "revision": role.revision}
        return Picture(**about(given, self.key), props=props, nodes=tuple(nodes), links=tuple(links))

    def outcome(self, given: Given, picture: Picture, written: Written) -> Outcome:
        if written.outcome == "ambiguous":
            raise _ambiguous(written)
        outputs: dict[str, Any] = {"key": str(given.role.id), "outcome": written.outcome}
        if written.outcome == "adopted":
            outputs["adopted"] = written.candidates[0]
        return Outcome(outputs=outputs)


def _ambiguous(written: Written) -> StageFault:
    several = len(written.candidates)
    return StageFault(
        f"The graph already holds {several} roles of this company that may be this one.",
        code="role_ambiguous",
        action=Action(
            "Leave one of them in the graph, or give it this role's code, then push the role again.", "csm"
        ),
    )

"""The role's documents as nodes with edges to the role."""

from __future__ import annotations

from typing import Any

from kit.errors import Action
from pipeline.graph.model import Link, Node, Picture, Written
from pipeline.records.model import REQUIRED
from pipeline.stages.base import Finding, Given, Need, Outcome
from pipeline.stages.graph_stage import GraphStage, about


class LinkDocuments(GraphStage):
    """Links every document of the role. One of the required kinds must be there (`policy`:
    `required_documents`, any of them is enough); process maps are welcome and optional."""

    key = "link_documents"
    title = "Link the documents"
    script = "link_documents.py"
    needs = (Need("create_company_role"),)
    critical = True
    priority = "P0"

    def inputs(self, given: Given) -> dict[str, Any]:
        return {
            "documents": sorted([str(d.id), d.kind, d.sha256, d.title] for d in given.documents),
            "required": list(given.policy.get("required_documents") or REQUIRED),
        }

    def validate(self, given: Given) -> list[Finding]:
        required = given.policy.get("required_documents") or REQUIRED
        if any(doc.kind in required and doc.text.strip() for doc in given.documents):
            return []
        kinds = " or ".join(kind.replace("_", " ") for kind in required)
        return [
            Finding(
                code="no_document",
                message=f"The role has no {kinds} with text in it.",
                hard=True,
                action=Action(f"Add a {kinds} to the role and push it again.", "csm"),
            )
        ]

    def picture(self, given: Given, at: str) -> Picture:
        nodes = tuple(
            Node(
                label="document",
                key=str(doc.id),
                props={"kind": doc.kind, "title": doc.title, "sha256": doc.sha256, "version": doc.version},
            )
            for doc in given.documents
        )
        links = tuple(Link(type="has_document", label="document", key=node.key) for node in nodes)
        return Picture(**about(given, self.key), nodes=nodes, links=links)

    def outcome(self, given: Given, picture: Picture, written: Written) -> Outcome:
        linked = [
            {"id": str(doc.id), "kind": doc.kind, "title": doc.title, "version": doc.version}
            for doc in given.documents
        ]
        maps = sum(doc.kind == "process_map" for doc in given.documents)
        process_maps: dict[str, Any] = {"linked": maps}
        if not maps:
            process_maps["skipped"] = "no_process_map"
        return Outcome(outputs={"linked": linked, "process_maps": process_maps})

"""What the graph should hold about a role, worked out from recorded outputs alone."""

from __future__ import annotations

from typing import Any

import msgspec

from pipeline.graph.draup import STAGE as MAP_DRAUP_ROLE
from pipeline.graph.draup import draup_picture
from pipeline.graph.model import Link, Node, Picture, RolePicture, Wrote
from pipeline.stages.create_company_role import CreateCompanyRole
from pipeline.stages.graph_stage import GraphStage
from pipeline.stages.link_documents import LinkDocuments
from pipeline.stages.publish_dashboard import PublishDashboard
from pipeline.stages.role_catalog import RoleCatalog
from pipeline.stages.skills_catalog import SkillsCatalog

# In this order they can be written anew: the role's node comes first.
STAGES: tuple[GraphStage, ...] = (
    CreateCompanyRole(),
    LinkDocuments(),
    PublishDashboard(),
    SkillsCatalog(),
    RoleCatalog(),
)


WRITERS = (*(stage.key for stage in STAGES), MAP_DRAUP_ROLE)


class Expected(msgspec.Struct, frozen=True):
    """All pictures of a role laid over each other; marks win over what was published."""

    props: dict[str, Any]
    nodes: dict[tuple[str, str], Node]
    links: dict[tuple[str, str, str], Link]


def pictures(role: RolePicture) -> list[tuple[Picture, Wrote]]:
    """One picture for each stage that has written to the graph, the role's node first. What a stage wrote
    says when (`written_at`); one that a command stood in for wrote nothing of ours."""
    found = [
        (stage.picture(wrote.given, wrote.outputs["written_at"]), wrote)
        for stage in STAGES
        if (wrote := role.wrote.get(stage.key)) is not None and "written_at" in wrote.outputs
    ]
    if (wrote := role.wrote.get(MAP_DRAUP_ROLE)) is not None:
        found.append((draup_picture(wrote.given, wrote.outputs.get("linked")), wrote))
    return found


def expected(role: RolePicture) -> Expected | None:
    """The whole of a role; None when it should not be in the graph at all."""
    found = [picture for picture, _ in pictures(role)]
    stages = {picture.stage for picture in found}
    if CreateCompanyRole.key not in stages:
        return None
    props: dict[str, Any] = {}
    for picture in found:
        props |= picture.props
    if PublishDashboard.key in stages:
        props |= role.marks
    return Expected(
        props=props,
        nodes={(node.label, node.key): node for picture in found for node in picture.nodes},
        links={link.place: link for picture in found for link in picture.links},
    )

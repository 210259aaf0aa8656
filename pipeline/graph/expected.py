"""What the graph should hold about a role, worked out from recorded outputs alone."""

from __future__ import annotations

from typing import Any

import msgspec

from pipeline.graph.draup import STAGE as MAP_DRAUP_ROLE
from pipeline.graph.draup import draup_picture
from pipeline.graph.model import Link, Node, Picture, RolePicture
from pipeline.stages.base import Given
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


class Expected(msgspec.Struct, frozen=True):
    """All pictures of a role laid over each other; marks win over what was published."""

    props: dict[str, Any]
    nodes: dict[tuple[str, str], Node]
    links: dict[tuple[str, str, str], Link]


def pictures(role: RolePicture) -> list[Picture]:
    """One picture for each graph stage that has recorded outputs, role's node first."""
    given = Given(role=role.role, documents=role.documents, parents=role.outputs)
    found = [
        stage.picture(given, role.outputs[stage.key].get("written_at", ""))
        for stage in STAGES
        if stage.key in role.outputs
    ]
    if MAP_DRAUP_ROLE in role.outputs:
        found.append(draup_picture(given, role.outputs[MAP_DRAUP_ROLE].get("linked")))
    return found


def expected(role: RolePicture) -> Expected | None:
    """The whole of a role; None when it should not be in the graph at all."""
    found = pictures(role)
    if CreateCompanyRole.key not in role.outputs:
        return None
    props: dict[str, Any] = {}
    for picture in found:
        props |= picture.props
    return Expected(
        props=props | role.marks,
        nodes={(node.label, node.key): node for picture in found for node in picture.nodes},
        links={link.place: link for picture in found for link in picture.links},
    )

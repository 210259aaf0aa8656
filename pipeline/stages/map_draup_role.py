"""Which standard role this is. Only an exact, unambiguous title is linked without a person."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import Any

import msgspec

from pipeline.assessor.model import Judged, RoleMapping, TaxonomyRole
from pipeline.assessor.offline.taxonomy import starter_roles
from pipeline.graph.draup import draup_picture
from pipeline.stages.base import Given, Need, Outcome, Work
from pipeline.stages.model_stage import ModelStage


class MapDraupRole(ModelStage[RoleMapping]):
    """Candidates from the DraupRoles in the graph and the bundled list. Without a link it still is a
    success: the role goes on, flagged, and resolving the review pushes what depends on it."""

    key = "map_draup_role"
    title = "Map to the standard role"
    script = "map_draup_role"
    needs = (Need("create_company_role"),)
    priority = "P0"
    outside = ("graph", "model")

    def inputs(self, given: Given) -> dict[str, Any]:
        role = given.role
        return {"title": role.title, "family": role.family, "level": role.level}

    def intent(self, given: Given) -> dict[str, Any] | None:
        return draup_picture(given, None).intent()

    async def judge(self, given: Given, work: Work, deadline: float) -> Judged[RoleMapping]:
        taxonomy = await work.graph.draup_roles(given.role.company_id)
        judged = await work.assessor.map_role(given, taxonomy, deadline=deadline)
        linked = msgspec.to_builtins(judged.value.linked) if judged.value.linked else None
        await work.graph.write(
            draup_picture(given, linked), run_id=work.run_id, rev=work.rev, deadline=deadline
        )
        versions = {**judged.value.versions, "taxonomy": _version_of(taxonomy)}
        value = msgspec.structs.replace(judged.value, versions=versions)
        return msgspec.structs.replace(judged, value=value)

    async def rollback(self, intent: dict[str, Any], work: Work) -> None:
        await work.graph.undo(intent, run_id=work.run_id, deadline=work.deadline)

    def outcome(self, judged: Judged[RoleMapping]) -> Outcome:
        done = super().outcome(judged)
        if not judged.value.review:
            return done
        return msgspec.structs.replace(done, degraded=("draup_review",), flags=("review:draup_role",))


def _version_of(own: Sequence[TaxonomyRole]) -> str:
    """Which taxonomy the title was looked up in: a digest of the company's own roles and the bundled ones."""
    encoded = msgspec.json.encode(sorted(own, key=lambda role: role.code)) if own else b""
    return sha256(_bundled() + encoded).hexdigest()[:12]


@cache
def _bundled() -> bytes:
    return sha256(msgspec.json.encode(starter_roles())).digest()

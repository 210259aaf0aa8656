"""Which standard role this is. Only an exact, unambiguous title is linked without a person."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import Any

import msgspec

from pipeline.assessor.model import Judged, RoleCandidate, RoleMapping, TaxonomyRole
from pipeline.assessor.offline.taxonomy import starter_roles
from pipeline.assessor.offline.titles import normalise_title
from pipeline.graph.draup import draup_picture
from pipeline.stages.base import Given, Need, Outcome, Work
from pipeline.stages.reviewed import ReviewedStage
from pipeline.taxonomies.shelf import Shelved, taught
from pipeline.taxonomies.store import Confirmed


class MapDraupRole(ReviewedStage[RoleMapping]):
    """Candidates from the DraupRoles in the graph and the bundled list. Without a link it still is a
    success: the role goes on, flagged, and resolving the review pushes what depends on it."""

    key = "map_draup_role"
    title = "Map to the standard role"
    script = "map_draup_role"
    needs = (Need("create_company_role"),)
    priority = "P0"
    outside = ("graph", "model")
    version = "2"

    def facts(self, given: Given) -> dict[str, Any]:
        role = given.role
        return {"title": role.title, "family": role.family, "level": role.level}

    def inputs(self, given: Given) -> dict[str, Any]:
        return {**self.facts(given), **self.decided(given)}

    def intent(self, given: Given) -> dict[str, Any] | None:
        return draup_picture(given, None).intent()

    async def judge(self, given: Given, work: Work, deadline: float) -> Judged[RoleMapping]:
        taxonomy = await work.graph.draup_roles(given.role.company_id)
        known = await work.shelf.of(given.role.company_id) if work.shelf is not None else Shelved()
        confirmed = known.confirmed.get(normalise_title(given.role.title))
        if confirmed is not None:
            return Judged(value=_as_confirmed(given.role.title, confirmed))
        roles = taught(taxonomy, known)
        judged = await work.assessor.map_role(given, roles, deadline=deadline)
        versions = {**judged.value.versions, "taxonomy": _version_of(roles)}
        value = msgspec.structs.replace(judged.value, versions=versions)
        return msgspec.structs.replace(judged, value=value)

    async def execute(self, given: Given, work: Work) -> Outcome:
        done = await super().execute(given, work)
        picture = draup_picture(given, done.outputs.get("linked"))
        await work.graph.write(picture, run_id=work.run_id, rev=work.rev, deadline=work.deadline)
        return done

    async def rollback(self, intent: dict[str, Any], work: Work) -> None:
        await work.graph.undo(intent, run_id=work.run_id, deadline=work.deadline)

    def outcome(self, judged: Judged[RoleMapping]) -> Outcome:
        done = super().outcome(judged)
        if not judged.value.review:
            return done
        return msgspec.structs.replace(done, degraded=("draup_review",), flags=("review:draup_role",))


def _as_confirmed(title: str, known: Confirmed) -> RoleMapping:
    """What a person said of this title before; no assessor is asked."""
    role = RoleCandidate(
        code=known.code, title=known.standard_title, taxonomy=known.taxonomy, score=1.0, matched=(title,)
    )
    return RoleMapping(
        assessor="confirmed_mapping",
        version=known.confirmed_at.isoformat(),
        offline=True,
        candidates=(role,),
        margin=1.0,
        status="confirmed",
        linked=role,
        review=False,
    )


def _version_of(own: Sequence[TaxonomyRole]) -> str:
    """Which taxonomy the title was looked up in: a digest of the company's own roles and the bundled ones."""
    encoded = msgspec.json.encode(sorted(own, key=lambda role: role.code)) if own else b""
    return sha256(_bundled() + encoded).hexdigest()[:12]


@cache
def _bundled() -> bytes:
    return sha256(msgspec.json.encode(starter_roles())).digest()

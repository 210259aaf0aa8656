"""Role mapping: candidates for a title, and whether one may be linked without a person."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.assessor.model import MappingStatus, Origin, RoleCandidate, RoleMapping, TaxonomyRole
from pipeline.assessor.offline.taxonomy import starter_roles
from pipeline.assessor.offline.titles import index_of

_EXACT = 5.0
_POOL = 15


def map_title(title: str, own: Sequence[TaxonomyRole], origin: Origin) -> RoleMapping:
    """The mapping of one title. A company with roles of its own in the graph is linked only to those;
    the bundled taxonomy then merely suggests. `origin` is who judged (assessor, version, offline)."""
    mine, bundled = index_of(tuple(own)), index_of(starter_roles())
    found = mine.lookup(title)
    exact = [role for role in found if role.rank == min(one.rank for one in found)]
    linkable = bool(exact) or all(role.learned for role in own)
    exact = exact or bundled.lookup(title)
    certain = [_as_exact(role, title) for role in exact]
    codes = {(c.taxonomy, c.code) for c in certain}
    others = [c for c in (*mine.suggest(title), *bundled.suggest(title)) if (c.taxonomy, c.code) not in codes]
    others = [c for c in others if c.matched]
    candidates = (*certain, *sorted(others, key=lambda c: -c.score))[:5]
    status: MappingStatus = "suggested" if candidates else "none"
    if certain:
        status = "exact_single" if len(certain) == 1 else "exact_multiple"
    linked = certain[0] if status == "exact_single" and linkable else None
    return RoleMapping(
        candidates=candidates,
        margin=_margin(candidates),
        status=status,
        linked=linked,
        review=linked is None,
        **origin,
    )


def pool(title: str, own: Sequence[TaxonomyRole]) -> list[RoleCandidate]:
    """Everything near enough to be put before a model: own roles first, then bundled ones."""
    near = [
        c for index in (index_of(tuple(own)), index_of(starter_roles())) for c in index.suggest(title, _POOL)
    ]
    return [candidate for candidate in near if candidate.matched]


def _as_exact(role: TaxonomyRole, title: str) -> RoleCandidate:
    return RoleCandidate(
        code=role.code, title=role.title, taxonomy=role.taxonomy, score=_EXACT, matched=(title,)
    )


def _margin(candidates: Sequence[RoleCandidate]) -> float:
    """Relative lead of the best over the second, 0..1."""
    if not candidates or not candidates[0].score:
        return 0.0
    second = candidates[1].score if len(candidates) > 1 else 0.0
    return round((candidates[0].score - second) / candidates[0].score, 3)

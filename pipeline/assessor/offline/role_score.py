"""The exposure of a role as three numbers that are never shown one without the others.

The text of one job description says little (few sentences, and not in the wording the weights were fitted
on), so it is blended with what people said of the tasks of the occupation: (n * text + 8 * prior) / (n + 8).
The 8 is a starting value; no labels of whole descriptions exist to fit it on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from pipeline.assessor.model import RoleCandidate, RoleMapping, RoleScore
from pipeline.assessor.offline.fitted import load_weights
from pipeline.assessor.offline.taxonomy import starter
from pipeline.assessor.scoring import blend_of

EVERY_OCCUPATION = "*"


def role_score(
    text: float, tasks: int, mapping: RoleMapping | None, priors: Mapping[str, float]
) -> RoleScore:
    """Scores 0..100. `priors` has a score 0..1 by code of the bundled taxonomy, `*` being the mean of all
    occupations, which stands in where no candidate has one."""
    linked = _known([mapping.linked] if mapping and mapping.linked else [], priors)
    near = linked or _known(mapping.candidates if mapping else [], priors)
    found = near or [priors[EVERY_OCCUPATION]]
    prior = 100 * sum(found) / len(found)
    return RoleScore(
        text=text,
        tasks=tasks,
        prior=round(prior, 1),
        prior_from="linked_role" if linked else "candidates" if near else "all_occupations",
        prior_range=(round(100 * min(found), 1), round(100 * max(found), 1)),
        blend=blend_of(text, tasks, prior),
    )


@cache
def priors() -> Mapping[str, float]:
    """The bundled scores 0..1 by code of the bundled taxonomy."""
    return load_weights().priors


def _known(candidates: Sequence[RoleCandidate], priors: Mapping[str, float]) -> list[float]:
    ours = starter().taxonomy
    return [priors[one.code] for one in candidates if one.taxonomy == ours and one.code in priors]

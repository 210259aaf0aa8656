"""What people said of whole occupations, for the roles of the bundled taxonomy."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from bench.examples import Labelled
from pipeline.assessor.offline.role_score import EVERY_OCCUPATION
from pipeline.assessor.offline.taxonomy import starter_roles
from pipeline.assessor.offline.titles import normalise_title


def priors(tasks: Sequence[Labelled], titles: Sequence[Labelled]) -> dict[str, float]:
    """The mean human score of a role's occupations, core tasks counting whole and others half; an occupation
    belongs to a role as often as titles of the role are titles of it. Roles without one are left out."""
    scores = _of_occupations(tasks)
    codes = defaultdict[str, list[str]](list)
    for row in titles:
        codes[normalise_title(row["alternate_title"])] += row["soc_codes"].split("|")
        for code, title in zip(row["soc_codes"].split("|"), row["soc_titles"].split("|"), strict=False):
            codes[normalise_title(title)].append(code)
    found = {EVERY_OCCUPATION: sum(scores.values()) / len(scores)}
    for role in starter_roles():
        names = {normalise_title(title) for title in (role.title, *role.alternates)}
        votes = Counter(code for name in names for code in set(codes.get(name, ())) if code in scores)
        if votes:
            found[role.code] = sum(scores[code] * n for code, n in votes.items()) / votes.total()
    return {code: round(score, 3) for code, score in sorted(found.items())}


def _of_occupations(tasks: Sequence[Labelled]) -> dict[str, float]:
    sums = defaultdict[str, list[float]](lambda: [0.0, 0.0])
    for row in tasks:
        weight = 1.0 if row["task_type"] == "Core" else 0.5
        sums[row["soc"]][0] += weight * float(row["human_beta"])
        sums[row["soc"]][1] += weight
    return {soc: total / weight for soc, (total, weight) in sums.items()}

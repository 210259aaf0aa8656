"""The exposure of a role: text, occupation and blend, never one without the others."""

from __future__ import annotations

import pytest

from pipeline.assessor.model import Origin, RoleAssessment
from pipeline.assessor.offline.assessor import OfflineAssessor
from pipeline.assessor.offline.mapping import map_title
from pipeline.assessor.offline.role_score import role_score

from .jobs import ACCOUNTS, doc, given, judged, soon

ORIGIN: Origin = {"assessor": "offline", "version": "1", "offline": True}
PRIORS = {"*": 0.3, "electrician": 0.1, "accountant": 0.5}


def test_the_blend_counts_the_occupation_as_eight_tasks() -> None:
    score = role_score(60.0, 8, map_title("Electrician", [], ORIGIN), PRIORS)
    assert (score.text, score.prior, score.blend) == (60.0, 10.0, 35.0)
    assert score.prior_from == "linked_role"
    assert role_score(60.0, 72, map_title("Electrician", [], ORIGIN), PRIORS).blend == 55.0


def test_without_a_link_the_candidates_give_a_range() -> None:
    mapping = map_title("Chief Accountant and Electrician", [], ORIGIN)
    assert mapping.linked is None
    score = role_score(60.0, 5, mapping, PRIORS)
    assert score.prior_from == "candidates"
    assert score.prior_range[0] <= score.prior <= score.prior_range[1]


def test_without_any_role_all_occupations_stand_in() -> None:
    score = role_score(60.0, 5, None, PRIORS)
    assert (score.prior_from, score.prior) == ("all_occupations", 30.0)


async def test_an_assessment_has_all_three_or_none() -> None:
    known = await judged(OfflineAssessor(), "Accounts Payable Specialist", doc(ACCOUNTS))
    score = known["ai_assessment"]["role_score"]
    assert score["text"] == known["ai_assessment"]["scores"]["ai_exposure"]
    assert min(score["text"], score["prior"]) <= score["blend"] <= max(score["text"], score["prior"])
    nothing = (await OfflineAssessor().assess(given("Any", doc("Nothing here")), deadline=soon())).value
    assert isinstance(nothing, RoleAssessment)
    assert (nothing.scores, nothing.role_score) == (None, None)


async def test_without_any_standard_role_the_confidence_is_low() -> None:
    alone = await OfflineAssessor().assess(given("Any", doc(ACCOUNTS)), deadline=soon())
    assert alone.value.confidence < 0.5
    assert any("standard role" in warning for warning in alone.warnings)


@pytest.mark.parametrize("tasks", [3, 20])
def test_more_text_weighs_more(tasks: int) -> None:
    mapping = map_title("Electrician", [], ORIGIN)
    fewer, more = role_score(60.0, tasks, mapping, PRIORS), role_score(60.0, tasks + 1, mapping, PRIORS)
    assert fewer.blend < more.blend

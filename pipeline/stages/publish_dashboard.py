"""The assessment on the role's node, where the dashboard's query finds it."""

from __future__ import annotations

from typing import Any

from pipeline.graph.model import Picture, Written
from pipeline.reviews.policy import policy_of
from pipeline.stages.base import Given, Need, Outcome
from pipeline.stages.graph_stage import GraphStage, about, parent
from pipeline.stages.reviewed import asked_about

EVIDENCE = 10
TASKS = 20
OCCUPATION = {
    "text_score": "text",
    "occupation_score": "prior",
    "blended_score": "blend",
    "occupation_from": "prior_from",
}
SCORES = ("ai_exposure", "automation", "augmentation", "human")


class PublishDashboard(GraphStage):
    """Makes the role visible with scores, confidence, evidence, versions and flags."""

    key = "publish_dashboard"
    title = "Publish to the dashboard"
    script = "CHRO Dashboard"
    needs = (Need("ai_assessment", "partial"), Need("map_draup_role", "settled"))
    critical = True
    priority = "P0"

    def inputs(self, given: Given) -> dict[str, Any]:
        mapping = parent(given, "map_draup_role")
        return {
            "assessment": parent(given, "ai_assessment"),
            "mapping": {name: mapping.get(name) for name in ("linked", "review", "status")},
            "status": given.role.status,
            "held_back": held_back(given),
        }

    def picture(self, given: Given, at: str) -> Picture:
        assessment = parent(given, "ai_assessment")
        scores = assessment.get("scores") or {}
        props = {name: scores.get(name) for name in SCORES}
        for name in ("confidence", "summary", "assessor", "offline", "basis"):
            props[name] = assessment.get(name)
        score = assessment.get("role_score") or {}
        props |= {name: score.get(part) for name, part in OCCUPATION.items()}
        props |= {
            "decided": (assessment.get("decided") or {}).get("outcome"),
            "assessor_version": assessment.get("version"),
            "evidence": evidence(assessment),
            "tasks": [task["text"] for task in _by_confidence(assessment)[:TASKS]],
            "visible": not held_back(given),
            "stale": False,
            "archived": given.role.status == "inactive",
            "degraded": degraded(given),
            "under_review": bool(review_reasons(given)),
            "published_revision": given.role.revision,
            "updated_at": at,
        }
        return Picture(**about(given, self.key), props=props)

    def outcome(self, given: Given, picture: Picture, written: Written) -> Outcome:
        shown = ("visible", "degraded", "under_review", "archived", "published_revision", "updated_at")
        return Outcome(
            outputs={
                "published": {name: picture.props[name] for name in (*SCORES, "confidence", *shown)},
                "review": review_reasons(given),
                "held_back": held_back(given),
            }
        )


def evidence(assessment: Any) -> list[str]:
    """The weightiest words that the assessment rests on, each with its sign: `+ prepare reports`."""
    found = [one for task in assessment.get("tasks") or () for one in task.get("evidence") or ()]
    found.sort(key=lambda one: (-abs(one["weight"]), one["words"]))
    lines = [f"{'+' if one['weight'] >= 0 else '-'} {one['words']} ({one['about']})" for one in found]
    return list(dict.fromkeys(lines))[:EVIDENCE]


def degraded(given: Given) -> list[str]:
    """What is missing from this publication."""
    if "map_draup_role" not in given.parents:
        return ["map_draup_role"]
    return ["draup_review"] if parent(given, "map_draup_role").get("review") else []


def review_reasons(given: Given) -> list[str]:
    """Why a person should look: the assessment's own flags, and a mapping that nobody confirmed."""
    reasons = asked_about(parent(given, "ai_assessment").get("flags") or ())
    if parent(given, "map_draup_role").get("review"):
        reasons.append("draup_mapping")
    return reasons


def held_back(given: Given) -> bool:
    """Whether the role must not be seen: a person rejected the assessment, or one is asked about it and the
    company chose to wait for the answer. A mapping never holds a role."""
    assessment = parent(given, "ai_assessment")
    if (assessment.get("decided") or {}).get("outcome") == "rejected":
        return True
    return policy_of(given.policy).publish == "held" and bool(asked_about(assessment.get("flags") or ()))


def _by_confidence(assessment: Any) -> list[dict[str, Any]]:
    tasks = list(assessment.get("tasks") or ())
    tasks.sort(key=lambda task: -task.get("confidence", 0))
    return tasks

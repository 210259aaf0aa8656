"""The assessment: which tasks the role has, how exposed each is, and the role's scores."""

from __future__ import annotations

from typing import Any

import msgspec

from kit.errors import Action
from pipeline.assessor.model import Judged, RoleAssessment
from pipeline.stages.base import Finding, Given, Need, Outcome, Work
from pipeline.stages.model_stage import document_inputs, parent
from pipeline.stages.reviewed import ReviewedStage

LOW_CONFIDENCE = 0.5
FAR_APART = 30.0
"""Points between what the text says and what people said of the occupation, from which a person is asked."""
FEW_WORDS, SHORT = 3, 40


class AiAssessment(ReviewedStage[RoleAssessment]):
    """Reads the documents. Doubts lower the confidence and raise flags; they never stop the role."""

    key = "ai_assessment"
    title = "Assess the role"
    script = "run_ai_assessment.py"
    needs = (Need("link_documents"), Need("map_draup_role", "settled"))
    priority = "P0"
    critical = True

    def facts(self, given: Given) -> dict[str, Any]:
        texts = sorted([doc.kind, doc.sha256] for doc in given.documents)
        return {"title": given.role.title, "documents": texts}

    def inputs(self, given: Given) -> dict[str, Any]:
        linked = parent(given, "map_draup_role").get("linked") or {}
        return {
            "title": given.role.title,
            "documents": document_inputs(given),
            "linked": {name: linked.get(name) for name in ("taxonomy", "code")},
            **self.decided(given),
        }

    def validate(self, given: Given) -> list[Finding]:
        if not given.documents:
            return [_hard("no_document", "The role has no document, so there is nothing to assess.")]
        words = sum(len(doc.text.split()) for doc in given.documents)
        if words < FEW_WORDS:
            return [_hard("document_empty", "The role's documents hold no text.")]
        findings = []
        if words < SHORT:
            findings.append(_soft("document_short", f"The documents hold only {words} words."))
        if not any(doc.kind == "job_description" for doc in given.documents):
            findings.append(_soft("no_job_description", "None of the documents is a job description."))
        return findings

    async def judge(self, given: Given, work: Work, deadline: float) -> Judged[RoleAssessment]:
        return await work.assessor.assess(given, deadline=deadline)

    def outcome(self, judged: Judged[RoleAssessment]) -> Outcome:
        low = ("low_confidence",) if judged.value.confidence < LOW_CONFIDENCE else ()
        apart = ("review:text_and_occupation",) if disagrees(judged.value) else ()
        flags = (*low, *apart, *judged.value.flags)
        marked = msgspec.structs.replace(judged.value, flags=flags)
        done = super().outcome(msgspec.structs.replace(judged, value=marked))
        return msgspec.structs.replace(done, flags=flags)


def disagrees(assessment: RoleAssessment) -> bool:
    """Whether the text says something quite different from what people said of the linked occupation."""
    score = assessment.role_score
    if score is None or score.prior_from != "linked_role":
        return False
    return abs(score.text - score.prior) > FAR_APART


def _hard(code: str, message: str) -> Finding:
    what = "Add a job description (or a process map) to the role, then push it again."
    return Finding(code=code, message=message, hard=True, action=Action(what, "csm"))


def _soft(code: str, message: str) -> Finding:
    what = "Add a complete job description; the scores will rest on more."
    return Finding(code=code, message=message, hard=False, action=Action(what, "csm"))

"""The assessment: which tasks the role has, how exposed each is, and the role's scores."""

from __future__ import annotations

from typing import Any

import msgspec

from kit.errors import Action
from pipeline.assessor.model import Judged, RoleAssessment
from pipeline.stages.base import Finding, Given, Need, Outcome, Work
from pipeline.stages.model_stage import ModelStage, document_inputs, parent

LOW_CONFIDENCE = 0.5
FEW_WORDS, SHORT = 3, 40


class AiAssessment(ModelStage[RoleAssessment]):
    """Reads the documents. Doubts lower the confidence and raise flags; they never stop the role."""

    key = "ai_assessment"
    title = "Assess the role"
    script = "run_ai_assessment.py"
    needs = (Need("link_documents"), Need("map_draup_role", "settled"))
    priority = "P0"
    critical = True

    def inputs(self, given: Given) -> dict[str, Any]:
        linked = parent(given, "map_draup_role").get("linked") or {}
        return {
            "title": given.role.title,
            "documents": document_inputs(given),
            "linked": {name: linked.get(name) for name in ("taxonomy", "code")},
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
        flags = (*low, *judged.value.flags)
        marked = msgspec.structs.replace(judged.value, flags=flags)
        done = super().outcome(msgspec.structs.replace(judged, value=marked))
        return msgspec.structs.replace(done, flags=flags)


def _hard(code: str, message: str) -> Finding:
    what = "Add a job description (or a process map) to the role, then push it again."
    return Finding(code=code, message=message, hard=True, action=Action(what, "csm"))


def _soft(code: str, message: str) -> Finding:
    what = "Add a complete job description; the scores will rest on more."
    return Finding(code=code, message=message, hard=False, action=Action(what, "csm"))

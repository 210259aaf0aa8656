"""The skills of the role: those its documents name, and those its tasks let one conclude."""

from __future__ import annotations

from typing import Any

from pipeline.assessor.model import Judged, MinedSkills
from pipeline.stages.base import Given, Need, Work
from pipeline.stages.model_stage import ModelStage, assessed_tasks, document_inputs, parent


class MineSkills(ModelStage[MinedSkills]):
    """Found (word for word, with its place) and inferred, never mixed."""

    key = "mine_skills"
    title = "Mine the skills"
    script = "skills_miner.py"
    needs = (Need("ai_assessment", "partial"),)
    priority = "P1"

    def inputs(self, given: Given) -> dict[str, Any]:
        linked = parent(given, "map_draup_role").get("linked") or {}
        return {
            "title": given.role.title,
            "documents": document_inputs(given),
            "tasks": assessed_tasks(given),
            "linked": {name: linked.get(name) for name in ("taxonomy", "code")},
        }

    async def judge(self, given: Given, work: Work, deadline: float) -> Judged[MinedSkills]:
        return await work.assessor.mine_skills(given, deadline=deadline)

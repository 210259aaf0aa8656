"""The order among the mined skills: which carry the role, which help, which are on the rise."""

from __future__ import annotations

from typing import Any

from pipeline.assessor.model import Judged, SkillsArchitecture
from pipeline.stages.base import Given, Need, Work
from pipeline.stages.model_stage import ModelStage, parent


class BuildArchitecture(ModelStage[SkillsArchitecture]):
    """A tier for every mined skill, and the groups they form."""

    key = "skills_architecture"
    title = "Build the skills architecture"
    script = "skills_architecture.py"
    needs = (Need("mine_skills"),)
    priority = "P1"

    def inputs(self, given: Given) -> dict[str, Any]:
        mined = parent(given, "mine_skills")
        return {"title": given.role.title, "found": mined.get("found"), "inferred": mined.get("inferred")}

    def nothing_to_do(self, given: Given) -> str | None:
        mined = parent(given, "mine_skills")
        return None if mined.get("found") or mined.get("inferred") else "no_skills"

    async def judge(self, given: Given, work: Work, deadline: float) -> Judged[SkillsArchitecture]:
        return await work.assessor.skills_architecture(given, deadline=deadline)

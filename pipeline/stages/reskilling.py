"""What to learn where AI takes work over."""

from __future__ import annotations

from typing import Any

from pipeline.assessor.model import Judged, Reskilling
from pipeline.stages.base import Given, Need, Work
from pipeline.stages.model_stage import ModelStage, assessed_tasks, parent


class PlanReskilling(ModelStage[Reskilling]):
    """Moves from tasks to skills, tagged as heuristic, every cue listed."""

    key = "reskilling"
    title = "Plan reskilling"
    script = "reskilling_batch.py"
    needs = (Need("skills_architecture"),)
    priority = "P2"

    def inputs(self, given: Given) -> dict[str, Any]:
        mined = parent(given, "mine_skills")
        return {
            "title": given.role.title,
            "tasks": assessed_tasks(given),
            "found": mined.get("found"),
            "inferred": mined.get("inferred"),
            "architecture": parent(given, "skills_architecture").get("skills"),
        }

    def nothing_to_do(self, given: Given) -> str | None:
        return None if assessed_tasks(given) else "no_tasks"

    async def judge(self, given: Given, work: Work, deadline: float) -> Judged[Reskilling]:
        return await work.assessor.reskilling(given, deadline=deadline)

"""The tasks that tell most about the role."""

from __future__ import annotations

from typing import Any

from pipeline.assessor.model import Judged, TopTasks
from pipeline.stages.base import Given, Need, Work
from pipeline.stages.model_stage import ModelStage, assessed_tasks


class RankTopTasks(ModelStage[TopTasks]):
    """At most ten of the assessed tasks, ranked, each with its reason."""

    key = "top_tasks"
    title = "Rank the top tasks"
    script = "step_executor.py"
    needs = (Need("ai_assessment"),)
    priority = "P1"

    def inputs(self, given: Given) -> dict[str, Any]:
        return {"title": given.role.title, "tasks": assessed_tasks(given)}

    def nothing_to_do(self, given: Given) -> str | None:
        return None if assessed_tasks(given) else "no_tasks"

    async def judge(self, given: Given, work: Work, deadline: float) -> Judged[TopTasks]:
        return await work.assessor.top_tasks(given, deadline=deadline)

"""How far each top task can be automated, and what stands in the way."""

from __future__ import annotations

from typing import Any

from pipeline.assessor.model import Feasibility, Judged
from pipeline.stages.base import Given, Need, Work
from pipeline.stages.model_stage import ModelStage, assessed_tasks, parent


class JudgeFeasibility(ModelStage[Feasibility]):
    """T0 to T4 for the top tasks, tagged as heuristic, every cue listed."""

    key = "task_feasibility"
    title = "Judge feasibility"
    script = "task_feasibility.py"
    needs = (Need("top_tasks"), Need("standardise_tasks", "settled"))
    priority = "P2"

    def inputs(self, given: Given) -> dict[str, Any]:
        return {"tasks": assessed_tasks(given), "top": parent(given, "top_tasks").get("tasks")}

    def nothing_to_do(self, given: Given) -> str | None:
        return None if assessed_tasks(given) else "no_tasks"

    async def judge(self, given: Given, work: Work, deadline: float) -> Judged[Feasibility]:
        return await work.assessor.task_feasibility(given, deadline=deadline)

"""The role's tasks in canonical wording."""

from __future__ import annotations

from typing import Any

from pipeline.assessor.model import Judged, StandardisedTasks
from pipeline.stages.base import Given, Need, Work
from pipeline.stages.model_stage import ModelStage, assessed_tasks, parent


class StandardiseTasks(ModelStage[StandardisedTasks]):
    """Verb first, no subject, duplicates merged."""

    key = "standardise_tasks"
    title = "Standardise the tasks"
    script = "run_standardisation.py"
    needs = (Need("top_tasks"),)
    priority = "P1"

    def inputs(self, given: Given) -> dict[str, Any]:
        return {"tasks": assessed_tasks(given), "top": parent(given, "top_tasks").get("tasks")}

    def nothing_to_do(self, given: Given) -> str | None:
        return None if assessed_tasks(given) else "no_tasks"

    async def judge(self, given: Given, work: Work, deadline: float) -> Judged[StandardisedTasks]:
        return await work.assessor.standardise_tasks(given, deadline=deadline)

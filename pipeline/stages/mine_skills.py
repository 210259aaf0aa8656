"""The skills of the role: those its documents name, and those that its tasks and its standard role let one
conclude."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from pipeline.assessor.model import InferredSkill, Judged, MinedSkills
from pipeline.stages.base import Given, Need, Work
from pipeline.stages.model_stage import ModelStage, assessed_tasks, document_inputs, parent
from pipeline.taxonomies.skills import Usual

MOST_USUAL = 20


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
        judged = await work.assessor.mine_skills(given, deadline=deadline)
        linked = parent(given, "map_draup_role").get("linked")
        if work.shelf is None or not linked:
            return judged
        usual = await work.shelf.skills(given.role.company_id, linked["taxonomy"], linked["code"])
        return msgspec.structs.replace(judged, value=with_usual(judged.value, usual, linked["title"]))


def with_usual(mined: MinedSkills, usual: Iterable[Usual], role: str) -> MinedSkills:
    """What the standard role usually needs is inferred, where nothing else said so."""
    known = {one.name.casefold() for one in mined.found} | {one.name.casefold() for one in mined.inferred}
    more = [one for one in usual if one.name.casefold() not in known][:MOST_USUAL]
    why = f"usual for {role}, the linked standard role"
    added = (InferredSkill(name=one.name, group=one.group, why=why) for one in more)
    return msgspec.structs.replace(mined, inferred=(*mined.inferred, *added))

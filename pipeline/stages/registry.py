"""All stages in topological order. Adding one is its file and one line here."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.stages.ai_assessment import AiAssessment
from pipeline.stages.base import Stage
from pipeline.stages.create_company_role import CreateCompanyRole
from pipeline.stages.link_documents import LinkDocuments
from pipeline.stages.map_draup_role import MapDraupRole
from pipeline.stages.mine_skills import MineSkills
from pipeline.stages.publish_dashboard import PublishDashboard
from pipeline.stages.reskilling import PlanReskilling
from pipeline.stages.role_catalog import RoleCatalog
from pipeline.stages.skills_architecture import BuildArchitecture
from pipeline.stages.skills_catalog import SkillsCatalog
from pipeline.stages.standardise_tasks import StandardiseTasks
from pipeline.stages.task_feasibility import JudgeFeasibility
from pipeline.stages.top_tasks import RankTopTasks

STAGES: tuple[Stage, ...] = (
    CreateCompanyRole(),
    LinkDocuments(),
    MapDraupRole(),
    AiAssessment(),
    PublishDashboard(),
    RankTopTasks(),
    StandardiseTasks(),
    JudgeFeasibility(),
    MineSkills(),
    BuildArchitecture(),
    PlanReskilling(),
    SkillsCatalog(),
    RoleCatalog(),
)

_BY_KEY = {stage.key: stage for stage in STAGES}


def by_key(key: str) -> Stage:
    """The stage with this key. Raises KeyError."""
    return _BY_KEY[key]


def dependants(key: str) -> tuple[str, ...]:
    """All stages that depend on this one, directly or not, in order."""
    reached = {key}
    for stage in STAGES:
        if any(need.stage in reached for need in stage.needs):
            reached.add(stage.key)
    return tuple(stage.key for stage in STAGES if stage.key in reached and stage.key != key)


def check_order(stages: Iterable[Stage]) -> None:
    """Every stage comes after all it needs, so that there is no circle. Raises ValueError."""
    seen: set[str] = set()
    for stage in stages:
        missing = [need.stage for need in stage.needs if need.stage not in seen]
        if missing or stage.key in seen:
            raise ValueError(f"stage {stage.key} stands before {', '.join(missing) or 'itself'}")
        seen.add(stage.key)


check_order(STAGES)

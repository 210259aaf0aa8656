"""The stages and how they depend on each other, as this company runs them."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency

from connector.api.http import Call, Reply
from connector.api.operation import Answer, operation
from control import companies
from pipeline.stages.base import Edge, Kind, Priority, Stage
from pipeline.stages.registry import STAGES, dependants


class StageNeed(msgspec.Struct, frozen=True):
    """An edge to a parent: it must succeed (`success`), may be degraded (`partial`), or only be over
    (`settled`)."""

    stage: str
    edge: Edge


class StageOut(msgspec.Struct, frozen=True, kw_only=True):
    """A stage. `critical` ones must end well for a role to become visible; `outside` names the parts it
    cannot work without; `enabled` is false for one that this company has switched off."""

    key: str
    title: str
    script: str
    priority: Priority
    critical: bool
    kind: Kind
    needs: list[StageNeed]
    dependants: list[str]
    outside: list[str]
    timeout_seconds: float
    version: str
    enabled: bool


class StageList(msgspec.Struct, frozen=True):
    """All stages in an order in which each comes after what it needs."""

    results: list[StageOut]
    next_cursor: str | None
    has_more: bool


_EXAMPLE: dict[str, Any] = {
    "key": "mine_skills",
    "title": "Mine skills",
    "script": "skills_miner.py",
    "priority": "P1",
    "critical": False,
    "kind": "llm",
    "needs": [{"stage": "ai_assessment", "edge": "partial"}],
    "dependants": ["skills_architecture", "reskilling", "skills_catalog", "role_catalog"],
    "outside": ["model"],
    "timeout_seconds": 120.0,
    "version": "1",
    "enabled": True,
}


class Stages(Controller):
    """What a run consists of."""

    path = "/v1/stages"
    tags = ["Stages"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "searchStages",
            "The stages, their priorities and what each needs",
            scope="runs:read",
            answers={
                200: Answer(
                    kind=StageList, example={"results": [_EXAMPLE], "next_cursor": None, "has_more": False}
                )
            },
            notes="Use the keys to push selected stages.",
        ),
    )
    async def search(self, call: NamedDependency[Call]) -> Reply:
        """Always the whole graph."""
        async with call.tx() as tx:
            company = await companies.get(tx, call.caller.company_id)
        off = company.policy.get("stages_off", [])
        return Reply(StageList([_shown(stage, off) for stage in STAGES], None, False))


def _shown(stage: Stage, off: list[str]) -> StageOut:
    return StageOut(
        key=stage.key,
        title=stage.title,
        script=stage.script,
        priority=stage.priority,
        critical=stage.critical,
        kind=stage.kind,
        needs=[StageNeed(need.stage, need.edge) for need in stage.needs],
        dependants=list(dependants(stage.key)),
        outside=list(stage.outside),
        timeout_seconds=stage.timeout,
        version=stage.version,
        enabled=stage.critical or stage.key not in off,
    )

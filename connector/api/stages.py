"""The stages and how they depend on each other, as this company runs them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Controller, get, put
from litestar.di import NamedDependency
from msgspec import UNSET, Meta

from connector import activation
from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from control import audit, companies
from kit.db import Tx
from pipeline.stages import switching
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


class StageSettingsIn(msgspec.Struct):
    """The keys of the stages to be switched off; all others are on."""

    off: Annotated[list[str], Meta(max_length=50)]


class StageSettingsOut(msgspec.Struct, frozen=True):
    """The keys of the stages that are switched off."""

    off: list[str]


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
            off = await _off(call, tx)
        return Reply(StageList([_shown(stage, off) for stage in STAGES], None, False))


class StageSettings(Controller):
    """Which stages the company does without."""

    path = "/v1/settings/stages"
    tags = ["Company"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "getStageSettings",
            "Which stages are switched off",
            scope="settings:read",
            answers={200: Answer(kind=StageSettingsOut, example={"off": ["reskilling"]})},
        ),
    )
    async def show(self, call: NamedDependency[Call]) -> Reply:
        """In the order of the stages; none, unless somebody chose so."""
        async with call.tx() as tx:
            off = await _off(call, tx)
        return Reply(StageSettingsOut(off))

    @put(
        "/",
        **operation(
            "setStageSettings",
            "Choose which stages are switched off",
            scope="settings:write",
            body=Body(
                kind=StageSettingsIn,
                examples={"no reskilling": {"off": ["reskilling"]}, "all on": {"off": []}},
            ),
            answers={200: Answer(kind=StageSettingsOut, example={"off": ["reskilling"], "ignored": []})},
            notes="Only enhancement stages, and only together with those that rest on them. A stage that is "
            "off is a success with outputs.skipped = switched_off, in every run that a worker takes from now "
            "on; what was found before stays.",
        ),
    )
    async def change(self, call: NamedDependency[Call]) -> Reply:
        """Replaces the whole choice."""
        given, ignored = await call.body(StageSettingsIn)
        off = switching.check_off(given.off)
        async with call.tx() as tx:
            await activation.change(
                tx, call.caller.company_id, name=None, dashboard_url=UNSET, policy={switching.KEY: off}
            )
            await audit.record(tx, call.caller, "settings.stages_changed", "stages", detail={"off": off})
        return Reply(StageSettingsOut(off), ignored=ignored)


async def _off(call: Call, tx: Tx) -> list[str]:
    company = await companies.get(tx, call.caller.company_id)
    off: list[str] = company.policy.get(switching.KEY, [])
    return [stage.key for stage in STAGES if stage.key in off and not stage.critical]


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
        enabled=stage.key not in off,
    )

"""The model when it answers, the offline assessor when it is away and the company chose that.

What the stand-in judged says so (`assessor`, `offline`, a warning, a flag on the assessment), and is
provisional: the next run of the role asks the model again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import msgspec
import structlog

from pipeline.assessor.model import (
    Assessor,
    Feasibility,
    Judged,
    MinedSkills,
    Reskilling,
    Result,
    RoleAssessment,
    RoleMapping,
    SkillsArchitecture,
    StandardisedTasks,
    TaxonomyRole,
    TopTasks,
)
from pipeline.assessor.policy import SANDBOX, policy_of
from pipeline.stages.base import Call, Given, StageFault

R = TypeVar("R", bound=Result)
_log = structlog.get_logger("pipeline.assessor")
AWAY = frozenset({"model_unavailable", "model_rate_limited"})
STOOD_IN = "The model could not be asked in time: the offline assessor judged in its place."
FLAG = "stood_in:offline_assessor"
_RESERVE, _PAUSE = 5.0, 2.0


class WithStandby:
    """`patience` is how long the model is asked again in place before the stand-in takes over (seconds)."""

    def __init__(self, model: Assessor, standby: Assessor, *, patience: float = 20.0) -> None:
        self._model, self._standby, self._patience = model, standby, patience
        self.name, self.version = model.name, model.version

    async def map_role(
        self, given: Given, taxonomy: Sequence[TaxonomyRole], *, deadline: float
    ) -> Judged[RoleMapping]:
        """By the model, or by the stand-in."""

        async def ask(assessor: Assessor, by: float) -> Judged[RoleMapping]:
            return await assessor.map_role(given, taxonomy, deadline=by)

        return await self._either(ask, given, deadline)

    async def assess(self, given: Given, *, deadline: float) -> Judged[RoleAssessment]:
        """By the model, or by the stand-in, which is then flagged."""
        judged = await self._either(lambda a, by: a.assess(given, deadline=by), given, deadline)
        if not judged.provisional:
            return judged
        flagged = msgspec.structs.replace(judged.value, flags=(*judged.value.flags, FLAG))
        return msgspec.structs.replace(judged, value=flagged)

    async def top_tasks(self, given: Given, *, deadline: float) -> Judged[TopTasks]:
        """By the model, or by the stand-in."""
        return await self._either(lambda a, by: a.top_tasks(given, deadline=by), given, deadline)

    async def standardise_tasks(self, given: Given, *, deadline: float) -> Judged[StandardisedTasks]:
        """By the model, or by the stand-in."""
        return await self._either(lambda a, by: a.standardise_tasks(given, deadline=by), given, deadline)

    async def task_feasibility(self, given: Given, *, deadline: float) -> Judged[Feasibility]:
        """By the model, or by the stand-in."""
        return await self._either(lambda a, by: a.task_feasibility(given, deadline=by), given, deadline)

    async def mine_skills(self, given: Given, *, deadline: float) -> Judged[MinedSkills]:
        """By the model, or by the stand-in."""
        return await self._either(lambda a, by: a.mine_skills(given, deadline=by), given, deadline)

    async def skills_architecture(self, given: Given, *, deadline: float) -> Judged[SkillsArchitecture]:
        """By the model, or by the stand-in."""
        return await self._either(lambda a, by: a.skills_architecture(given, deadline=by), given, deadline)

    async def reskilling(self, given: Given, *, deadline: float) -> Judged[Reskilling]:
        """By the model, or by the stand-in."""
        return await self._either(lambda a, by: a.reskilling(given, deadline=by), given, deadline)

    async def aclose(self) -> None:
        """Both."""
        await self._model.aclose()
        await self._standby.aclose()

    async def _either(
        self, ask: Callable[[Assessor, float], Awaitable[Judged[R]]], given: Given, deadline: float
    ) -> Judged[R]:
        if given.policy.get(SANDBOX):
            return await ask(self._standby, deadline)
        if policy_of(given.policy).when_away != "offline":
            return await ask(self._model, deadline)
        now = time.monotonic()
        by = deadline - min(_RESERVE, max(0.0, deadline - now) / 4)
        patient_until = min(by, now + self._patience)
        calls: tuple[Call, ...] = ()
        while True:
            try:
                judged = await ask(self._model, by)
            except StageFault as fault:
                calls += fault.calls
                if fault.code not in AWAY:
                    fault.calls = calls
                    raise
                pause = fault.retry_after or _PAUSE
                if time.monotonic() + pause > patient_until:
                    break
                await asyncio.sleep(pause)
            else:
                return msgspec.structs.replace(judged, calls=(*calls, *judged.calls))
        _log.warning("model.stood_in", role_id=str(given.role.id))
        judged = await ask(self._standby, deadline)
        warnings = (*judged.warnings, STOOD_IN)
        return msgspec.structs.replace(judged, calls=calls, warnings=warnings, provisional=True)

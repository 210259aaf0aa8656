"""How a run ends, given how its stages did: pure, one table (design: the contract's table of endings)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from pipeline.engine.dag import Settled
from pipeline.stages.base import Stage

_LEAST_WAIT = 60.0
_MOST_WAIT = 3600.0


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """The last word on a run: its status, the role's state, the event that says so, when to try again."""

    status: Literal["success", "failed"]
    role_state: str
    event: str
    outputs: dict[str, Any]
    error: dict[str, Any] | None = None
    retry_in: float | None = None
    degraded: list[str] = []


def ending(
    stages: Sequence[Stage], settled: Mapping[str, Settled], *, age: float, follow_up: float
) -> Ending:
    """`age` is the time since acceptance, `follow_up` how long a passing fault is tried again (seconds)."""
    failed = [stage for stage in stages if settled[stage.key].status == "failed"]
    critical = next((stage for stage in failed if stage.critical), None)
    partial = sorted({mark for one in settled.values() if one.status == "success" for mark in one.degraded})
    keys = [stage.key for stage in failed]
    outputs: dict[str, Any] = {"degraded": keys + partial} if keys or partial else {}
    if critical is None:
        if not failed:
            return Ending(status="success", role_state="ready", event="run.finished", outputs=outputs)
        return Ending(
            status="success",
            role_state="workflow_failed",
            event="run.degraded",
            outputs=outputs,
            degraded=keys,
        )
    cause = settled[critical.key]
    return Ending(
        status="failed",
        role_state="validation_failed" if cause.invalid else "assessment_failed",
        event="run.failed",
        outputs=outputs,
        error={**(cause.error or {}), "stage": critical.key},
        retry_in=retry_wait(age, follow_up) if cause.retryable else None,
        degraded=keys,
    )


def retry_wait(age: float, follow_up: float) -> float | None:
    """When to start over after a passing fault: the waits double with the age, up to an hour."""
    return None if age >= follow_up else min(_MOST_WAIT, max(_LEAST_WAIT, age))

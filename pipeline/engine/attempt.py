"""One attempt of a stage: validate, act within its time, and turn whatever happens into one of two things."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

import msgspec
import structlog

from kit.errors import Action, Fault
from pipeline.engine.executors import Executor
from pipeline.stages.base import Call, Given, Outcome, Stage, StageFault, Work

_log = structlog.get_logger("pipeline.engine")
_NUL = b"\\u0000"
_OPERATOR = Action(
    "Look at the log of this run's request id; nothing is lost, and it is tried again.", "operator"
)


class Backoff(msgspec.Struct, frozen=True, kw_only=True):
    """How failed attempts are spaced: attempts in all, first wait, growth, longest wait (seconds)."""

    attempts: int
    first: float
    factor: float
    cap: float

    def wait(self, failed: int, retry_after: float | None) -> float:
        """Seconds until the next attempt after `failed` failures: full jitter; the other side's word wins."""
        if retry_after is not None:
            return retry_after
        return random.uniform(0, min(self.cap, self.first * self.factor ** (failed - 1)))  # noqa: S311


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt that failed. `invalid` says that the inputs are to blame, not the work; a `patient` one
    is tried again as often as the deadline allows."""

    error: dict[str, Any]
    retry: bool = False
    retry_after: float | None = None
    invalid: bool = False
    patient: bool = False
    calls: tuple[Call, ...] = ()


def problem(code: str, message: str, action: Action | None = None) -> dict[str, Any]:
    """An error in the form of the contract (without `retry_at`, which only a run has)."""
    return {
        "code": code,
        "message": message.replace("\0", ""),
        "action": msgspec.to_builtins(action) if action else None,
    }


def refusal(stage: Stage, given: Given) -> Failure | None:
    """What validation says when it stops the stage."""
    hard = next((finding for finding in stage.validate(given) if finding.hard), None)
    if hard is None:
        return None
    return Failure(error=problem(hard.code, hard.message, hard.action), invalid=True)


async def act(stage: Stage, given: Given, work: Work, executor: Executor) -> Outcome | Failure:
    """Do it, once. Never raises, except CancelledError."""
    left = work.deadline - time.monotonic()
    limit = min(stage.timeout, left)
    try:
        refused = refusal(stage, given)
        if refused is not None:
            return refused
        async with asyncio.timeout(limit):
            return storable(stage, await executor.execute(stage, given, work))
    except TimeoutError:
        return _too_slow(stage, limit, left)
    except Fault as fault:
        return _failed(fault)
    except Exception as exc:
        _log.exception("stage.broke", stage=stage.key, run_id=str(work.run_id))
        error = problem(
            "internal", f"{stage.title} stopped with an unexpected {type(exc).__name__}.", _OPERATOR
        )
        return Failure(error=error, retry=True)


def _failed(fault: Fault) -> Failure:
    paid = fault if isinstance(fault, StageFault) else None
    return Failure(
        error=problem(fault.code, fault.message, fault.action),
        retry=fault.retry,
        retry_after=fault.retry_after,
        patient=bool(paid and paid.patient),
        calls=paid.calls if paid else (),
    )


def storable(stage: Stage, outcome: Outcome) -> Outcome | Failure:
    """The outcome, or a failure when PostgreSQL could not hold it (no JSON, or NUL characters in it)."""
    try:
        text = msgspec.json.encode(outcome)
    except (TypeError, ValueError):
        text = _NUL
    if _NUL not in text:
        return outcome
    action = Action("Look at the stage's inputs: its result holds what cannot be stored.", "operator")
    error = problem("result_not_storable", f"The result of {stage.title} cannot be stored.", action)
    return Failure(error=error, calls=outcome.calls)


def _too_slow(stage: Stage, limit: float, left: float) -> Failure:
    if limit < left:
        message = f"{stage.title} took longer than its {stage.timeout:.0f} s."
        return Failure(error=problem("stage_timeout", message, _OPERATOR), retry=True)
    return deadline_exceeded(stage)


def deadline_exceeded(stage: Stage) -> Failure:
    """The run's own time is over; the clock tries again later."""
    action = Action("Wait: the run is started again by itself, or push the role again now.", "csm")
    message = f"{stage.title} was not done within the run's time."
    return Failure(error=problem("deadline_exceeded", message, action), retry=True)

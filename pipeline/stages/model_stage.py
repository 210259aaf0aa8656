"""What the stages that ask the assessor have in common: ask, record the answer as plain data, write
nothing outside."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from pipeline.assessor.model import Judged, Result
from pipeline.stages.base import Finding, Given, Kind, Need, Outcome, Priority, Work

R = TypeVar("R", bound=Result)
_LAST_WORDS = 1.0
OFFLINE = "offline"


class ModelStage(ABC, Generic[R]):
    """A stage whose whole effect is one answer of the assessor."""

    key: ClassVar[str]
    title: ClassVar[str]
    script: ClassVar[str]
    needs: ClassVar[tuple[Need, ...]]
    priority: ClassVar[Priority]
    critical: ClassVar[bool] = False
    kind: ClassVar[Kind] = "llm"
    outside: ClassVar[tuple[str, ...]] = ("model",)
    version: ClassVar[str] = "1"
    timeout: ClassVar[float] = 120.0

    @abstractmethod
    def inputs(self, given: Given) -> dict[str, Any]:
        """What this stage reads of `given`."""

    @abstractmethod
    async def judge(self, given: Given, work: Work, deadline: float) -> Judged[R]:
        """Asks the assessor; `deadline` in `time.monotonic()` seconds. Raises StageFault."""

    def nothing_to_do(self, given: Given) -> str | None:
        """A reason to skip the question, or None."""
        return None

    def outcome(self, judged: Judged[R]) -> Outcome:
        """What is recorded."""
        return Outcome(
            outputs=msgspec.to_builtins(judged.value),
            warnings=judged.warnings,
            calls=judged.calls,
            provisional=judged.provisional,
        )

    def validate(self, given: Given) -> list[Finding]:
        return []

    def intent(self, given: Given) -> dict[str, Any] | None:
        return None

    async def execute(self, given: Given, work: Work) -> Outcome:
        reason = self.nothing_to_do(given)
        if reason:
            return Outcome(outputs={}, skipped=reason)
        judged = await self.judge(given, work, self._deadline(work))
        weights = {"weights": judged.value.version} if judged.value.assessor == OFFLINE else {}
        versions = {**weights, **judged.value.versions, "mapping": given.role.mapping_version}
        done = self.outcome(judged)
        done.outputs["versions"] = versions
        return done

    async def rollback(self, intent: dict[str, Any], work: Work) -> None:
        """Nothing was written outside."""

    def _deadline(self, work: Work) -> float:
        """A little before the engine ends the attempt, so that the assessor can say what was wrong and what
        was paid."""
        now = time.monotonic()
        left = min(work.deadline - now, self.timeout)
        return now + left - min(_LAST_WORDS, max(0.0, left) / 10)


def parent(given: Given, stage: str) -> Mapping[str, Any]:
    """A parent's recorded outputs; empty when it did not end `success` or was skipped."""
    outputs = given.parents.get(stage) or {}
    return {} if outputs.get("skipped") else outputs


def assessed_tasks(given: Given) -> list[Any]:
    """The tasks that ai_assessment recorded."""
    return list(parent(given, "ai_assessment").get("tasks") or ())


def document_inputs(given: Given) -> list[dict[str, str]]:
    """What identifies the documents: a changed text, kind or set makes another hash."""
    return [{"id": str(doc.id), "kind": doc.kind, "sha256": doc.sha256} for doc in given.documents]

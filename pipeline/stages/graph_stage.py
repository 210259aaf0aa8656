"""What the stages that write to the graph have in common: each says what its part of the graph looks
like (`picture`), and everything else follows from that."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from pipeline.graph.model import Picture, Written
from pipeline.stages.base import Finding, Given, Kind, Need, Outcome, Priority, Work


class GraphStage(ABC):
    """A stage whose whole effect is a picture in the graph."""

    key: ClassVar[str]
    title: ClassVar[str]
    script: ClassVar[str]
    needs: ClassVar[tuple[Need, ...]]
    critical: ClassVar[bool]
    priority: ClassVar[Priority]
    kind: ClassVar[Kind] = "graph"
    outside: ClassVar[tuple[str, ...]] = ("graph",)
    version: ClassVar[str] = "1"
    timeout: ClassVar[float] = 30.0

    @abstractmethod
    def picture(self, given: Given, at: str) -> Picture:
        """This stage's part of the graph; `at` is when it was written, ISO 8601 in UTC. The same
        `given` and `at` give the same picture, so a graph can be rebuilt from recorded outputs."""

    @abstractmethod
    def inputs(self, given: Given) -> dict[str, Any]:
        """What this stage reads of `given`."""

    @abstractmethod
    def outcome(self, given: Given, picture: Picture, written: Written) -> Outcome:
        """What is recorded after the picture is durable."""

    def validate(self, given: Given) -> list[Finding]:
        return []

    def intent(self, given: Given) -> dict[str, Any] | None:
        return self.picture(given, "").intent()

    async def execute(self, given: Given, work: Work) -> Outcome:
        at = now()
        picture = self.picture(given, at)
        written = await work.graph.write(picture, run_id=work.run_id, rev=work.rev, deadline=work.deadline)
        done = self.outcome(given, picture, written)
        done.outputs["written_at"] = at
        return done

    async def rollback(self, intent: dict[str, Any], work: Work) -> None:
        await work.graph.undo(intent, run_id=work.run_id, deadline=work.deadline)


def now() -> str:
    """The present moment as ISO 8601 text in UTC: the graph keeps no zoned datetimes portably."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def about(given: Given, stage: str) -> dict[str, Any]:
    """The fields of a Picture that say whose it is."""
    role = given.role
    return {"company_id": role.company_id, "company": role.company, "role_id": role.id, "stage": stage}


def parent(given: Given, stage: str) -> Mapping[str, Any]:
    """A parent's recorded outputs; empty when it did not end `success`."""
    return given.parents.get(stage) or {}


def slug(text: str) -> str:
    """The key of a shared node from its name: one space between words, case folded."""
    return " ".join(text.split()).casefold()[:200]

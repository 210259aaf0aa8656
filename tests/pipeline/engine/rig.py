"""An engine on a real database with stages that do what a test tells them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, cast
from uuid import UUID

from kit import ids
from kit.db import Db
from kit.sql import Query
from pipeline.assessor.model import Assessor as AnyAssessor
from pipeline.engine import store
from pipeline.engine.attempt import Backoff
from pipeline.engine.drive import Tools
from pipeline.engine.engine import Engine, Rules
from pipeline.engine.executors import Executors
from pipeline.engine.gates import FairGate
from pipeline.graph.writer import Graph
from pipeline.stages.base import Finding, Given, Need, Outcome, Stage, Work

Act = Callable[[Given, Work], Any]


class Assessor:
    """Only its version counts here."""

    name = "test"
    version = "1"


class FakeStage:
    """A stage of the test's own: the engine's real code runs it."""

    title = "Test stage"
    script = "test.py"
    priority = "P0"
    outside: tuple[str, ...] = ()
    version = "1"

    def __init__(
        self,
        key: str,
        *needs: Need | str,
        critical: bool = False,
        kind: str = "llm",
        act: Act | None = None,
        timeout: float = 10,
    ) -> None:
        self.key = key
        self.needs = tuple(need if isinstance(need, Need) else Need(need) for need in needs)
        self.critical = critical
        self.kind = kind
        self.timeout = timeout
        self._act = act
        self.calls = 0
        self.findings: list[Finding] = []

    def inputs(self, given: Given) -> dict[str, Any]:
        parents = {need.stage: given.parents.get(need.stage) for need in self.needs}
        return {
            "title": given.role.title,
            "documents": [d.sha256 for d in given.documents],
            "parents": parents,
        }

    def validate(self, given: Given) -> list[Finding]:
        return self.findings

    def intent(self, given: Given) -> dict[str, Any] | None:
        return {"nodes": [str(given.role.id)]} if self.kind == "graph" else None

    async def execute(self, given: Given, work: Work) -> Outcome:
        self.calls += 1
        result = self._act(given, work) if self._act else None
        if asyncio.iscoroutine(result):
            result = await result
        return result if isinstance(result, Outcome) else Outcome(outputs={"did": self.key})

    async def rollback(self, intent: dict[str, Any], work: Work) -> None:
        raise AssertionError("the engine never rolls back by itself")


def line(**acts: Act) -> list[FakeStage]:
    """The shape of the real graph, small: critical stages, one between that may fail, two enhancements."""
    return [
        FakeStage("create", critical=True, kind="graph", act=acts.get("create")),
        FakeStage("map", "create", act=acts.get("map")),
        FakeStage("assess", "create", Need("map", "settled"), critical=True, act=acts.get("assess")),
        FakeStage("publish", Need("assess", "partial"), critical=True, kind="graph", act=acts.get("publish")),
        FakeStage("skills", Need("assess", "partial"), act=acts.get("skills")),
        FakeStage("catalog", "skills", kind="graph", act=acts.get("catalog")),
    ]


class Rig:
    """Engines that ring each other directly, without Redis."""

    def __init__(self, db: Db, stages: list[FakeStage], **rules: Any) -> None:
        self.db = db
        self.stages = stages
        self.rules = Rules(**({"lease": 15, "renew": 0.1, "stop_patience": 2} | rules))
        self.engines: list[Engine] = []
        self.rung: list[UUID] = []
        self.backoff = Backoff(attempts=3, first=0.01, factor=1, cap=0.02)

    def tools(self) -> Tools:
        return Tools(
            stages=cast(Sequence[Stage], self.stages),
            graph=cast(Graph, None),
            assessor=cast(AnyAssessor, Assessor()),
            executors=Executors({}),
            gates={"graph": FairGate(16), "llm": FairGate(16)},
            backoff=self.backoff,
            follow_up=86_400,
        )

    def engine(self) -> Engine:
        engine = Engine(
            self.db, self.tools(), self.rules, owner=ids.new(), ring_runs=self.ring, do_jobs=self._no_jobs
        )
        engine.start()
        self.engines.append(engine)
        return engine

    async def ring(self, run_ids: list[UUID]) -> None:
        self.rung += run_ids
        for n, run_id in enumerate(run_ids):
            if self.engines:
                await self.engines[n % len(self.engines)].take(run_id)

    async def _no_jobs(self, job_ids: list[int]) -> None:
        return None

    async def stop(self) -> None:
        for engine in self.engines:
            await engine.stop()

    async def rows(self, text: str, **params: Any) -> list[dict[str, Any]]:
        async with self.db.engine() as tx:
            found: list[dict[str, Any]] = await tx.all(Query("test", "", text), params)
            return found

    async def until(self, text: str, *, seconds: float = 30, **params: Any) -> list[dict[str, Any]]:
        """Wait for a query to give rows, admitting and ringing as the clock would."""
        async with asyncio.timeout(seconds):
            while True:
                found = await self.rows(text, **params)
                if found:
                    return found
                await self.tick()
                await asyncio.sleep(0.02)

    async def tick(self) -> None:
        """The engines are on the list of the living, or nobody would ring again for an unheard doorbell.
        Without an engine of its own a rig rings for nobody: a clock at work would find nothing unheard."""
        if not self.engines:
            return
        async with self.db.engine() as tx:
            for engine in self.engines:
                await store.enrol(tx, id_=engine.owner, kind="worker", lock_key=0, host="rig")
            freed = await store.take_over(tx, [])
            waiting = await store.unheard_runs(tx)
        await self.ring(freed + waiting)
        await self.engines[0].admit()

    async def settled(self, run_id: UUID, seconds: float = 30) -> dict[str, Any]:
        """The run's row once it is over."""
        rows = await self.until(
            "SELECT r.*, o.state, o.visible FROM (SELECT id, role_id, status, error, outputs, epoch, done, "
            "sequence, takeovers, retry_at, owner, slot, waiting FROM run) r JOIN role o ON o.id = r.role_id "
            "WHERE r.id = %(id)s AND r.status IN ('success', 'failed')",
            id=run_id,
            seconds=seconds,
        )
        return rows[0]

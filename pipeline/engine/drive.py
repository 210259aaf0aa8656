"""One owner drives one run: open what is ready, record, act, record, until it is over, parked or fenced.

Nothing here touches a database directly: every step is one entry of the group commit, and an act starts
only after its start has been recorded.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import structlog

from kit.errors import Action
from pipeline.engine import dag
from pipeline.engine.attempt import Backoff, Failure, act, problem
from pipeline.engine.budgets import Budgets
from pipeline.engine.committer import Committer, Entry
from pipeline.engine.ending import ending
from pipeline.engine.executors import Executors
from pipeline.engine.gates import FairGate
from pipeline.engine.progress import Progress, Start
from pipeline.engine.store import Loaded, Recorded
from pipeline.stages.base import Outcome, Stage, Work

if TYPE_CHECKING:
    from pipeline.assessor.model import Assessor
    from pipeline.graph.writer import Graph
    from pipeline.taxonomies.shelf import Shelf

_log = structlog.get_logger("pipeline.engine")
_SLEEP_IN_PLACE = 5.0
_CANCEL_PATIENCE = 5.0
_MOST_TAKEOVERS = 5
_HALF = 0.5

How = Literal["over", "parked", "fenced"]


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """What stages act with, and the rules they act under; one for all runs of a process. Without `budgets`
    nothing that stages do costs money; `shelf` holds imported taxonomies and confirmed mappings."""

    stages: Sequence[Stage]
    graph: Graph
    assessor: Assessor
    executors: Executors
    gates: Mapping[str, FairGate]
    backoff: Backoff
    follow_up: float
    budgets: Budgets | None = None
    shelf: Shelf | None = None


class Drive:
    """The owner's hold on one run."""

    def __init__(self, run: Loaded, tools: Tools, committer: Committer) -> None:
        self.run = run
        self._tools = tools
        self._committer = committer
        self._progress = Progress(run, tools.stages, tools.assessor.version, tools.backoff)
        self._tasks: dict[asyncio.Task[Outcome | Failure], Start] = {}
        self._step = 0
        self._taken = time.monotonic()
        self._visible_by = self._taken + run.visible_left
        self._work_by = self._taken + run.work_left
        self._gating = dag.gates_critical(tools.stages)
        self._announced = run.critical_done
        self._cancel = run.cancel
        self._pause = run.pause
        self._stopping = False
        self._fenced = False
        self._budget_in: float | None = None
        self._news = asyncio.Event()

    def hear(self, *, cancel: bool = False, pause: bool = False) -> None:
        """Wishes on the run row, heard at a heartbeat."""
        if cancel != self._cancel or pause != self._pause:
            self._cancel, self._pause = cancel, pause
            self._news.set()

    def stop(self) -> None:
        """The process is going: take nothing new."""
        self._stopping = True
        self._news.set()

    def lose(self) -> None:
        """The run is somebody else's now: stop acting."""
        self._fenced = True
        self._news.set()

    async def cut_short(self) -> None:
        """The process has no more patience: end the acts; they are done again by the next owner."""
        await self._cancel_tasks()
        self._news.set()

    async def drive(self) -> How:
        """Until the run is over, parked, or no longer ours. Nothing of it acts on after this."""
        try:
            return await self._go_on(self._opening())
        finally:
            await self._cancel_tasks()

    async def _go_on(self, entry: Entry) -> How:
        while not self._fenced:
            if self._cancel:
                return await self._end_cancelled(entry)
            starts = [] if self._pause or self._stopping else await self._open(entry)
            self._announce(entry)
            if self._progress.over:
                return await self._end(entry)
            if not starts and not self._tasks and self._must_park():
                return await self._park(entry)
            if (entry.attempts or entry.events) and not await self._submit(entry):
                return "fenced"
            for start in starts:
                if start.stage.key in self._progress.acting:
                    self._begin(start)
            entry = await self._listen()
        if entry.usage:
            await self._submit(entry)  # what was paid is written down, whoever owns the run now
        return "fenced"

    def _opening(self) -> Entry:
        entry = self._entry()
        if not self.run.begun:
            entry.event("run.started", {"status": "running"})
            entry.patch["role_state"] = "processing"
        if self.run.takeovers > _MOST_TAKEOVERS:
            self._give_up(entry)
        return entry

    def _give_up(self, entry: Entry) -> None:
        """A run that keeps killing its workers ends, instead of killing one more."""
        action = Action("Send the support bundle of this run to the operator.", "operator")
        failure = Failure(error=problem("worker_lost", "The workers that took this run were lost.", action))
        for stage in self._tools.stages:
            if stage.key not in self._progress.settled:
                self._progress.fail(Start(stage, self._progress.given(stage), 0, ""), failure, entry, 0.0)

    def _entry(self) -> Entry:
        self._step += 1
        return Entry(self.run.id, self.run.epoch, self._step)

    def _deadline(self, stage: Stage) -> float:
        """Critical stages have until the role must be visible; what they wait for, half of what is left."""
        if stage.critical:
            return self._visible_by
        if stage.key in self._gating:
            now = time.monotonic()
            return min(self._work_by, now + max(0.0, self._visible_by - now) * _HALF)
        return self._work_by

    async def _open(self, entry: Entry) -> list[Start]:
        if self._tools.budgets is not None:
            self._budget_in = await self._tools.budgets.held(self.run.company_id, self.run.policy)
        no_model = self._budget_in is not None
        return self._progress.open(entry, time.monotonic(), deadline=self._deadline, no_model=no_model)

    def _begin(self, start: Start) -> None:
        work = Work(
            run_id=self.run.id,
            epoch=self.run.epoch,
            rev=self._progress.rev,
            deadline=self._deadline(start.stage),
            graph=self._tools.graph,
            assessor=self._tools.assessor,
            shelf=self._tools.shelf,
        )
        task = asyncio.create_task(self._act(start, work))
        task.add_done_callback(lambda _: self._news.set())
        self._tasks[task] = start

    async def _act(self, start: Start, work: Work) -> Outcome | Failure:
        gate = self._tools.gates[start.stage.kind]
        await gate.enter(self.run.company_id)
        try:
            return await act(start.stage, start.given, work, self._tools.executors.of(start.stage))
        finally:
            gate.leave(self.run.company_id)

    async def _listen(self) -> Entry:
        """Wait for an act to end, a retry to come due, or a wish; collect what has ended."""
        held = self._pause or self._stopping  # what comes due is not begun: its time is no reason to wake
        due = None if held else min(self._progress.retries.values(), default=None)
        timeout = None if due is None else max(0.0, due - time.monotonic())
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._news.wait()
        self._news.clear()
        entry = self._entry()
        for task in [task for task in self._tasks if task.done()]:
            self._collect(task, self._tasks.pop(task), entry)
        return entry

    def _collect(self, task: asyncio.Task[Outcome | Failure], start: Start, entry: Entry) -> None:
        if task.cancelled():
            return
        result = task.result()
        if isinstance(result, Outcome):
            self._progress.succeed(start, result, entry)
        else:
            self._progress.fail(start, result, entry, self._deadline(start.stage))

    def _announce(self, entry: Entry) -> None:
        """The critical path is done: the role is ready, though it may still degrade."""
        if self._announced or not self._progress.critical_done:
            return
        self._announced = True
        entry.patch |= {
            "critical_done": True,
            "role_state": "ready",
            "publish": True,
            "shown": self._progress.shown,
            "flags": sorted(self._progress.flags),
            "degraded": [],
        }
        entry.event("role.ready", {"flags": sorted(self._progress.flags)})

    async def _submit(self, entry: Entry) -> bool:
        """Record; False when fenced."""
        entry.patch["done"] = len(self._progress.settled)
        recorded = await self._committer.submit(entry)
        if recorded is None:
            self._fenced = True
            return False
        self._heed(recorded)
        return True

    def _heed(self, recorded: Recorded) -> None:
        self._cancel = self._cancel or recorded.cancel
        self._pause = recorded.pause

    def _must_park(self) -> bool:
        """Whether nothing acts and nothing is worth waiting for in place."""
        if self._stopping or self._pause:
            return True
        due = min(self._progress.retries.values(), default=None)
        if due is None:
            return bool(self._progress.held)
        return due - time.monotonic() > _SLEEP_IN_PLACE

    async def _park(self, entry: Entry) -> How:
        """Give up owner, lease and slot in one statement, with the time and reason to come back."""
        self._leave(entry, "lost")
        if self._pause:
            waiting, wake_in = "paused", None
        elif self._stopping:
            waiting, wake_in = "queue", 0.0
        elif not self._progress.retries:
            waiting, wake_in = "llm_budget", self._budget_in
        else:
            waiting = "retry"
            wake_in = max(0.0, min(self._progress.retries.values()) - time.monotonic())
        entry.patch |= {
            "release": True,
            "waiting": waiting,
            "wake_in": wake_in,
            "work_left": self._work_by - time.monotonic(),
        }
        if self._pause:
            entry.event("run.paused", {"status": "running", "reason": waiting})
        elif not self._stopping:
            entry.event("run.waiting", {"reason": waiting})
        return "parked" if await self._submit(entry) else "fenced"

    async def _end(self, entry: Entry) -> How:
        end = ending(
            self._tools.stages, self._progress.settled, age=self.run.age, follow_up=self._tools.follow_up
        )
        entry.patch |= {
            "status": end.status,
            "release": True,
            "outputs": end.outputs,
            "error": end.error,
            "retry_in": end.retry_in,
            "role_state": end.role_state,
            "role_error": end.error,
            "degraded": end.degraded,
            "flags": sorted(self._progress.flags),
        }
        data = {"status": end.status, "error": end.error, "degraded": end.outputs.get("degraded", [])}
        entry.event(end.event, data)
        if end.role_state == "validation_failed":
            entry.event("role.invalid", {"error": end.error})
        return "over" if await self._submit(entry) else "fenced"

    async def _end_cancelled(self, entry: Entry) -> How:
        await self._cancel_tasks()
        for task, start in self._tasks.items():
            if task.done() and not task.cancelled():
                self._progress.bill(start.stage, task.result().calls, entry)
        error = problem(
            "cancelled", "The run was cancelled.", Action("Push the role again when wanted.", "csm")
        )
        self._leave(entry, "failed", error)
        entry.patch |= {
            "status": "failed",
            "release": True,
            "error": error,
            "role_state": "ready" if self._announced else self.run.prior_state,
        }
        entry.event("run.cancelled", {"status": "failed", "error": error})
        return "over" if await self._submit(entry) else "fenced"

    def _leave(self, entry: Entry, status: str, error: dict[str, Any] | None = None) -> None:
        """Write down how the acts that were cut short ended."""
        for stage in self._tools.stages:
            if stage.key in self._progress.acting:
                entry.attempts.append(
                    {
                        "run_id": self.run.id,
                        "stage": stage.key,
                        "attempt": self._progress.last_attempt(stage.key),
                        "status": status,
                        "input_hash": "",
                        "error": error,
                    }
                )

    async def _cancel_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_CANCEL_PATIENCE)

"""Where one owned run stands: rebuilt from its recorded attempts when a worker takes it, kept up to date
while it is driven, and written down as rows of the next entry."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from pipeline.engine import dag
from pipeline.engine.attempt import Backoff, Failure, deadline_exceeded, problem
from pipeline.engine.committer import Entry
from pipeline.engine.dag import Asked, Settled
from pipeline.engine.hashing import input_hash
from pipeline.engine.store import Attempt, Loaded
from pipeline.stages import switching
from pipeline.stages.base import Call, Given, Outcome, RoleFacts, Stage, rev_of


class Start(msgspec.Struct, frozen=True):
    """A stage to act on now, with what it may read and which try it is."""

    stage: Stage
    given: Given
    attempt: int
    hash: str


_PATIENCE = 8
"""How many times more attempts there are while a part outside is away: enough to fill a deadline."""
_PROVISIONAL = "00"
"""The input hash of a result that must not be reused: no inputs ever have it."""


class Progress:
    """The state of a run between two steps. Holds no connection and does no work itself."""

    def __init__(self, run: Loaded, stages: Sequence[Stage], assessor_version: str, backoff: Backoff) -> None:
        self.run = run
        self.stages = stages
        self._assessor_version = assessor_version
        self._backoff = backoff
        self.settled: dict[str, Settled] = {}
        self.acting: set[str] = set()
        self.retries: dict[str, float] = {}
        self.held: set[str] = set()
        self.flags: set[str] = set()
        self._failures: dict[str, int] = {}
        self._attempt: dict[str, int] = {}
        self._earlier = {row.stage: row for row in run.earlier}
        self._role = role_facts(run)
        self._no_model = False
        self._late: Callable[[Stage], bool] = lambda stage: False
        self._asked = Asked(
            named=frozenset(run.stages) if run.stages is not None else None, cascade=run.cascade
        )
        off = run.policy.get(switching.KEY, [])
        self._off = {stage.key for stage in stages if not stage.critical and stage.key in off}
        for attempt in run.attempts:
            self._recall(attempt)

    @property
    def rev(self) -> int:
        """(revision, epoch) as one integer: newer writes to the graph win."""
        return rev_of(self.run.role_revision, self.run.epoch)

    @property
    def over(self) -> bool:
        """Every stage has settled."""
        return len(self.settled) == len(self.stages)

    @property
    def critical_done(self) -> bool:
        """Every critical stage ended well: the role is published."""
        return all(
            stage.key in self.settled and self.settled[stage.key].status == "success"
            for stage in self.stages
            if stage.critical
        )

    @property
    def shown(self) -> bool:
        """Whether what was published is to be seen; a stage may hold it back until a person approved it."""
        return not any(one.outputs.get("held_back") for one in self.settled.values())

    def _recall(self, row: Attempt) -> None:
        self._attempt[row.stage] = max(self._attempt.get(row.stage, 0), row.attempt)
        if row.status == "success":
            outputs = row.outputs or {}
            if row.reused_from is not None and row.stage in self._earlier:
                outputs = self._earlier[row.stage].outputs
            self.settled[row.stage] = Settled(
                status="success",
                outputs=outputs,
                degraded=row.degraded,
                skipped=row.skipped,
                reused_from=row.reused_from,
            )
            self.flags.update(outputs.get("flags", ()))
            self.retries.pop(row.stage, None)
        elif row.status == "failed" and row.retry_in is not None:
            self._failures[row.stage] = self._failures.get(row.stage, 0) + 1
            self.retries[row.stage] = time.monotonic() + row.retry_in
        elif row.status == "failed":
            error = row.error or {}
            self.retries.pop(row.stage, None)
            self.settled[row.stage] = Settled(
                status="failed",
                error=error,
                retryable=bool(error.get("retryable")),
                invalid=bool(error.get("invalid")),
            )

    def open(
        self, entry: Entry, now: float, *, deadline: Callable[[Stage], float], no_model: bool = False
    ) -> list[Start]:
        """Settle what needs no work (reuse, skip, unmet edges) or may not begin any more, and return what is
        to be acted on. With `no_model` (the company's budget is used up) what would ask the model is `held`
        instead."""
        starts: list[Start] = []
        self.held = set()
        self._no_model = no_model
        self._late = lambda stage: deadline(stage) <= now
        moved = True
        while moved:
            moved = False
            for stage in self.stages:
                if stage.key in self.settled or stage.key in self.acting or stage.key in self.held:
                    continue
                if self.retries.get(stage.key, now) > now:
                    continue
                moved = self._consider(stage, entry, starts) or moved
        return starts

    def _consider(self, stage: Stage, entry: Entry, starts: list[Start]) -> bool:
        """True when the stage settled, so that others may have become ready."""
        standing = dag.standing(stage, self.settled)
        if standing == "wait":
            return False
        if stage.key in self._off:
            self._settle(stage, entry, Settled(status="success", skipped="switched_off"))
            return True
        if standing == "unmet":
            self._settle(stage, entry, self._unmet(stage))
            return True
        given = self.given(stage)
        current = input_hash(stage, given, self._assessor_version)
        earlier = self._earlier.get(stage.key)
        retrying = self.retries.pop(stage.key, None) is not None
        decision = (
            dag.Run()
            if retrying
            else dag.decide(stage, self._asked, self.stages, earlier.input_hash if earlier else None, current)
        )
        if isinstance(decision, dag.Reuse) and earlier is not None:
            reused = Settled(
                status="success",
                outputs=earlier.outputs,
                degraded=earlier.degraded,
                reused_from=earlier.run_id,
            )
            self._settle(stage, entry, reused, current)
            return True
        if isinstance(decision, dag.Skip):
            self._settle(stage, entry, Settled(status="success", skipped=decision.reason), current)
            return True
        if self._late(stage):
            late = deadline_exceeded(stage)
            self._settle(
                stage, entry, Settled(status="failed", error=late.error, retryable=late.retry), current
            )
            return True
        if self._no_model and stage.kind == "llm":
            self.held.add(stage.key)
            return False
        starts.append(self._start(stage, entry, given, current))
        return False

    def _unmet(self, stage: Stage) -> Settled:
        if not stage.critical:
            return Settled(status="success", skipped="parent_failed")
        broken = [
            need.stage
            for need in stage.needs
            if need.stage in self.settled and not self.settled[need.stage].usable
        ]
        cause = self.settled[broken[0]] if broken else None
        parents = ", ".join(broken) or "a stage before it"
        message = f"{stage.title} could not start because {parents} did not succeed."
        return Settled(
            status="failed",
            error=problem("parent_failed", message),
            retryable=bool(cause and cause.retryable),
            invalid=bool(cause and cause.invalid),
        )

    def given(self, stage: Stage) -> Given:
        """What the stage may read: the outputs of all its ancestors, and of no stage beside it."""
        parents = {
            key: self.settled[key].outputs
            for key in dag.ancestors(tuple(self.stages), stage.key)
            if key in self.settled and self.settled[key].usable
        }
        return Given(
            role=self._role,
            documents=self.run.documents,
            parents=parents,
            policy=self.run.policy,
            decisions=self.run.decisions,
        )

    def _start(self, stage: Stage, entry: Entry, given: Given, current: str) -> Start:
        attempt = self._attempt.get(stage.key, 0) + 1
        self._attempt[stage.key] = attempt
        self.acting.add(stage.key)
        entry.attempts.append(self._row(stage, attempt, "running", current) | {"intent": stage.intent(given)})
        entry.event("stage.started", {"stage": stage.key, "attempt": attempt})
        return Start(stage, given, attempt, current)

    def _row(self, stage: Stage, attempt: int, status: str, current: str) -> dict[str, Any]:
        return {
            "run_id": self.run.id,
            "stage": stage.key,
            "attempt": attempt,
            "status": status,
            "input_hash": current,
        }

    def _settle(self, stage: Stage, entry: Entry, how: Settled, current: str = "") -> None:
        """Write down an ending without work: reuse, skip, or a parent that failed."""
        self.settled[stage.key] = how
        self.retries.pop(stage.key, None)
        attempt = self._attempt.get(stage.key, 0) + 1
        row = self._row(stage, attempt, how.status, current)
        data: dict[str, Any] = {"stage": stage.key, "attempt": attempt}
        if how.reused_from is not None:
            row |= {"outputs": {}, "reused_from": how.reused_from, "degraded": how.degraded}
            data["reused_from"] = how.reused_from
            self.flags.update(how.outputs.get("flags", ()))
        elif how.status == "success":
            row |= {"outputs": {}, "skipped": how.skipped}
            data["skipped"] = how.skipped
        else:
            row["error"] = _kept(how)
            data["error"] = how.error
        entry.attempts.append(row)
        entry.event("stage.finished" if how.status == "success" else "stage.failed", data)

    def succeed(self, start: Start, outcome: Outcome, entry: Entry) -> None:
        """An attempt ended well."""
        key = start.stage.key
        self.acting.discard(key)
        outputs = dict(outcome.outputs)
        if outcome.skipped:
            outputs["skipped"] = outcome.skipped
        if outcome.flags:
            outputs["flags"] = list(outcome.flags)
        if outcome.warnings:
            outputs["warnings"] = list(outcome.warnings)
        self.settled[key] = Settled(
            status="success", outputs=outputs, degraded=list(outcome.degraded), skipped=outcome.skipped
        )
        self.flags.update(outcome.flags)
        hash_ = _PROVISIONAL if outcome.provisional else start.hash
        entry.attempts.append(
            self._row(start.stage, start.attempt, "success", hash_)
            | {"outputs": outputs, "degraded": list(outcome.degraded), "skipped": outcome.skipped}
        )
        data: dict[str, Any] = {"stage": key, "attempt": start.attempt}
        if outcome.degraded:
            data["degraded"] = list(outcome.degraded)
        entry.event("stage.finished", data)
        self.bill(start.stage, outcome.calls, entry)

    def fail(self, start: Start, failure: Failure, entry: Entry, deadline: float) -> None:
        """An attempt ended badly: it is tried again inside the deadline, or the stage has failed."""
        key = start.stage.key
        self.acting.discard(key)
        self._failures[key] = self._failures.get(key, 0) + 1
        wait = self._backoff.wait(self._failures[key], failure.retry_after)
        most = self._backoff.attempts * (_PATIENCE if failure.patient else 1)
        again = failure.retry and self._failures[key] < most and time.monotonic() + wait < deadline
        row = self._row(start.stage, start.attempt, "failed", start.hash)
        data: dict[str, Any] = {"stage": key, "attempt": start.attempt, "error": failure.error}
        if again:
            self.retries[key] = time.monotonic() + wait
            entry.attempts.append(row | {"error": failure.error, "retry_in": wait})
            entry.event("stage.retrying", data | {"retry_in": round(wait, 1)})
        else:
            self.settled[key] = Settled(
                status="failed", error=failure.error, retryable=failure.retry, invalid=failure.invalid
            )
            entry.attempts.append(row | {"error": _kept(self.settled[key])})
            entry.event("stage.failed", data)
        self.bill(start.stage, failure.calls, entry)

    def last_attempt(self, key: str) -> int:
        """The number of the newest attempt of a stage (0: none yet)."""
        return self._attempt.get(key, 0)

    def bill(self, stage: Stage, calls: Sequence[Call], entry: Entry) -> None:
        """Every model call that happened goes to the ledger."""
        for call in calls:
            entry.usage.append(
                msgspec.to_builtins(call)
                | {
                    "company_id": self.run.company_id,
                    "run_id": self.run.id,
                    "role_id": self.run.role_id,
                    "stage": stage.key,
                }
            )


def _kept(how: Settled) -> dict[str, Any]:
    """An error as stored: with what a later owner of the run needs to know about it."""
    return {**(how.error or {}), "retryable": how.retryable, "invalid": how.invalid}


def role_facts(run: Loaded) -> RoleFacts:
    """The pinned revision's record as stages see it."""
    record = run.record
    return RoleFacts(
        id=run.role_id,
        company_id=run.company_id,
        company=run.company,
        revision=run.role_revision,
        mapping_version=run.mapping_version,
        system=run.source,
        source_id=run.source_id,
        title=record["title"],
        code=record.get("code"),
        family=record.get("family"),
        level=record.get("level"),
        grade=record.get("grade"),
        locale=record.get("locale"),
        status=record.get("status", "unknown"),
        countries=record.get("countries", []),
        attributes=record.get("attributes", {}),
    )

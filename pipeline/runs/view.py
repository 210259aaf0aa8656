"""The one contract at every level: stage, run and batch as everybody sees them, built from rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from kit import ids
from pipeline.runs.lifecycle import DISPLAY, Display
from pipeline.runs.store import RunRow, StageRow, Status
from pipeline.runs.waiting import Waiting, in_queue
from pipeline.stages.base import Stage
from pipeline.stages.registry import STAGES

_LONGEST_POLL = 60


class Remedy(msgspec.Struct, frozen=True):
    """What to do about an error, who can do it, and where."""

    what: str
    who: str
    link: str | None


class UnitError(msgspec.Struct, frozen=True):
    """Why something failed. `stage` is the stage it failed at; `retry_at` is when it is tried again by
    itself (None: somebody has to act)."""

    code: str
    message: str
    action: Remedy | None
    retry_at: datetime | None
    stage: str | None


class Progress(msgspec.Struct, frozen=True):
    """How far it is: parts done of those planned, in whole percent too."""

    done: int
    planned: int
    percent: int


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A stage, a run or a batch. `stages` has a run's stages when they were asked for."""

    id: str
    kind: Literal["stage", "run", "batch"]
    inputs: dict[str, Any]
    status: Status
    outputs: dict[str, Any]
    error: UnitError | None
    waiting: Waiting | None
    progress: Progress
    display: Display
    links: dict[str, str]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    updated_at: datetime
    stages: list[Unit] | None

    @property
    def over(self) -> bool:
        """Whether it will never change again by itself."""
        return self.status in ("success", "failed")


class Lens(msgspec.Struct, frozen=True):
    """How rows are looked at: the address that links begin with (empty: paths), and the window's cap."""

    base: str = ""
    cap: int = 48


def run(row: RunRow, lens: Lens, stages: Sequence[Stage] = STAGES) -> Unit:
    """A run, with its stages when the row has its attempts."""
    waiting = _waiting(row, lens)
    return Unit(
        id=ids.show("run", row.id),
        kind="run",
        inputs=_inputs(row),
        status=row.status,
        outputs=row.outputs,
        error=error(row.error, row.retry_at),
        waiting=waiting,
        progress=progress(row.done, row.planned),
        display=display(row.status, waiting),
        links=_links(row, lens.base),
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        updated_at=row.updated_at,
        stages=None if row.attempts is None else _stages(row, row.attempts, waiting, lens, stages),
    )


def error(kept: dict[str, Any] | None, retry_at: datetime | None) -> UnitError | None:
    """An error as recorded, in the contract's form."""
    if kept is None:
        return None
    action = kept.get("action")
    remedy = Remedy(action["what"], action.get("who", "caller"), action.get("link")) if action else None
    return UnitError(kept["code"], kept["message"], remedy, retry_at, kept.get("stage"))


def progress(done: int, planned: int) -> Progress:
    """`done` of `planned` parts; nothing planned counts as nothing done."""
    return Progress(done, planned, 100 * done // planned if planned else 0)


def display(status: Status, waiting: Waiting | None) -> Display:
    """The word for people: what is parked waits, whatever its status."""
    return "waiting" if waiting is not None else DISPLAY[status]


def dashboard(url: str | None, base: str, role_id: UUID) -> str:
    """Where people read the result: the company's own dashboard, else the assessment itself."""
    return url or f"{base}/v1/assessments/{ids.show('role', role_id)}"


def etag(unit: Unit) -> str:
    """A weak validator over all that is shown, except the estimate that moves with every second."""
    steady = unit.waiting and msgspec.structs.replace(unit.waiting, eta=None)
    seen = msgspec.json.encode(msgspec.structs.replace(unit, waiting=steady))
    return f'W/"{hashlib.blake2b(seen, digest_size=12).hexdigest()}"'


def poll_after(unit: Unit, at: datetime) -> int | None:
    """Seconds after which looking again is worth it; None when it is over."""
    if unit.over:
        return None
    if unit.waiting is None:
        return 2
    if unit.waiting.eta is None:
        return 10 if unit.waiting.reason in ("queue", "tenant_cap", "earlier_run") else _LONGEST_POLL
    return max(2, min(_LONGEST_POLL, int((unit.waiting.eta - at).total_seconds())))


def _inputs(row: RunRow) -> dict[str, Any]:
    return {
        "role_id": ids.show("role", row.role_id),
        "role_title": row.role_title,
        "role_code": row.role_code,
        "role_source": row.source,
        "role_source_id": row.source_id,
        "role_revision": row.role_revision,
        "mapping_version": row.mapping_version,
        "batch_id": row.batch_id and ids.show("batch", row.batch_id),
        "actor_kind": row.actor_kind,
        "actor_id": row.actor_id,
        "reason": row.reason,
        "stages": row.named,
        "cascade": row.cascade,
        "priority": row.priority,
        "retry_of": row.retry_of and ids.show("run", row.retry_of),
        "cancel_asked": row.cancel_asked,
        "pause_asked": row.pause_asked,
    }


def _links(row: RunRow, base: str) -> dict[str, str]:
    role, own = ids.show("role", row.role_id), f"{base}/v1/runs/{ids.show('run', row.id)}"
    links = {
        "self": own,
        "stages": f"{own}?detail=stages",
        "events": f"{own}/events",
        "bundle": f"{own}/bundle",
        "role": f"{base}/v1/roles/{role}",
        "assessment": f"{base}/v1/assessments/{role}",
        "dashboard": dashboard(row.dashboard_url, base, row.role_id),
    }
    if row.batch_id is not None:
        links["batch"] = f"{base}/v1/batches/{ids.show('batch', row.batch_id)}"
    for name, other in (("retry_of", row.retry_of), ("earlier_run", row.follows)):
        if other is not None:
            links[name] = f"{base}/v1/runs/{ids.show('run', other)}"
    return links


def _waiting(row: RunRow, lens: Lens) -> Waiting | None:
    if row.status not in ("pending", "running") or row.waiting is None:
        return None
    if row.slot:
        return Waiting("queue", 0, row.at.replace(microsecond=0))
    if row.rank is not None:
        return in_queue(row, row.at, lens.cap)
    return Waiting(row.waiting, None, row.wake_at)


def _stages(
    row: RunRow, attempts: Iterable[StageRow], waiting: Waiting | None, lens: Lens, stages: Sequence[Stage]
) -> list[Unit]:
    tries: dict[str, list[StageRow]] = {}
    for attempt in attempts:
        tries.setdefault(attempt.stage, []).append(attempt)
    over = {key for key, found in tries.items() if _settled(found[-1])}
    return [_stage(row, stage, tries.get(stage.key, []), over, waiting, lens) for stage in stages]


def _settled(newest: StageRow) -> bool:
    return newest.status == "success" or (newest.status == "failed" and newest.retry_at is None)


def _stage(
    row: RunRow, stage: Stage, tries: list[StageRow], over: set[str], waiting: Waiting | None, lens: Lens
) -> Unit:
    newest = tries[-1] if tries else None
    status = _status(row, newest, waiting)
    held = _held(row, stage, newest, over, waiting) if status == "pending" else None
    finished_at = newest.finished_at if newest and status in ("success", "failed") else None
    finished_at = finished_at or (row.finished_at if status == "failed" else None)
    return Unit(
        id=f"{ids.show('run', row.id)}:{stage.key}",
        kind="stage",
        inputs={
            "stage": stage.key,
            "title": stage.title,
            "needs": [need.stage for need in stage.needs],
            "critical": stage.critical,
            "attempts": len(tries),
            "input_hash": newest.input_hash if newest else None,
        },
        status=status,
        outputs=_outputs(newest) if newest and status == "success" else {},
        error=_stage_error(row, newest) if status == "failed" or (held and held.reason == "retry") else None,
        waiting=held,
        progress=progress(int(status in ("success", "failed")), 1),
        display=display(status, held),
        links={
            "run": f"{lens.base}/v1/runs/{ids.show('run', row.id)}",
            "definition": f"{lens.base}/v1/stages",
        },
        created_at=row.created_at,
        started_at=tries[0].started_at if tries else None,
        finished_at=finished_at,
        updated_at=_moved(newest) or finished_at or row.created_at,
        stages=None,
    )


def _status(row: RunRow, newest: StageRow | None, waiting: Waiting | None) -> Status:
    """A stage that has no row yet, or one that a lost owner left behind, is still to come; in a run that
    is over it never will."""
    if newest is not None and _settled(newest):
        return "success" if newest.status == "success" else "failed"
    if row.status in ("success", "failed"):
        return "failed"
    acting = newest is not None and newest.status == "running" and waiting is None
    return "running" if acting else "pending"


def _moved(newest: StageRow | None) -> datetime | None:
    return None if newest is None else newest.finished_at or newest.started_at


def _held(
    row: RunRow, stage: Stage, newest: StageRow | None, over: set[str], waiting: Waiting | None
) -> Waiting | None:
    if newest is not None and newest.status == "failed":
        return Waiting("retry", None, newest.retry_at)
    if any(need.stage not in over for need in stage.needs):
        return Waiting("parent", None, None)
    return waiting and Waiting(waiting.reason, None, None)


def _outputs(newest: StageRow) -> dict[str, Any]:
    outputs = dict(newest.outputs or {})
    if newest.degraded:
        outputs["degraded"] = newest.degraded
    if newest.skipped:
        outputs["skipped"] = newest.skipped
    if newest.reused_from is not None:
        outputs["reused_from"] = ids.show("run", newest.reused_from)
    return outputs


def _stage_error(row: RunRow, newest: StageRow | None) -> UnitError | None:
    if newest is not None and newest.error is not None:
        return error(newest.error, newest.retry_at)
    return error(row.error, None) or UnitError(
        "not_run", "The run ended before this stage began.", None, None, None
    )

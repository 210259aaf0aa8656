"""Batches: the runs of one push together, in the same shape as each of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from control.access import Caller, require
from kit import ids
from kit.db import Tx
from kit.errors import NotFound
from pipeline.runs import store, view
from pipeline.runs.store import BatchRow, Status
from pipeline.runs.view import Lens, Remedy, Unit, UnitError
from pipeline.runs.waiting import Waiting, in_queue


async def get(tx: Tx, caller: Caller, batch_id: UUID, lens: Lens) -> Unit:
    """A batch. Of a role that was tried again in it, the newest run counts. Raises NotFound."""
    require(caller, "runs:read")
    row = await store.batch(tx, caller.company_id, batch_id)
    if row is None:
        raise NotFound(f"There is no batch with the id {ids.show('batch', batch_id)}.")
    return shown(row, lens)


def shown(row: BatchRow, lens: Lens) -> Unit:
    """A batch from its row: over when its last run is; failed when one of them failed."""
    status = _status(row)
    waiting = _waiting(row, lens) if status == "pending" else None
    links = {
        "self": f"{lens.base}/v1/batches/{ids.show('batch', row.id)}",
        "runs": f"{lens.base}/v1/runs?batch_id={ids.show('batch', row.id)}",
    }
    over = status in ("success", "failed")
    return Unit(
        id=ids.show("batch", row.id),
        kind="batch",
        inputs={**row.inputs, "size": row.size, "actor_kind": row.actor_kind, "actor_id": row.actor_id},
        status=status,
        outputs=_outputs(row),
        error=_error(row, links["runs"]) if status == "failed" else None,
        waiting=waiting,
        progress=view.progress(row.success + row.failed, row.runs),
        display=view.display(status, waiting),
        links=links | {"dashboard": row.dashboard_url or f"{lens.base}/v1/assessments"},
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=(row.finished_at or row.created_at) if over else None,
        updated_at=row.updated_at or row.created_at,
        stages=None,
    )


def _status(row: BatchRow) -> Status:
    if row.pending + row.running:
        return "pending" if row.pending == row.runs else "running"
    if row.failed or (row.refused and not row.runs):
        return "failed"
    return "success"


def _outputs(row: BatchRow) -> dict[str, Any]:
    return {
        "runs": row.runs,
        "pending": row.pending,
        "running": row.running,
        "success": row.success,
        "degraded": row.degraded,
        "failed": row.failed,
        "cancelled": row.cancelled,
        "stages_done": row.stages_done,
        "stages_planned": row.stages_planned,
        "refused": row.refused,
    }


def _error(row: BatchRow, runs: str) -> UnitError:
    if not row.failed:
        remedy = Remedy("Read outputs.refused, correct what it names, and push again.", "caller", None)
        return UnitError("all_refused", "None of the roles could be pushed.", remedy, None, None)
    if row.failed == row.cancelled:
        message = f"{row.cancelled} of {row.runs} runs were cancelled."
        remedy = Remedy("Push the roles again when wanted.", "csm", runs)
        return UnitError("cancelled", message, remedy, None, None)
    message = f"{row.failed} of {row.runs} runs failed."
    remedy = Remedy("Look at the failed runs: each says what to do.", "csm", f"{runs}&status=failed")
    return UnitError("runs_failed", message, remedy, row.retry_at, None)


def _waiting(row: BatchRow, lens: Lens) -> Waiting | None:
    """The place is that of the last run that queues."""
    if row.rank is not None:
        return in_queue(row, row.at, lens.cap)
    return row.waiting and Waiting(row.waiting, None, None)

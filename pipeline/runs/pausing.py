"""Pausing a run and resuming it. It keeps what it has done, holds no place, and its time stands still."""

from __future__ import annotations

from uuid import UUID

from control import audit
from control.access import Caller, require
from kit import jobs
from kit.db import Tx
from kit.errors import Action, Conflict
from kit.sql import Queries
from pipeline.jobs import EventsLogged
from pipeline.runs import runs, store, view
from pipeline.runs.runs import Steered
from pipeline.runs.store import Standing
from pipeline.runs.view import Lens

sql = Queries("pipeline.runs", "pausing.sql")
_OVER = ("success", "failed")


async def pause(tx: Tx, caller: Caller, run_id: UUID, lens: Lens) -> Steered:
    """Pause a run: at once when nobody owns it, else its owner finishes what acts and parks it. One that is
    paused stays as it is. Raises NotFound, and Conflict for a run that is over or about to be cancelled."""
    require(caller, "runs:write")
    for _ in range(runs.TURNS):
        standing = await _standing(tx, caller, run_id)
        if standing.status in _OVER:
            raise _over()
        if standing.cancel_asked:
            raise _cancelling()
        if standing.paused:
            return await _steered(tx, caller, run_id, lens)
        if standing.owned:
            if await tx.run(sql["ask_pause"], _named(caller, run_id)):
                return await _steered(tx, caller, run_id, lens, "run.paused", waits=True)
            continue
        event_id = await tx.value(sql["pause"], _named(caller, run_id))
        if event_id is not None:
            return await _steered(tx, caller, run_id, lens, "run.paused", event_id=event_id)
    raise runs.moving()


async def resume(tx: Tx, caller: Caller, run_id: UUID, lens: Lens) -> Steered:
    """Let a paused run go on where it stopped, or take back a pause that nobody acted on yet. Any other run
    stays as it is. Raises NotFound."""
    require(caller, "runs:write")
    for _ in range(runs.TURNS):
        standing = await _standing(tx, caller, run_id)
        if standing.status in _OVER or not (standing.paused or standing.pause_asked):
            return await _steered(tx, caller, run_id, lens)
        if not standing.paused:
            if await tx.run(sql["forget_pause"], _named(caller, run_id)):
                return await _steered(tx, caller, run_id, lens, "run.resumed")
            continue
        event_id = await tx.value(sql["resume"], _named(caller, run_id))
        if event_id is not None:
            return await _steered(tx, caller, run_id, lens, "run.resumed", event_id=event_id)
    raise runs.moving()


def _named(caller: Caller, run_id: UUID) -> dict[str, UUID]:
    return {"company_id": caller.company_id, "id": run_id}


async def _standing(tx: Tx, caller: Caller, run_id: UUID) -> Standing:
    found = await store.standing(tx, caller.company_id, run_id)
    if found is None:
        raise runs.absent(run_id)
    return found


async def _steered(
    tx: Tx,
    caller: Caller,
    run_id: UUID,
    lens: Lens,
    action: str = "",
    *,
    event_id: int | None = None,
    waits: bool = False,
) -> Steered:
    """The run as it is now; with an `action`, the audit row of what was done to it."""
    unit = view.run(await runs.row(tx, caller, run_id), lens)
    if action:
        await audit.record(tx, caller, action, unit.id)
    rung = await jobs.put(tx, caller.company_id, EventsLogged(event_ids=[event_id])) if event_id else []
    return Steered(unit, rung, waits=waits)


def _over() -> Conflict:
    return Conflict(
        "The run is over, so there is nothing to pause.",
        code="run_over",
        action=Action("Push the role, or retry the run, to run it again.", "csm"),
    )


def _cancelling() -> Conflict:
    return Conflict(
        "The run is about to be cancelled, so there is nothing to pause.",
        code="run_cancelling",
        action=Action("Push the role again when wanted.", "csm"),
    )

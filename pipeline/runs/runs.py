"""Runs: read one or many, cancel, retry. Every function is for one caller's company."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
import psycopg

from control import audit
from control.access import Caller, require
from kit import ids, jobs, paging
from kit.db import Tx
from kit.errors import Action, Conflict, NotFound
from pipeline.engine.store import promote_followers
from pipeline.jobs import EventsLogged
from pipeline.records import store as records
from pipeline.records.rows import Rows
from pipeline.runs import store, view
from pipeline.runs.actor import actor_of
from pipeline.runs.lifecycle import State
from pipeline.runs.store import RunRow, Standing, Status
from pipeline.runs.view import Lens, Unit
from pipeline.runs.wish import Wish, enqueue

TURNS = 5
"""How often a wish looks again at a run that changes hands."""
_CANCELLED = {
    "code": "cancelled",
    "message": "The run was cancelled.",
    "action": {"what": "Push the role again when wanted.", "who": "csm", "link": None},
}


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs a list is about. `since` is inclusive and reaches back five seconds more."""

    statuses: list[Status] | None = None
    states: list[State] | None = None
    role_id: UUID | None = None
    batch_id: UUID | None = None
    since: datetime | None = None


class Page(msgspec.Struct, frozen=True):
    """Runs in order, and the cursor of the next page (None on the last one)."""

    units: list[Unit]
    next: str | None


class Steered(msgspec.Struct, frozen=True):
    """A run after a wish, and the jobs to ring for after the commit. `waits` is set while its owner has
    not heard yet; `merged` when a run that was there already serves the wish."""

    unit: Unit
    jobs: list[int]
    waits: bool = False
    merged: bool = False


async def get(tx: Tx, caller: Caller, run_id: UUID, lens: Lens, *, stages: bool = False) -> Unit:
    """One run. Raises NotFound."""
    require(caller, "runs:read")
    return view.run(await row(tx, caller, run_id, stages=stages), lens)


async def row(tx: Tx, caller: Caller, run_id: UUID, *, stages: bool = False) -> RunRow:
    """One run as it is stored. Raises NotFound."""
    found = await store.runs(tx, caller.company_id, [run_id], stages=stages)
    if not found:
        raise absent(run_id)
    return found[0]


async def listing(
    tx: Tx, caller: Caller, lens: Lens, filters: Filters, *, cursor: str = "", limit: int = 100
) -> Page:
    """Runs by the time of their last change: newest first, or oldest first with `since`."""
    require(caller, "runs:read")
    place = paging.place(cursor)
    found = await store.run_ids(
        tx,
        caller.company_id,
        newest_first=filters.since is None,
        role_id=filters.role_id,
        batch_id=filters.batch_id,
        statuses=filters.statuses or None,
        states=filters.states or None,
        since=filters.since and filters.since - paging.OVERLAP,
        place_at=place and place[0],
        place_id=place and place[1],
        limit=limit + 1,
    )
    rows = {one.id: one for one in await store.runs(tx, caller.company_id, found[:limit])}
    page = [rows[id_] for id_ in found[:limit] if id_ in rows]
    more = len(found) > limit and bool(page)
    return Page(
        [view.run(one, lens) for one in page],
        paging.cursor((page[-1].updated_at, page[-1].id)) if more else None,
    )


async def cancel(tx: Tx, caller: Caller, run_id: UUID, lens: Lens) -> Steered:
    """Cancel a run: at once when nobody owns it, else its owner does so when it hears the wish. A run
    that is over stays as it is. Raises NotFound."""
    require(caller, "runs:write")
    waits, logged = await _cancel(tx, caller, run_id)
    unit = view.run(await row(tx, caller, run_id), lens)
    if waits or logged:
        await audit.record(tx, caller, "run.cancelled", unit.id)
    return Steered(unit, logged, waits=waits)


async def _cancel(tx: Tx, caller: Caller, run_id: UUID) -> tuple[bool, list[int]]:
    """(an owner has to hear it, jobs of the event if it ended here)."""
    for _ in range(TURNS):
        standing = await store.standing(tx, caller.company_id, run_id)
        if standing is None:
            raise absent(run_id)
        if standing.status in ("success", "failed"):
            return False, []
        if standing.owned:
            if await store.ask_cancel(tx, caller.company_id, run_id):
                return True, []
            continue
        event_id = await _settle(tx, caller.company_id, run_id, standing)
        if event_id is not None:
            return False, await jobs.put(tx, caller.company_id, EventsLogged(event_ids=[event_id]))
    raise moving()


async def _settle(tx: Tx, company_id: UUID, run_id: UUID, standing: Standing) -> int | None:
    """End a run that nobody owns. A claim may have been quicker: then the role's lock is let go, because
    an owner's commit takes the run first and the role after it."""
    event_id = None
    async with tx.conn.transaction():
        await records.lock_roles(tx, [standing.role_id])
        event_id = await store.settle_cancelled(tx, company_id, run_id, _CANCELLED)
        if event_id is None:
            raise psycopg.Rollback
        await promote_followers(tx, [run_id])
    return event_id


async def retry(tx: Tx, caller: Caller, run_id: UUID, lens: Lens) -> Steered:
    """Run a role again as a finished run did: the same stages, the newest revision. Raises NotFound, and
    Conflict for a run that is not over or a role that cannot run."""
    require(caller, "runs:write")
    old = await _finished(tx, caller, run_id)
    await records.lock_roles(tx, [old.role_id])
    role = (await records.standings(tx, [old.role_id]))[old.role_id]
    _check(role)
    rows = Rows()
    kind, actor = actor_of(caller)
    wish = Wish(
        actor_kind=kind,
        actor_id=actor,
        reason="retry",
        stages=old.named,
        cascade=old.cascade,
        priority=old.priority,
        batch_id=old.batch_id,
        retry_of=run_id,
    )
    granted = enqueue(role, wish, rows, revision=role.revision, mapping_version=role.mapping_version)
    state = "queued" if role.active_id is None else role.state
    rows.change(role, state=state, last_run_id=granted.run_id)
    rung = await rows.write(tx, caller.company_id)
    await store.forget_retry(tx, caller.company_id, run_id)
    unit = view.run(await row(tx, caller, granted.run_id), lens)
    await audit.record(tx, caller, "run.retried", ids.show("run", run_id), detail={"run": unit.id})
    return Steered(unit, rung, merged=granted.merged)


async def _finished(tx: Tx, caller: Caller, run_id: UUID) -> Standing:
    old = await store.standing(tx, caller.company_id, run_id)
    if old is None:
        raise absent(run_id)
    if old.status not in ("success", "failed"):
        raise Conflict(
            "The run is not over yet, so there is nothing to retry.",
            code="run_unfinished",
            action=Action("Wait until it is over, or cancel it first.", "caller"),
        )
    return old


def _check(role: records.Standing) -> None:
    if role.state == "archived":
        raise Conflict(
            "The role is inactive at its source, so it cannot run.",
            code="role_archived",
            action=Action("Make the job profile active in the HRIS and send it again.", "admin"),
        )
    if not role.documents:
        raise Conflict(
            "The role has no document, so there is nothing to assess.",
            code="no_document",
            action=Action("Add a job description or a process map to the role, then push it.", "csm"),
        )


def moving() -> Conflict:
    """What is said of a run that changed hands at every look."""
    return Conflict(
        "The run changes hands at this moment.",
        code="run_is_moving",
        action="Send the same again.",
        retry_after=1,
    )


def absent(run_id: UUID) -> NotFound:
    """What is said of a run that the company does not have."""
    return NotFound(
        f"There is no run with the id {ids.show('run', run_id)}.",
        action="Look the run up with GET /v1/runs; runs are kept for 60 days.",
    )

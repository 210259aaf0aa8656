"""Where a company stands, read from the database alone: it answers while every other part is down."""

from __future__ import annotations

from datetime import datetime
from typing import get_args

import msgspec

from control.access import Caller, require
from kit import ids
from kit.db import Tx
from kit.errors import NotFound
from pipeline.runs import store, view
from pipeline.runs.lifecycle import STATES
from pipeline.runs.store import HrisEvent, StatusRow, Trouble
from pipeline.runs.store import Status as Word
from pipeline.runs.view import Lens
from pipeline.runs.waiting import Waiting
from pipeline.stages.registry import STAGES

_OUTSIDE = {stage.key: stage.outside for stage in STAGES}


class OldestWaiting(msgspec.Struct, frozen=True):
    """The run that has waited longest, and what for."""

    run_id: str
    role_id: str
    role_title: str
    waiting: Waiting | None
    since: datetime
    link: str


class Part(msgspec.Struct, frozen=True):
    """A part that does not do its work at the moment. What is accepted meanwhile is not lost."""

    part: str
    says: str
    since: datetime | None


class LastEvent(msgspec.Struct, frozen=True):
    """The newest call into a webhook."""

    id: str
    source: str
    status: str
    accepted: int
    rejected: int
    at: datetime


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Roles by state, unfinished runs and those that ended within a day by status, what waits, what is
    down, and the last sign of life of the HRIS."""

    company_name: str
    roles: dict[str, int]
    roles_visible: int
    runs: dict[str, int]
    oldest_waiting: OldestWaiting | None
    degraded: list[Part]
    last_hris_event: LastEvent | None
    at: datetime


async def get(tx: Tx, caller: Caller, lens: Lens) -> Standing:
    """Where the caller's company stands now."""
    require(caller, "runs:read")
    row = await store.status(tx, caller.company_id)
    if row is None:
        raise NotFound("There is no such company.")
    oldest = await _oldest(tx, caller, row, lens)
    return Standing(
        company_name=row.company_name,
        roles={state: row.roles.get(state, 0) for state in STATES},
        roles_visible=row.visible,
        runs={word: (row.unfinished | row.finished).get(word, 0) for word in get_args(Word)},
        oldest_waiting=oldest,
        degraded=parts(row),
        last_hris_event=_last(row.last_hris_event),
        at=row.at,
    )


def _last(event: HrisEvent | None) -> LastEvent | None:
    if event is None:
        return None
    id_ = ids.show("src", event.id)
    return LastEvent(id_, event.source, event.status, event.accepted, event.rejected, event.at)


async def _oldest(tx: Tx, caller: Caller, row: StatusRow, lens: Lens) -> OldestWaiting | None:
    if row.oldest_waiting is None:
        return None
    found = await store.runs(tx, caller.company_id, [row.oldest_waiting])
    if not found:
        return None
    unit = view.run(found[0], lens)
    role = ids.show("role", found[0].role_id)
    return OldestWaiting(
        unit.id, role, found[0].role_title, unit.waiting, found[0].waiting_since, unit.links["self"]
    )


def parts(row: StatusRow) -> list[Part]:
    """What is down, by what the database has seen of it."""
    down = [_of_trouble(trouble) for trouble in row.troubles]
    if not row.clocks:
        down.append(
            Part("clock", "No clock has been seen for 15 seconds: waits and retries are not ended.", None)
        )
    if not row.workers:
        down.append(Part("worker", "No worker has been seen for 15 seconds: runs wait.", None))
    elif row.late_job is not None:
        says = "Callbacks are behind: Redis or the workers do not keep up."
        down.append(Part("jobs", says, row.late_job))
    return down


def _of_trouble(trouble: Trouble) -> Part:
    family = trouble.code.partition("_")[0]
    outside = _OUTSIDE.get(trouble.stage) or (trouble.stage,)
    part = family if family in outside else outside[0]
    noun = "run" if trouble.runs == 1 else "runs"
    return Part(part, f"{trouble.runs} {noun} try {trouble.stage} again after {trouble.code}.", trouble.since)

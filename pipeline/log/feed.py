"""The company's event log as a feed: in one order, without gap or repeat, from wherever a reader was."""

from __future__ import annotations

import struct
from datetime import datetime
from uuid import UUID

import msgspec

from control.access import Caller, require
from kit import paging
from kit.db import Tx
from kit.errors import Action, FieldError, Gone, Invalid, NotFound
from pipeline.log import store
from pipeline.log.event import Event, shown
from pipeline.log.kinds import KINDS
from pipeline.log.store import Place
from pipeline.runs import runs

_FORM = struct.Struct(">16sQq")
_START = Place(0, 0)


class Page(msgspec.Struct, frozen=True):
    """Events in order. `next_cursor` is always there, and stays as it is while nothing is new."""

    events: list[Event]
    next_cursor: str
    has_more: bool


async def read(
    tx: Tx,
    caller: Caller,
    *,
    cursor: str = "",
    types: list[str] | None = None,
    since: datetime | None = None,
    limit: int = 100,
    base: str = "",
) -> Page:
    """A page after `cursor` (empty: from the beginning, or from `since`). `types` may hold `run.*`.
    Raises Invalid, and Gone for a cursor of before a restore."""
    require(caller, "events:read")
    _check(types or [])
    log_id, after = _opened(cursor)
    looked = await store.feed(
        tx, caller.company_id, after, types=types or None, since=None if cursor else since, limit=limit + 1
    )
    if looked is None:
        raise NotFound("There is no such company.")
    if log_id is not None and log_id != looked.store_id:
        raise _restored()
    page, more = looked.events[:limit], len(looked.events) > limit
    place = Place(page[-1].xid, page[-1].id) if more else max(looked.seen or after, after)
    return Page([shown(row, caller.company_id, base) for row in page], _sealed(looked.store_id, place), more)


async def newest(tx: Tx, caller: Caller) -> int:
    """A number that grows with every event of the company: whether looking again is worth it."""
    require(caller, "runs:read")
    return await store.newest(tx, caller.company_id)


async def of_run(
    tx: Tx, caller: Caller, run_id: UUID, *, after: int = -1, limit: int = 100, base: str = ""
) -> tuple[list[Event], bool]:
    """The events of a run with a sequence above `after`, and whether there are more. Raises NotFound."""
    require(caller, "runs:read")
    await runs.row(tx, caller, run_id)
    rows = await store.of_run(tx, caller.company_id, run_id, after=after, limit=limit + 1)
    return [shown(row, caller.company_id, base) for row in rows[:limit]], len(rows) > limit


def _check(types: list[str]) -> None:
    known = {*KINDS, *(f"{name.partition('.')[0]}.*" for name in KINDS)}
    unknown = [name for name in types if name not in known]
    if unknown:
        raise Invalid(
            f"There is no event type {unknown[0][:60]}.",
            code="unknown_type",
            action=Action(f"Types are {', '.join(sorted(KINDS))}; run.* stands for all that begin so."),
            errors=[FieldError("type", f"{name[:60]} is no event type") for name in unknown[:10]],
        )


def _opened(cursor: str) -> tuple[UUID | None, Place]:
    if not cursor:
        return None, _START
    store_id, xid, id_ = _FORM.unpack(paging.unseal(cursor, _FORM.size))
    return UUID(bytes=store_id), Place(xid, id_)


def _sealed(store_id: UUID, place: Place) -> str:
    return paging.seal(_FORM.pack(store_id.bytes, place.xid, place.id))


def _restored() -> Gone:
    return Gone(
        "The log was restored from a copy, so this cursor points nowhere.",
        code="cursor_gone",
        action=Action(
            "Begin again with an empty cursor and since= the time of the last event you handled; skip event "
            "ids that you know.",
            "caller",
            "/v1/events?cursor=",
        ),
    )

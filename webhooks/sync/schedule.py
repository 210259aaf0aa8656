"""What the clock does for connections and syncs: start what is due, say what ends, forget what is old."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kit import ids, jobs, log
from kit.db import Db, Tx
from webhooks.connections import store as connection_store
from webhooks.connections.announcing import announce
from webhooks.connections.connections import WARN_DAYS
from webhooks.sync import fetch_store, store
from webhooks.sync.fetch_store import Waiting
from webhooks.sync.jobs import DayCame
from webhooks.sync.store import Due

_AT_ONCE = 20
_STEP = 1_000
_MOST_OBJECTS = 200
_log = log.get("webhooks.sync")


async def start_due(db: Db) -> int:
    """Start a sync of each connection whose schedule has come; how many. One that is still going on is not
    doubled, and the schedule goes on after it."""
    async with db.engine() as tx:
        due = await store.due_connections(tx, _AT_ONCE)
        started = [one for one in due if await _start(tx, one)]
        for one in due:
            await store.plan_next(tx, one)
    for one in started:
        _log.info("sync.scheduled", connection=ids.show("conn", one.id), full=bool(one.full))
    return len(started)


async def start_fetches(db: Db) -> int:
    """Start a sync for the objects that events named, one per company and source at a time; how many. Where
    there is no connection the fetches say so, or what was received is read again."""
    started = 0
    async with db.engine() as tx:
        for one in await fetch_store.due_fetches(tx, _MOST_OBJECTS):
            if one.connection_id is None or one.connection_status != "active":
                await _do_without(tx, one)
                continue
            sync_id = ids.new()
            await store.insert_sync(tx, **_for_hints(one, sync_id))
            await fetch_store.begin_fetches(tx, one.company_id, one.fetches, sync_id)
            started += 1
    return started


async def _do_without(tx: Tx, waiting: Waiting) -> None:
    """What begins today is told from what was received; what was only named cannot be."""
    named = [id_ for id_ in waiting.fetches if id_ not in waiting.dated]
    await fetch_store.refuse_fetches(tx, waiting.company_id, named, _refusal(waiting))
    if waiting.dated:
        await fetch_store.begin_fetches(tx, waiting.company_id, waiting.dated, None)
        await jobs.put(tx, waiting.company_id, DayCame(fetches=waiting.dated))


def _for_hints(waiting: Waiting, sync_id: UUID) -> dict[str, Any]:
    return {
        "id": sync_id,
        "company_id": waiting.company_id,
        "connection_id": waiting.connection_id,
        "source": waiting.source,
        "what": "ids",
        "since": None,
        "wanted": waiting.objects,
        "dry_run": False,
        "push": True,
        "actor_kind": "hris",
        "actor_id": "hints",
    }


def _refusal(waiting: Waiting) -> str:
    if waiting.connection_id is None:
        return f"There is no connection to {waiting.source}; it is fetched when one is made."
    return "The connection is not active; it is fetched when that is mended."


async def announce_expiring(db: Db) -> int:
    """Tell companies once of each credential that ends within two weeks; how many."""
    async with db.engine() as tx:
        expiring = await connection_store.take_expiring(tx, WARN_DAYS)
        for one in expiring:
            ends = f"{one.expires_at:%Y-%m-%d}"
            said = f"The credential of the connection to {one.source} ends on {ends}; set a new one before."
            await announce(tx, one.company_id, "connection.expiring", one.id, reason=said, expires_at=ends)
    for one in expiring:
        _log.warning("connection.expiring", connection=ids.show("conn", one.id))
    return len(expiring)


async def forget(db: Db, days: int) -> int:
    """Forget syncs and fetches that ended so long ago, and what they left out; how many."""
    async with db.engine() as tx:
        return await store.forget_syncs(tx, days, _STEP) + await fetch_store.forget_fetches(tx, days, _STEP)


async def _start(tx: Tx, due: Due) -> bool:
    full = bool(due.full) or due.watermark is None
    return await store.insert_sync(
        tx,
        id=ids.new(),
        company_id=due.company_id,
        connection_id=due.id,
        source=due.source,
        what="everything" if full else "changed",
        since=None if full else due.watermark,
        wanted=[],
        dry_run=False,
        push=not full,
        actor_kind="clock",
        actor_id="schedule",
    )

"""Syncs: asked for, looked at, cancelled. Whoever asks only writes a row; a worker does the rest."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from control import audit
from control.access import Caller, require
from kit import ids
from kit.db import Tx
from kit.errors import Action, Conflict, FieldError, Invalid, NotFound
from kit.paging import Place
from webhooks.connections import store as connection_store
from webhooks.connections.connections import held
from webhooks.connections.store import Connection
from webhooks.sync import settling, store
from webhooks.sync.model import Sync, What

_WRITE = "syncs:write"
_ACTORS = {"client": "client", "person": "csm", "operator": "engineer", "engine": "clock"}
Object = Annotated[str, Meta(min_length=1, max_length=500)]


class New(msgspec.Struct, frozen=True, kw_only=True):
    """A sync to be started over `connection_id`, or over the company's connection to `source`. `changed`
    begins at `since`, or where the last one began; without either it is everything. `ids` are the
    source's own. Without `push` a pull of everything leaves drafts and any other follows the push policy,
    as a webhook does. A `dry_run` writes no role and says what would be."""

    connection_id: str = ""
    source: str = ""
    what: What = "changed"
    since: datetime | None = None
    ids: list[Object] = []
    dry_run: bool = False
    push: bool | None = None


async def start(tx: Tx, caller: Caller, new: New) -> Sync:
    """The sync, waiting for a worker. Raises NotFound, Invalid, and Conflict while another one is going on,
    the connection is not active, or everything is to be pushed and nobody counted it before."""
    require(caller, _WRITE)
    connection = await _connection(tx, caller, new)
    _check(new)
    what, since = _what(new, connection)
    push = new.push if new.push is not None else what != "everything"
    if push and what == "everything" and not new.dry_run:
        await _must_be_counted(tx, connection)
    id_ = ids.new()
    made = await store.insert_sync(
        tx,
        id=id_,
        company_id=caller.company_id,
        connection_id=connection.id,
        source=connection.source,
        what=what,
        since=since,
        wanted=sorted(set(new.ids)),
        dry_run=new.dry_run,
        push=push,
        actor_kind=_ACTORS[caller.kind],
        actor_id=caller.shown_id,
    )
    if not made:
        raise await _going_on(tx, caller, connection)
    detail = {"what": what, "dry_run": new.dry_run, "push": push}
    await audit.record(tx, caller, "sync.started", ids.show("sync", id_), detail=detail)
    return await _held(tx, id_)


async def get(tx: Tx, caller: Caller, id_: UUID) -> Sync:
    """One of the caller's company, as far as it is. Raises NotFound."""
    require(caller, "syncs:read")
    return await _held(tx, id_)


async def listing(
    tx: Tx,
    caller: Caller,
    *,
    connection_id: UUID | None = None,
    status: list[str] | None = None,
    after: Place | None = None,
    limit: int = 100,
) -> list[Sync]:
    """Newest first."""
    require(caller, "syncs:read")
    return await store.list_syncs(
        tx, connection_id=connection_id, status=status or [], after=after, limit=limit
    )


async def cancel(tx: Tx, caller: Caller, id_: UUID) -> tuple[Sync, list[int]]:
    """The sync, over at once when nobody drives it and soon when somebody does, and the jobs to ring for.
    One that is over stays as it is. What was taken in stays. Raises NotFound."""
    require(caller, _WRITE)
    await _held(tx, id_)
    unowned = await store.ask_cancel(tx, id_)
    jobs: list[int] = []
    if unowned is not None:
        await audit.record(tx, caller, "sync.cancelled", ids.show("sync", id_))
    if unowned:
        jobs = await settling.fail(tx, caller.company_id, id_, settling.CANCELLED)
    return await _held(tx, id_), jobs


def _what(new: New, connection: Connection) -> tuple[What, datetime | None]:
    since = new.since if new.since is None or new.since.tzinfo else new.since.replace(tzinfo=UTC)
    if new.what != "changed":
        return new.what, None
    since = since or connection.watermark
    return ("changed", since) if since is not None else ("everything", None)


def _check(new: New) -> None:
    errors = []
    if (new.what == "ids") != bool(new.ids):
        errors.append(FieldError("ids", "Name the ids of what=ids, and only of that."))
    if len(new.ids) > 500:
        errors.append(FieldError("ids", "More than 500 ids are named."))
    if new.since is not None and new.what != "changed":
        errors.append(FieldError("since", "It belongs to what=changed only."))
    if errors:
        said = " ".join(f"{error.field}: {error.message}" for error in errors)
        raise Invalid(said, code="sync_invalid", action="Correct the fields named.", errors=errors)


async def _connection(tx: Tx, caller: Caller, new: New) -> Connection:
    if new.connection_id:
        found = await held(tx, ids.parse("conn", new.connection_id))
    else:
        by_source = await connection_store.connection_of(tx, caller.company_id, new.source)
        if by_source is None:
            raise NotFound(
                f"The company has no connection to {new.source[:60] or 'a source that is not named'}.",
                code="no_connection",
                action=Action("Make one, or name connection_id or source.", link="/v1/connections"),
            )
        found = by_source
    if found.status != "active":
        raise Conflict(
            found.stopped.detail if found.stopped else "The connection is switched off.",
            code="connection_not_active",
            action=Action(
                "Mend what is wrong, test the connection, and set its status to active.",
                link=f"/v1/connections/{ids.show('conn', found.id)}",
            ),
        )
    return found


async def _must_be_counted(tx: Tx, connection: Connection) -> None:
    if not await store.counted_lately(tx, connection.id):
        raise Conflict(
            "Pushing everything needs a dry run first, so that somebody saw how many roles that is.",
            code="count_first",
            action=Action("Start it with dry_run=true, look at its outputs, then push."),
        )


async def _going_on(tx: Tx, caller: Caller, connection: Connection) -> Conflict:
    found = await store.active_sync(tx, caller.company_id, connection.id)
    shown = ids.show("sync", found) if found else "another sync"
    return Conflict(
        f"{shown} is going on over this connection.",
        code="sync_going_on",
        action=Action("Wait for its end, or cancel it.", link=f"/v1/syncs/{shown}" if found else None),
        extra={"sync_id": shown} if found else {},
    )


async def _held(tx: Tx, id_: UUID) -> Sync:
    found = await store.get_sync(tx, id_)
    if found is None:
        raise NotFound(f"There is no sync {ids.show('sync', id_)}.")
    return found

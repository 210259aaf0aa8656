"""Driving one sync: page by page, each taken in and written down in one transaction.

The cursor is committed with the page that it follows, by whoever still owns the sync. A process that dies
in between leaves a sync that another one goes on with from there; nothing is taken in twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from adapters.model import Unreadable
from adapters.pull import Fetched, Puller, PullFault, Wanted
from kit import ids, log
from kit.db import Db, Tx
from kit.errors import Overloaded
from kit.vault import VaultFault
from pipeline.records.take import Taken
from webhooks.connections import access
from webhooks.connections import store as connection_store
from webhooks.connections.announcing import announce
from webhooks.connections.connections import Means, vendor_of
from webhooks.connections.store import Stopped
from webhooks.intake import Intake
from webhooks.sync import page, settling, store
from webhooks.sync.model import Claimed
from webhooks.sync.policy import Policy

AWAY = (psycopg.OperationalError, Overloaded, OSError)
"""What the database raises when it is away: the lease ends, and the sync goes on from its last page."""

_MOST_ITEMS = 5_000
_STOPS = ("host", "credential", "permission", "switched_off")
_log = log.get("webhooks.sync")


class Fenced(Exception):
    """Another process has the sync, or it is over: nothing more may be written for it."""


class Cancelled(Exception):
    """Somebody wants the sync to end."""


class Driver:
    """Drives syncs for one owner."""

    def __init__(self, db: Db, intake: Intake, means: Means, policy: Policy, owner: UUID) -> None:
        self._db = db
        self._intake = intake
        self._means = means
        self._policy = policy
        self._owner = owner

    async def drive(self, claimed: Claimed) -> None:
        """Until it is over or has to wait. Raises nothing of its own but what the database raises; cancelled
        from outside it leaves the sync to the next process at once."""
        shown = ids.show("sync", claimed.id)
        with log.bound(sync=shown, company=ids.show("company", claimed.company_id)):
            try:
                await self._pull(claimed)
            except Fenced:
                _log.warning("sync.fenced")
            except Cancelled:
                await self._end(claimed, settling.CANCELLED)
            except PullFault as fault:
                await self._fault(claimed, fault)
            except Unreadable as exc:
                said = f"The answer is no job profiles: {exc.detail}"
                await self._fault(claimed, PullFault(said, reason="bad_answer"))
            except VaultFault:
                said = "The stored credential cannot be read any more; send it again."
                await self._fault(claimed, PullFault(said, reason="credential"))
            except AWAY:
                raise
            except Exception:
                _log.exception("sync.broke")
                said = "The page could not be taken in because of a mistake of ours."
                await self._fault(claimed, PullFault(said, reason="bad_answer", retry=True))

    async def _pull(self, claimed: Claimed) -> None:
        if claimed.cancelling:
            raise Cancelled
        if claimed.connection_status != "active":
            raise PullFault("The connection was switched off, stopped or deleted.", reason="bad_request")
        if not claimed.complete:
            async with self._client(claimed) as client:
                claimed = await self._pages(claimed, client)
        async with self._db.company(claimed.company_id) as tx:
            if await store.hold_sync(tx, claimed, self._owner) is None:
                raise Fenced
            jobs = await settling.succeed(tx, claimed)
        _log.info("sync.finished", **msgspec.to_builtins(claimed.counts))
        await self._intake.rung(Taken([], jobs, 0))

    async def _pages(self, claimed: Claimed, client: Puller) -> Claimed:
        """Take in page after page; the sync as it stands after the last of them."""
        async with _closing(client.pages(_wanted(claimed, self._policy), claimed.cursor)) as pages:
            async for fetched in pages:
                claimed = await self._take(claimed, fetched)
                if claimed.complete:
                    return claimed
        return await self._take(claimed, None)

    async def _take(self, claimed: Claimed, fetched: Fetched | None) -> Claimed:
        """One page, or the end of a pull that brought none: what it held and how far the pull is become true
        together."""
        received = None
        if fetched is not None:
            received = await page.read(self._intake, claimed, fetched)
            if len(received.items) > _MOST_ITEMS:
                said = (
                    f"A page holds {len(received.items):,} job profiles; {_MOST_ITEMS:,} are taken at most."
                )
                raise PullFault(said, reason="bad_answer")
        taken = Taken([], [], 0)
        async with self._db.company(claimed.company_id) as tx:
            held = await store.hold_sync(tx, claimed, self._owner)
            if held is None:
                raise Fenced
            if held.cancelling:
                raise Cancelled
            written = page.Written(claimed.counts, [])
            if received is not None:
                sorted_ = await page.sort(tx, claimed, received)
                if claimed.dry_run:
                    written = await page.compared(tx, claimed, sorted_)
                else:
                    taken = await self._intake.take(tx, claimed.company_id, sorted_.received)
                    written = await page.written(tx, claimed, sorted_, taken.answers[0])
            await store.record_page(tx, claimed, written.seen, counts=written.counts, fetched=fetched)
        await self._intake.rung(taken)
        if fetched is not None:
            _log.info("sync.page", page=claimed.page + 1, pages=fetched.pages, found=written.counts.found)
        return _after(claimed, fetched, written)

    @asynccontextmanager
    async def _client(self, claimed: Claimed) -> AsyncIterator[Puller]:
        vendor = vendor_of(self._means.vendors, claimed.source)
        lets_in = access.unseal(self._means.vault, vendor.access, claimed.access)
        about = claimed.company_id, claimed.connection_id
        keep = access.keeper(self._db, self._means.vault, *about, lets_in)
        client = vendor.connect(lets_in, self._means.http, keep=keep)
        try:
            yield client
        finally:
            await client.close()

    async def _fault(self, claimed: Claimed, fault: PullFault) -> None:
        """Wait and go on where time may help, else end; what a person has to mend also stops the connection,
        so that nobody hammers at a closed door."""
        waiting = "throttled" if fault.reason == "throttled" else "unavailable"
        async with self._db.company(claimed.company_id) as tx:
            held = await store.hold_sync(tx, claimed, self._owner)
            if held is None:
                return
            wait = self._policy.wait(fault, tries=held.tries, moved_at=held.moved_at)
            error = _error(fault, wait)
            if wait is not None:
                mine = claimed, self._owner
                await store.park_sync(tx, *mine, waiting=waiting, wait=wait, tries=1, error=error)
        if wait is not None:
            _log.warning("sync.waits", reason=fault.reason, seconds=round(wait), error=fault.message)
            return
        _log.warning("sync.failed", reason=fault.reason, error=fault.message)
        await self._end(claimed, error, fault if fault.reason in _STOPS else None)

    async def _end(self, claimed: Claimed, error: dict[str, Any], stop: PullFault | None = None) -> None:
        async with self._db.company(claimed.company_id) as tx:
            if await store.hold_sync(tx, claimed, self._owner) is None:
                return
            jobs = await settling.fail(tx, claimed.company_id, claimed.id, error)
            if stop is not None:
                jobs += await self._stop(tx, claimed, stop, error)
        await self._intake.rung(Taken([], jobs, 0))

    async def _stop(self, tx: Tx, claimed: Claimed, stop: PullFault, error: dict[str, Any]) -> list[int]:
        stopped = Stopped(stop.reason, stop.message, datetime.now(UTC))
        about = claimed.company_id, claimed.connection_id
        if not await connection_store.stop_connection(tx, *about, stopped):
            return []
        _log.error("connection.stopped", connection=ids.show("conn", about[1]), reason=stop.reason)
        return await announce(
            tx, about[0], "connection.stopped", about[1], reason=stop.message, error=error, status="failed"
        )

    async def leave(self, claimed: Claimed) -> None:
        """Give the sync to whoever is next, at once."""
        async with self._db.company(claimed.company_id) as tx:
            await store.park_sync(tx, claimed, self._owner, waiting="queue", wait=0, tries=0, error=None)


def _wanted(claimed: Claimed, policy: Policy) -> Wanted:
    """Changes are asked for from a little before the moment the last pull began: clocks differ, and what was
    being saved at that moment was in neither."""
    since = claimed.since and claimed.since - timedelta(seconds=policy.overlap)
    return Wanted(
        until=claimed.pinned_at,
        since=since if claimed.what == "changed" else None,
        ids=tuple(claimed.wanted),
        lacking=tuple(claimed.lacking),
    )


def _after(claimed: Claimed, fetched: Fetched | None, written: page.Written) -> Claimed:
    last = fetched or Fetched(body=b"", content_type="", number=claimed.page)
    return msgspec.structs.replace(
        claimed,
        counts=written.counts,
        cursor=last.cursor,
        complete=last.cursor is None,
        lacking=sorted({*claimed.lacking, *last.lacking}),
        page=claimed.page + 1,
        pages=last.pages or claimed.pages,
        total=claimed.total if last.total is None else last.total,
    )


def _error(fault: PullFault, wait: float | None) -> dict[str, Any]:
    at = None if wait is None else datetime.now(UTC) + timedelta(seconds=wait)
    return {
        "code": fault.code,
        "message": fault.message,
        "action": fault.action and msgspec.to_builtins(fault.action),
        "retry_at": at and at.isoformat(),
    }


@asynccontextmanager
async def _closing(pages: AsyncIterator[Fetched]) -> AsyncIterator[AsyncIterator[Fetched]]:
    """A generator that is left early ends now, not when it is collected."""
    try:
        yield pages
    finally:
        if isinstance(pages, AsyncGenerator):
            await asyncio.shield(pages.aclose())

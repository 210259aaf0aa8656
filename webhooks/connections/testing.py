"""Testing a connection: the smallest question there is, and one sentence about the answer."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID

from adapters.pull import Checked
from control import audit
from control.access import Caller, require
from kit import ids, log
from kit.db import Db
from kit.vault import VaultFault
from webhooks.connections import access, connections, store
from webhooks.connections.connections import Means, vendor_of
from webhooks.connections.store import Connection, Tested

_SECONDS = 20.0
_log = log.get("webhooks.connections")


async def check(db: Db, caller: Caller, means: Means, id_: UUID) -> Tested:
    """What came of it, kept with the connection. No transaction is open while we ask. Raises NotFound."""
    require(caller, "connections:write")
    async with db.company(caller.company_id) as tx:
        connection = await connections.held(tx, id_)
        sealed = await store.read_access(tx, id_) or ""
    checked = await _ask(db, caller, means, connection, sealed)
    tested = Tested(checked.ok, checked.detail, checked.reason, checked.count, datetime.now(UTC))
    async with db.company(caller.company_id) as tx:
        await store.note_check(tx, id_, tested)
        await audit.record(tx, caller, "connection.tested", ids.show("conn", id_), detail={"ok": tested.ok})
    _log.info("connection.tested", connection=ids.show("conn", id_), ok=tested.ok, reason=tested.reason)
    return tested


async def _ask(db: Db, caller: Caller, means: Means, connection: Connection, sealed: str) -> Checked:
    vendor = vendor_of(means.vendors, connection.source)
    try:
        lets_in = access.unseal(means.vault, vendor.access, sealed)
    except VaultFault:
        return Checked(False, "The stored credential cannot be read any more; send it again.", "credential")
    keep = access.keeper(db, means.vault, caller.company_id, connection.id, lets_in)
    client = vendor.connect(lets_in, means.http, keep=keep)
    try:
        async with asyncio.timeout(_SECONDS):
            return await client.check()
    except TimeoutError:
        return Checked(False, f"There was no answer within {_SECONDS:g} seconds.", "unavailable")
    finally:
        await client.close()

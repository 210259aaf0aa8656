"""Whose next version a file is, also when somebody else was quicker."""

from __future__ import annotations

import asyncio

import pytest

from control.access import Caller
from kit import ids
from kit.db import Db
from kit.errors import Conflict
from kit.sql import Query
from pipeline.records import documents
from pipeline.records.documents import Text
from pipeline.uploads import settling, store
from pipeline.uploads.model import Understood, Wish
from pipeline.uploads.understanding import understand
from tests import make
from tests.webhooks.callbacks.world import eventually

WAITING = Query("waiting", "", "SELECT count(*) FROM pg_locks WHERE NOT granted")


async def test_a_document_that_was_replaced_meanwhile_is_not_replaced_by_its_title(db: Db) -> None:
    company_id = await make.company(db)
    await make.take(db, company_id, make.incoming(1))
    caller = Caller("client", company_id, ids.new(), "Workato", frozenset())
    found = understand("a.txt", b"Pays the bills", "sop")
    assert isinstance(found, Understood)
    async with db.company(company_id) as tx:
        role = (await store.role_names(tx, company_id))[0]
        old = await documents.add(tx, company_id, role.id, Text("sop", "Steps", "Prepares reports", None))

    async def late() -> None:
        async with db.company(company_id) as tx:
            await settling.settle(tx, caller, "a.txt", Wish(replaces=old.id), found)

    async def waits() -> bool:
        async with db.engine() as tx:
            return bool(await tx.value(WAITING))

    async with db.company(company_id) as tx:
        await documents.add(tx, company_id, role.id, Text("sop", "Steps", "Books invoices", None))
        task = asyncio.create_task(late())
        await eventually(waits)
    with pytest.raises(Conflict, match="replaced or retired"):
        await task

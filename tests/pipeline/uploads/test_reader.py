"""Files of a ZIP that wait: read by any process, read again when one died over them, given up in the end."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from control.access import Caller
from kit import ids
from kit.apart import Apart
from kit.db import Db, Tx
from kit.errors import Overloaded
from kit.jobs import Bell, make_broker
from kit.sql import Query
from pipeline.uploads import store, uploads
from pipeline.uploads.model import UploadRow, Wish
from pipeline.uploads.reader import Reader
from pipeline.uploads.understanding import helper
from tests import make
from tests.parts import files
from tests.webhooks.callbacks.world import eventually

DIED = Query("died", "", "UPDATE upload SET claimed_until = now() - interval '1 second'")
OLD = Query("old", "", "UPDATE upload SET updated_at = now() - make_interval(days => %(days)s::int)")


def crash(*_: object) -> None:
    os.abort()


@pytest.fixture
async def apart() -> AsyncIterator[Apart]:
    one = helper()
    yield one
    one.close()


async def given(db: Db, apart: Apart, **members: bytes) -> Caller:
    """A company with a role, and a ZIP for it that is unpacked."""
    company_id = await make.company(db)
    await make.take(db, company_id, make.incoming(1))
    caller = Caller("client", company_id, ids.new(), "Workato", frozenset())
    content = files.packed({name.replace("_", "."): body for name, body in members.items()})
    found = await uploads.read(db, apart, caller, "all.zip", content, Wish())
    async with db.company(company_id) as tx:
        await uploads.take(tx, caller, "all.zip", content, Wish(role="R-1"), found)
    return caller


async def rows(db: Db, company_id: UUID) -> dict[str, UploadRow]:
    async with db.company(company_id) as tx:
        found = await store.newest(
            tx, company_id, parent_id=None, members=True, status=[], limit=100, after=None
        )
        return {row.name: row for row in await store.some(tx, company_id, found)}


async def test_a_reader_reads_what_waits_until_it_is_stopped(db: Db, apart: Apart) -> None:
    caller = await given(db, apart, a_txt=b"Prepares reports", b_txt=b"Answers customers")
    stop = asyncio.Event()
    reading = asyncio.create_task(
        Reader(db, apart, Bell(make_broker("redis://127.0.0.1:1/0")).jobs).run(stop)
    )
    done = {"all.zip": "unpacked", "a.txt": "kept", "b.txt": "kept"}

    async def read() -> dict[str, UploadRow]:
        found = await rows(db, caller.company_id)
        return found if {name: row.status for name, row in found.items()} == done else {}

    found = await eventually(read)
    stop.set()
    await reading
    async with db.company(caller.company_id) as tx:
        assert await store.whole(tx, found["a.txt"]) == b""


async def test_a_file_whose_reader_died_is_read_again_and_given_up_after_three_tries(
    db: Db, apart: Apart
) -> None:
    caller = await given(db, apart, a_txt=b"Prepares reports")
    for _ in range(3):
        async with db.engine() as tx:
            assert await store.claim(tx) is not None
            assert await store.claim(tx) is None
        async with db.engine() as tx:
            await tx.run(DIED)
    assert await uploads.read_next(db, apart) == []
    found = (await rows(db, caller.company_id))["a.txt"]
    assert (found.status, found.problem and found.problem.code) == ("refused", "unreadable")


async def test_a_file_that_nobody_had_time_to_read_waits_on_with_all_its_tries(
    db: Db, apart: Apart, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = await given(db, apart, a_txt=b"Prepares reports")
    with monkeypatch.context() as busy:
        busy.setattr("kit.apart._MOST_WAITING", 0)
        for _ in range(4):
            with pytest.raises(Overloaded):
                await uploads.read_next(db, apart)
    await uploads.read_next(db, apart)
    found = (await rows(db, caller.company_id))["a.txt"]
    assert (found.status, found.tries) == ("kept", 1)


async def test_a_file_that_brings_the_helper_down_is_refused_at_its_last_try(
    db: Db, apart: Apart, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = await given(db, apart, a_txt=b"Prepares reports")
    monkeypatch.setattr("pipeline.uploads.understanding.understand", crash)
    seen = []
    for _ in range(3):
        assert await uploads.read_next(db, apart) == []
        found = (await rows(db, caller.company_id))["a.txt"]
        seen.append((found.status, found.problem and found.problem.code))
        async with db.engine() as tx:
            await tx.run(DIED)
    assert seen == [("waiting", None), ("waiting", None), ("refused", "too_heavy")]


async def test_a_file_that_is_dropped_as_it_is_claimed_does_not_stop_the_reader(
    db: Db, apart: Apart, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = await given(db, apart, a_txt=b"Prepares reports")
    claim = store.claim

    async def claim_and_drop(tx: Tx) -> store.Claimed | None:
        claimed = await claim(tx)
        if claimed:
            await store.delete(tx, claimed.company_id, claimed.id)
        return claimed

    monkeypatch.setattr("pipeline.uploads.store.claim", claim_and_drop)
    assert await uploads.read_next(db, apart) == []
    assert await uploads.read_next(db, apart) is None
    assert set(await rows(db, caller.company_id)) == {"all.zip"}


async def test_a_company_with_many_files_does_not_keep_another_waiting(db: Db, apart: Apart) -> None:
    many = await given(db, apart, **{f"f{n}_txt": b"Prepares reports" for n in range(40)})
    one = await given(db, apart, a_txt=b"Answers customers")
    async with db.engine() as tx:
        claimed = [await store.claim(tx) for _ in range(30)]
    assert {found.company_id for found in claimed if found} == {many.company_id, one.company_id}


async def test_old_uploads_are_forgotten_and_unfinished_ones_after_a_day(db: Db, apart: Apart) -> None:
    caller = await given(db, apart, a_txt=b"Prepares reports")
    async with db.company(caller.company_id) as tx:
        await uploads.begin(tx, caller, "part.pdf", Wish())
    assert await store.forget(db, 60) == 0
    for days, left in ((2, {"all.zip", "a.txt"}), (61, set())):
        async with db.engine() as tx:
            await tx.run(OLD, {"days": days})
        await store.forget(db, 60)
        assert set(await rows(db, caller.company_id)) == left

"""The outbox's worker: what is done together, and what comes again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self
from uuid import UUID

from kit import jobs
from kit.db import Db
from kit.jobs import Job, Jobs
from kit.sql import Query
from tests import make


class Noted(Job, frozen=True, kw_only=True):
    """Several are one."""

    kind: ClassVar[str] = "test.noted"
    numbers: list[int]

    def merged(self, others: Sequence[Self]) -> Self:
        return type(self)(numbers=[n for one in (self, *others) for n in one.numbers])


class Single(Job, frozen=True, kw_only=True):
    """Each is its own."""

    kind: ClassVar[str] = "test.single"
    number: int


class Book:
    """Handlers that write down what they were given."""

    def __init__(self, *, failing: bool = False) -> None:
        self.heard: list[tuple[Any, UUID]] = []
        self._failing = failing

    async def hear(self, job: Any, company_id: UUID) -> None:
        self.heard.append((job, company_id))
        if self._failing:
            raise ValueError("not today")


async def left(db: Db) -> list[dict[str, Any]]:
    async with db.engine() as tx:
        text = "SELECT attempts, due_at > now() AS later, last_error FROM job ORDER BY id"
        rows: list[dict[str, Any]] = await tx.all(Query("left", "", text))
    return rows


async def put(db: Db, company_id: UUID, *announced: Job) -> list[int]:
    async with db.engine() as tx:
        return await jobs.put(tx, company_id, *announced)


async def test_jobs_that_merge_are_done_as_one_per_company(db: Db) -> None:
    book, first, second = Book(), await make.company(db, "A"), await make.company(db, "B")
    ids = await put(db, first, Noted(numbers=[1]), Noted(numbers=[2]))
    ids += await put(db, second, Noted(numbers=[3]))
    await Jobs(db, {Noted: book.hear}).soon(ids)
    heard = {company: sorted(job.numbers) for job, company in book.heard}
    assert heard == {first: [1, 2], second: [3]}
    assert len(book.heard) == 2
    assert await left(db) == []


async def test_jobs_that_do_not_merge_are_done_one_by_one(db: Db) -> None:
    book, company = Book(), await make.company(db)
    ids = await put(db, company, Single(number=1), Single(number=2))
    await Jobs(db, {Single: book.hear}).perform(ids)
    assert sorted(job.number for job, _ in book.heard) == [1, 2]
    assert await left(db) == []


async def test_every_job_of_a_group_that_failed_comes_again_later(db: Db) -> None:
    book, company = Book(failing=True), await make.company(db)
    await Jobs(db, {Noted: book.hear}).perform(await put(db, company, Noted(numbers=[1]), Noted(numbers=[2])))
    assert await left(db) == [{"attempts": 1, "later": True, "last_error": "not today"}] * 2


async def test_a_job_that_is_being_done_is_not_taken_twice(db: Db) -> None:
    company = await make.company(db)
    ids = await put(db, company, Single(number=1))
    outer = Book()

    async def hear(job: Any, company_id: UUID) -> None:
        await outer.hear(job, company_id)
        await Jobs(db, {Single: outer.hear}).perform(ids)

    await Jobs(db, {Single: hear}).perform(ids)
    assert len(outer.heard) == 1

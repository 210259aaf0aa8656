"""Natural batching: what queues up for a company while its last transaction is in flight goes into the
next one. There is no timer, and companies do not wait for each other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

from pipeline.graph.batch import Answer
from pipeline.graph.model import Written
from pipeline.graph.plan import Wish
from pipeline.stages.base import StageFault

AT_MOST = 200
TOGETHER = 8

Commit = Callable[[UUID, list[Wish]], Awaitable[list[Answer]]]


class _Asked:
    """A wish, and where its answer goes."""

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self.answer: asyncio.Future[Written] = asyncio.get_running_loop().create_future()

    def settle(self, answer: Answer) -> None:
        if self.answer.done():
            return
        if isinstance(answer, StageFault):
            self.answer.set_exception(answer)
        else:
            self.answer.set_result(answer)


class Lanes:
    """One queue per company; `commit` makes a batch durable and answers each wish in order."""

    def __init__(self, commit: Commit) -> None:
        self._commit = commit
        self._lanes: dict[UUID, list[_Asked]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(TOGETHER)

    async def ask(self, wish: Wish, deadline: float) -> Written:
        """Queues a wish and waits until it is durable. Raises StageFault, `graph_timeout` when that has
        not come about by the deadline (monotonic seconds): it may still happen later."""
        asked = _Asked(wish)
        company = wish.picture.company_id
        if company in self._lanes:
            self._lanes[company].append(asked)
        else:
            self._lanes[company] = [asked]
            task = asyncio.create_task(self._drain(company))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                return await asked.answer
        except TimeoutError:
            raise StageFault("The graph did not answer in time.", code="graph_timeout", retry=True) from None

    async def finish(self) -> None:
        """Waits for everything that is queued."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _drain(self, company: UUID) -> None:
        try:
            while batch := self._take(company):
                async with self._slots:
                    await self._answer(company, batch)
        finally:
            del self._lanes[company]

    def _take(self, company: UUID) -> list[_Asked]:
        """The next batch: at most one wish per role and stage; the rest keeps its order."""
        batch: dict[str, _Asked] = {}
        rest: list[_Asked] = []
        for asked in self._lanes[company]:
            if asked.answer.done():
                continue
            key = asked.wish.picture.key
            if key in batch or len(batch) == AT_MOST:
                rest.append(asked)
            else:
                batch[key] = asked
        self._lanes[company] = rest
        return list(batch.values())

    async def _answer(self, company: UUID, batch: list[_Asked]) -> None:
        try:
            answers = await self._commit(company, [asked.wish for asked in batch])
        except Exception as error:
            fault = error if isinstance(error, StageFault) else _internal(error)
            if len(batch) > 1 and not fault.retry:
                # One wish that the graph refuses must not fail the others.
                for asked in batch:
                    await self._answer(company, [asked])
                return
            answers = [fault] * len(batch)
        for asked, answer in zip(batch, answers, strict=True):
            asked.settle(answer)


def _internal(error: Exception) -> StageFault:
    fault = StageFault(f"Writing to the graph failed: {type(error).__name__}: {error}", code="internal")
    fault.__cause__ = error
    return fault

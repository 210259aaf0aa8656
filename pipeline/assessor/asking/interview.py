"""A question and its answer: remembered when it was answered before, asked at the endpoint's pace, checked,
asked once more with the reason when it is of no use, and paid for in the ledger."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Generic, Protocol, TypeVar
from uuid import UUID

import msgspec

from kit import metrics
from pipeline.assessor.asking.breaker import Breaker
from pipeline.assessor.asking.forms import BadAnswer, strict_schema, useful
from pipeline.assessor.asking.pace import Pace
from pipeline.assessor.model_client import EndpointFault, Message, ModelClient, Said
from pipeline.stages.base import Call, StageFault

T = TypeVar("T")
_SHOWN = 300
_CHARS_PER_TOKEN = 4
_ASKED = metrics.counter("connector_model_questions", "Questions to the model, by how they ended.", ("end",))


class Question(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """What is asked. `check` raises BadAnswer when an answer is of no use."""

    purpose: str
    instructions: str
    text: str
    shape: type[T]
    check: Callable[[T], None]


class About(msgspec.Struct, frozen=True):
    """Whose money it is, and which role it is spent on."""

    company_id: UUID
    role_id: UUID


class Answered(msgspec.Struct, Generic[T], frozen=True):
    """The answer and the calls it cost: none when it was remembered, two when the first was of no use."""

    value: T
    calls: tuple[Call, ...]


class Memory(Protocol):
    """What was paid and answered before, per company. Never raises: without it everything is asked anew."""

    async def recall(self, about: About, key: bytes) -> str | None:
        """The answer kept under this key."""
        ...

    async def paid(self, about: About, call: Call, key: bytes, answer: str | None) -> None:
        """A call happened; `answer` is kept when it is of use."""
        ...


class Interview:
    """Asks one endpoint. `memory` is None where nothing is to be remembered."""

    def __init__(
        self, client: ModelClient, pace: Pace, breaker: Breaker, memory: Memory | None = None
    ) -> None:
        self.client = client
        self._pace, self._breaker, self._memory = pace, breaker, memory
        self._asking: dict[bytes, asyncio.Lock] = {}
        self._askers: Counter[bytes] = Counter()

    async def ask(self, question: Question[T], about: About, *, deadline: float) -> Answered[T]:
        """The answer; `deadline` in `time.monotonic()` seconds. Raises StageFault with the calls that
        were paid (`model_bad_answer` after two answers of no use)."""
        key = key_of(self.client.model, question)
        async with self._alone(about.company_id.bytes + key):
            kept = await self._memory.recall(about, key) if self._memory else None
            if kept is not None:
                try:
                    value = useful(kept, question.shape, question.check)
                except BadAnswer:
                    pass
                else:
                    _ASKED.labels("remembered").inc()
                    return Answered(value, ())
            return await self._ask(question, about, key, deadline)

    async def _ask(self, question: Question[T], about: About, key: bytes, deadline: float) -> Answered[T]:
        messages: list[Message] = [
            {"role": "system", "content": question.instructions},
            {"role": "user", "content": question.text},
        ]
        calls: list[Call] = []
        for last in (False, True):
            try:
                said = await self._say(question, messages, about, deadline)
            except StageFault as fault:
                fault.calls = (*calls, *fault.calls)
                _ASKED.labels(fault.code).inc()
                raise
            calls.append(said.call)
            try:
                value = useful(said.content, question.shape, question.check)
            except BadAnswer as bad:
                await self._note(about, said.call, key, None)
                if last:
                    _ASKED.labels("model_bad_answer").inc()
                    raise _no_use(bad, calls) from bad
                repair = f"That answer cannot be used: {bad} Answer again, wholly, in the same form."
                messages += [
                    {"role": "assistant", "content": said.content},
                    {"role": "user", "content": repair},
                ]
            else:
                await self._note(about, said.call, key, said.content)
                _ASKED.labels("answered").inc()
                return Answered(value, tuple(calls))
        raise AssertionError("unreachable")

    async def _say(
        self, question: Question[T], messages: list[Message], about: About, deadline: float
    ) -> Said:
        """One call, at the endpoint's pace and past the breaker."""
        size = sum(len(message["content"]) for message in messages) // _CHARS_PER_TOKEN
        await self._pace.enter(about.company_id, size, deadline)
        probe, failed = self._breaker.enter(), None
        try:
            said = await self.client.say(question.purpose, messages, question.shape, deadline=deadline)
            failed = False
        except EndpointFault as fault:
            failed = fault.code == "model_unavailable"
            self._pace.hear(fault.headers, refused=fault.status == 429)
            raise
        finally:
            self._breaker.leave(probe=probe, failed=failed)
        self._pace.hear(said.headers, refused=False)
        return said

    async def _note(self, about: About, call: Call, key: bytes, answer: str | None) -> None:
        if self._memory is not None:
            await self._memory.paid(about, call, key, answer)

    @asynccontextmanager
    async def _alone(self, key: bytes) -> AsyncIterator[None]:
        """The same question is asked once at a time in this process; the next one finds the answer kept."""
        lock = self._asking.setdefault(key, asyncio.Lock())
        self._askers[key] += 1
        try:
            async with lock:
                yield
        finally:
            self._askers[key] -= 1
            if not self._askers[key]:
                del self._askers[key], self._asking[key]


def key_of(model: str, question: Question[T]) -> bytes:
    """What an answer rests on: the model, the instructions, the question and the form (SHA-256)."""
    parts = [model, question.instructions, question.text, strict_schema(question.shape)]
    return sha256(msgspec.json.encode(parts)).digest()


def _no_use(bad: BadAnswer, calls: list[Call]) -> StageFault:
    return StageFault(
        f"The model's answer could not be used, twice: {str(bad)[:_SHOWN]}",
        code="model_bad_answer",
        retry=True,
        calls=tuple(calls),
    )

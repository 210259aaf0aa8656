from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
import pytest
from litestar import Controller, post
from litestar.di import NamedDependency

from connector.api import idempotency
from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from connector.services import Services
from control import audit
from kit.db import Tx
from kit.errors import Conflict
from tests.parts.front import Tenant


class NoteIn(msgspec.Struct):
    """A note; `mood` says how it ends, `wait` how many seconds it takes."""

    text: str
    mood: str = "good"
    wait: float = 0


class NoteOut(msgspec.Struct, frozen=True):
    """What was noted."""

    text: str


class Notes(Controller):
    """Writes one audit row for each piece of work."""

    path = "/v1/notes"

    @post(
        "/",
        **operation(
            "note",
            "Note",
            body=Body(kind=NoteIn, examples={"a": {"text": "x"}}),
            answers={201: Answer(kind=NoteOut, example={"text": "x"}, headers={"Location": "Where it is."})},
            idempotent=True,
        ),
    )
    async def note(self, call: NamedDependency[Call]) -> Reply:
        given, ignored = await call.body(NoteIn)

        async def work(tx: Tx) -> Reply:
            await audit.record(tx, call.caller, "noted", given.text)
            await asyncio.sleep(given.wait)
            if given.mood == "conflict":
                raise Conflict("Not now.")
            if given.mood == "bug":
                raise RuntimeError("bug")
            return Reply(NoteOut(given.text), 201, headers={"Location": f"/v1/{given.text}"}, ignored=ignored)

        return await call.once(work)


@pytest.fixture
def controllers() -> Sequence[type[Controller]]:
    return (Notes,)


async def _noted(services: Services) -> int:
    async with services.db.engine() as tx:
        row = await (await tx.conn.execute("SELECT count(*) FROM audit WHERE action = 'noted'")).fetchone()
    assert row is not None
    return int(row[0])


async def _note(tenant: Tenant, key: str | None, **body: Any) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await tenant.http.post("/v1/notes", json={"text": "a", **body}, headers=headers)


async def test_a_repeat_gets_the_first_answer_and_does_nothing(tenant: Tenant, services: Services) -> None:
    first, again = await _note(tenant, "k1"), await _note(tenant, "k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["location"] == first.headers["location"]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert await _noted(services) == 1


async def test_without_a_key_each_request_does_its_work(tenant: Tenant, services: Services) -> None:
    await _note(tenant, None)
    await _note(tenant, "")
    assert await _noted(services) == 2


async def test_another_body_under_the_same_key_is_refused(tenant: Tenant, services: Services) -> None:
    await _note(tenant, "k1")
    other = await _note(tenant, "k1", text="b")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await _noted(services) == 1


@pytest.mark.parametrize(("mood", "status"), [("conflict", 409), ("bug", 500)])
async def test_a_refusal_is_not_kept_and_leaves_nothing(
    tenant: Tenant, services: Services, mood: str, status: int
) -> None:
    for _ in range(2):
        answer = await _note(tenant, "k1", mood=mood)
        assert answer.status_code == status
        assert "idempotent-replayed" not in answer.headers
    assert await _noted(services) == 0


async def test_requests_at_the_same_time_do_the_work_once(tenant: Tenant, services: Services) -> None:
    answers = await asyncio.gather(*[_note(tenant, "k1", wait=0.3) for _ in range(4)])
    assert [answer.status_code for answer in answers] == [201] * 4
    assert sorted("idempotent-replayed" in answer.headers for answer in answers) == [False, True, True, True]
    assert await _noted(services) == 1


async def test_who_waits_too_long_is_told_to_come_back(
    tenant: Tenant, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "_WAIT_SECONDS", 0.2)
    slow = asyncio.create_task(_note(tenant, "k1", wait=1))
    await _until_busy(services)
    second = await _note(tenant, "k1", wait=1)
    assert (second.status_code, second.json()["code"]) == (409, "idempotency_key_busy")
    assert second.headers["retry-after"] == "2"
    assert (await slow).status_code == 201


async def _until_busy(services: Services) -> None:
    query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    while True:
        async with services.db.engine() as tx:
            row = await (await tx.conn.execute(query)).fetchone()
        if row is not None and row[0] > 0:
            return
        await asyncio.sleep(0.01)


async def test_the_same_key_of_another_company_is_another_key(
    make_tenant: Callable[..., Awaitable[Tenant]], services: Services
) -> None:
    one, other = await make_tenant("One"), await make_tenant("Other")
    await _note(one, "k1")
    answer = await _note(other, "k1", text="b")
    assert answer.status_code == 201
    assert await _noted(services) == 2


async def test_a_key_over_the_limit_is_refused(tenant: Tenant) -> None:
    answer = await _note(tenant, "k" * 256)
    assert answer.status_code == 422

"""The stream that tells a page when something moved: of one company, for who may see it, and not for ever."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from litestar.response import ServerSentEventMessage

from connector.admin import stream
from connector.services import Services
from control.access import OF_ROLE, Caller
from kit import ids
from kit.errors import Forbidden
from kit.settings import Settings
from tests import make
from tests.parts.front import settings_for
from tests.pipeline.runs.world import pushed

from .people import Person


@pytest.fixture
def settings(db_url: str) -> Settings:
    """Streams are over soon."""
    return settings_for(db_url, request_seconds=3)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_LOOK", 0.02)


async def watching(services: Services, name: str = "Liberty", *scopes: str) -> Caller:
    company_id = await make.company(services.db, name)
    return Caller("person", company_id, ids.new(), "Ada", frozenset(scopes or OF_ROLE["viewer"]))


async def moved(told: AsyncIterator[ServerSentEventMessage]) -> None:
    async with asyncio.timeout(2):
        while (await anext(told)).event != "moved":
            pass


async def test_what_happens_in_the_company_is_told_at_once_and_what_happens_elsewhere_is_not(
    services: Services,
) -> None:
    caller, other = await watching(services), await make.company(services.db, "Other")
    told = stream.moves(services, caller)
    first = await anext(told)
    assert (first.event, first.retry) == (None, 1000)
    began = time.monotonic()
    hint = asyncio.create_task(moved(told))
    await pushed(services.db, other)
    done, _ = await asyncio.wait([hint], timeout=0.3)
    assert not done
    await pushed(services.db, caller.company_id, 1)
    await hint
    assert time.monotonic() - began < 2
    await told.aclose()


async def test_a_stream_ends_by_itself_and_leaves_its_place(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_SHARE", 0.02)
    monkeypatch.setattr(stream, "OF_PERSON", 1)
    caller = await watching(services)
    for _ in range(2):
        assert [message.event async for message in stream.moves(services, caller)] == [None]


async def test_one_more_than_there_may_be_is_refused(
    services: Services, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "OF_PROCESS", 1)
    caller = await watching(services)
    first = stream.moves(services, caller)
    await anext(first)
    assert [message async for message in stream.moves(services, caller)] == []
    assert (await admin.http.get(f"{admin.home}/stream")).status_code == 429
    await first.aclose()
    monkeypatch.setattr(stream, "_SHARE", 0.0)
    answer = await admin.http.get(f"{admin.home}/stream")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    assert "content-encoding" not in answer.headers


async def test_who_is_not_signed_in_or_may_not_see_runs_watches_nothing(
    services: Services, welcome: Callable[..., Awaitable[Person]]
) -> None:
    person = await welcome("viewer")
    theirs = await welcome("viewer", email="eve@example.com")
    assert (await person.http.get(f"{theirs.home}/stream")).status_code == 404
    person.http.cookies.clear()
    assert (await person.http.get(f"{person.home}/stream")).status_code == 303
    told = stream.moves(services, await watching(services, "Mute", "roles:read"))
    await anext(told)
    with pytest.raises(Forbidden):
        await anext(told)

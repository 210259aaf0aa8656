"""What moves on a page: a stream of server-sent events, each of which says that something moved. The page
then asks for the part that shows it, so what is drawn and who may see it stay in one place.

A stream ends after a while and the browser begins another, which has to show its session again: nobody
watches for much longer than they are signed in. No transaction is open between two looks.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator

import psycopg
from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.response import ServerSentEvent, ServerSentEventMessage

from connector.admin.page import HEADERS
from connector.admin.visit import Visit
from connector.services import Services
from control.access import Caller, require
from kit.errors import Overloaded, TooMany
from pipeline.log import feed

OF_PERSON, OF_PROCESS = 6, 200
"""Streams at once."""
_LOOK = 1.0
_QUIET = 5.0
"""Seconds between two looks, and after which the page asks anew though nothing of the company happened:
places in the queue move with other companies' runs."""
_SHARE = 0.8
"""Of the longest time that a request may take: a stream is over before it would be cut."""
_AGAIN = 1000
"""Milliseconds after which the browser begins the next one."""


class Moving(Controller):
    """One stream serves every page of a company."""

    path = "/c/{company:str}/stream"

    @get("/", uncompressed=True)
    async def show(
        self, visit: NamedDependency[Visit], services: NamedDependency[Services]
    ) -> ServerSentEvent:
        """Raises TooMany when somebody, or this process, has too many open: the page then asks by itself."""
        caller = visit.desk.caller
        require(caller, "runs:read")
        for name, most in _places(caller):
            services.limits.enter(name, most)
            services.limits.leave(name)
        return ServerSentEvent(moves(services, caller), headers=HEADERS)


async def moves(services: Services, caller: Caller) -> AsyncGenerator[ServerSentEventMessage, None]:
    """An event whenever the company's log has grown, and now and then without."""
    taken: list[str] = []
    try:
        for name, most in _places(caller):
            services.limits.enter(name, most)
            taken.append(name)
        yield ServerSentEventMessage(data=None, retry=_AGAIN)
        async for _ in _moments(services, caller):
            yield ServerSentEventMessage(event="moved", data="1")
    except TooMany:
        return
    finally:
        for name in taken:
            services.limits.leave(name)


async def _moments(services: Services, caller: Caller) -> AsyncGenerator[float, None]:
    until = time.monotonic() + services.settings.request_seconds * _SHARE
    seen, told = await _newest(services, caller), time.monotonic()
    while (now := time.monotonic()) < until:
        await asyncio.sleep(_LOOK)
        newest = await _newest(services, caller)
        if newest != seen or now - told >= _QUIET:
            seen, told = newest, now
            yield now


async def _newest(services: Services, caller: Caller) -> int | None:
    """The newest event; None while the database is away, which is no reason to end."""
    try:
        async with services.db.company(caller.company_id) as tx:
            return await feed.newest(tx, caller)
    except (psycopg.Error, Overloaded, OSError):
        return None


def _places(caller: Caller) -> tuple[tuple[str, int], tuple[str, int]]:
    return (f"stream:{caller.id.hex}", OF_PERSON), ("stream", OF_PROCESS)

"""The whole product as real processes, and what tests do to it and read from it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import psycopg
import pytest

from connector.stack import Stack
from kit.db import Db
from tests.parts.database import as_engine, broken
from tests.parts.front import get_token
from tests.parts.servers import data_folder
from tests.pipeline.engine.rig import Rig


@contextmanager
def running(extra: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """The product, with fsync on and these settings, until the end of the block."""
    with data_folder() as folder, Stack(folder / "data", port=0, extra=extra) as stack:
        yield stack


@asynccontextmanager
async def store_of(stack: Stack) -> AsyncIterator[Db]:
    """A pool on its database."""
    db = Db(stack.settings.database_url, wait=30)
    await db.open()
    yield db
    await db.close()


@asynccontextmanager
async def let_in(stack: Stack, client_id: str, secret: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a token."""
    async with httpx.AsyncClient(base_url=stack.url, timeout=60) as http:
        http.headers["Authorization"] = f"Bearer {await get_token(http, client_id, secret)}"
        yield http


def say(capsys: pytest.CaptureFixture[str], line: str) -> None:
    """A measured figure, for whoever watches: nothing is asserted about it."""
    with capsys.disabled():
        sys.stdout.write(f"\n{line}\n")


def again(stack: Stack, name: str, *, kill: bool) -> None:
    """End a process, by force if asked, and start it anew as a supervisor would."""
    (child,) = [one for one in stack._children if one.part == name]
    if child.alive and kill:
        os.kill(child.pid, signal.SIGKILL)
    child.stop()
    stack._children.remove(child)
    fresh = stack._launch(name, stack._environment(stack.settings.port), child.log)
    stack._children.append(fresh)


async def rows(db: Db, text: str, **params: Any) -> list[dict[str, Any]]:
    """A statement, tried again while PostgreSQL is away."""
    async with asyncio.timeout(120):
        while True:
            try:
                return await Rig(db, []).rows(text, **params)
            except (psycopg.Error, OSError):
                await asyncio.sleep(0.2)


async def broken_now(stack: Stack) -> list[Any]:
    """The invariants that do not hold."""

    def look() -> list[Any]:
        with as_engine(stack.settings.direct_url) as conn:
            return broken(conn)

    return await asyncio.to_thread(look)

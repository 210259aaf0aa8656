"""Ending background tasks surely."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

_AGAIN_SECONDS = 0.5


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel until all are over. Once is not enough: a cancellation that meets an error on its way (a
    connection that breaks while a query is being cancelled) comes out as that error, and a loop that
    outlives errors goes on."""
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_AGAIN_SECONDS)

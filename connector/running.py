"""A process that runs until it is told to stop: settings, logs, signals, one event loop."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable, Coroutine
from typing import Any

import uvloop

from kit import log
from kit.settings import Settings

Serve = Callable[[Settings, asyncio.Event], Coroutine[Any, Any, None]]


def settle() -> None:
    """What is loaded when a process starts stays to its end, so the garbage collector need not go through
    it again; and short-lived rows and tasks die by their counts, so it may come by less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def run(serve: Serve, settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; the second signal does not wait."""
    log.configure(settings.log_level, json=settings.log_json)
    settle()

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, stop.set)
        await serve(settings, stop)

    uvloop.run(main())

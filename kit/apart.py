"""Work on what strangers sent, in a process of its own: with a limit of time that really ends it, and one of
memory. Whatever it does, the process that asked goes on.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context, parent_process
from typing import TypeVar, TypeVarTuple

from kit.errors import Overloaded

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
_MOST_WAITING = 16
"""Each holds its bytes in memory while it waits."""


class TookTooLong(Exception):
    """The work was ended because its time was over."""


class BrokeDown(Exception):
    """The work needed more memory than it may have, or brought its process down."""


class Apart:
    """One helper process, started when it is first needed and again after one was ended. `seconds` count from
    when a piece of work begins; `memory` is in bytes of address space. The module `knows` is imported once,
    in a process that helpers are forked from, so that a new one is there at once."""

    def __init__(self, *, seconds: float, memory: int = 2_000_000_000, knows: str = __name__) -> None:
        self._seconds = seconds
        self._knows = knows
        self._memory = memory
        self._pool: ProcessPoolExecutor | None = None
        self._pid = 0
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def do(self, work: Callable[[*Ts], T], *args: *Ts) -> T:
        """What `work`, a function of a module, answers or raises; pieces of work take turns. Raises
        TookTooLong, BrokeDown, and Overloaded when too many wait."""
        if self._waiting >= _MOST_WAITING:
            raise Overloaded("More files are waiting than can be read right now.", retry_after=5)
        self._waiting += 1
        try:
            async with self._turn:
                pool = self._pool or await self._start()
                return await self._timed(pool, work, *args)
        except (BrokenProcessPool, MemoryError) as exc:
            self.close()
            raise BrokeDown from exc
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End the helper process, whatever it is at."""
        if self._pool is None:
            return
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = None

    async def _start(self) -> ProcessPoolExecutor:
        context = get_context("forkserver")
        context.set_forkserver_preload([self._knows])
        pool = ProcessPoolExecutor(1, mp_context=context, initializer=_begin, initargs=(self._memory,))
        self._pid = await asyncio.get_running_loop().run_in_executor(pool, os.getpid)
        self._pool = pool
        return pool

    async def _timed(self, pool: ProcessPoolExecutor, work: Callable[[*Ts], T], *args: *Ts) -> T:
        done = asyncio.get_running_loop().run_in_executor(pool, work, *args)
        try:
            over, _ = await asyncio.wait({done}, timeout=self._seconds)
        except asyncio.CancelledError:
            self.close()  # nobody waits for it any more, and the next piece of work should not
            raise
        if not over:
            self.close()
            raise TookTooLong
        return done.result()


def end_with_parent() -> None:
    """In a helper process: it must not outlive its parent, however that ends; a thread watches for it."""

    def watch() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def _begin(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    end_with_parent()

"""Work on what strangers sent, in a process of its own: with a limit of time that really ends it, and one of
memory. Whatever it does, the process that asked goes on.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import threading
from collections import Counter
from collections.abc import Callable, Hashable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context, parent_process
from typing import TypeVar, TypeVarTuple

from kit.errors import Overloaded, TooMany

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
_MOST_WAITING = 16
"""Each holds its bytes in memory while it waits."""
_MOST_OF_ONE = 8


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
        self._helper = -1  # a pidfd: a number of a process that is gone may be another's by now
        self._turn = asyncio.Lock()
        self._waiting: Counter[Hashable] = Counter()

    async def do(self, work: Callable[[*Ts], T], *args: *Ts, of: Hashable = None) -> T:
        """What `work`, a function of a module, answers or raises; pieces of work take turns. Work may be
        begun twice, so it must change nothing. Raises TookTooLong, BrokeDown, TooMany when too many of one
        asker (`of`) wait, and Overloaded when too many of all do or no helper can be started."""
        if self._waiting.total() >= _MOST_WAITING:
            raise Overloaded("More files are waiting than can be read right now.", retry_after=5)
        if of is not None and self._waiting[of] >= _MOST_OF_ONE:
            raise TooMany(f"{_MOST_OF_ONE} files of yours wait to be read already.", retry_after=2)
        self._waiting[of] += 1
        try:
            async with self._turn:
                if self._pool is not None:
                    try:
                        return await self._timed(self._pool, work, *args)
                    except BrokenProcessPool:
                        self.close()  # the helper may have been dead before: only a new one's death tells
                return await self._timed(await self._start(), work, *args)
        except (BrokenProcessPool, MemoryError) as exc:
            self.close()
            raise BrokeDown from exc
        finally:
            self._waiting[of] -= 1
            self._waiting += Counter()  # forgets those who wait for nothing

    def close(self) -> None:
        """End the helper process, whatever it is at."""
        if self._pool is None:
            return
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._helper, signal.SIGKILL)
        os.close(self._helper)
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = None

    async def _start(self) -> ProcessPoolExecutor:
        context = get_context("forkserver")
        context.set_forkserver_preload([self._knows])
        try:
            pool = ProcessPoolExecutor(1, mp_context=context, initializer=_begin, initargs=(self._memory,))
            self._helper = await _handle(pool)
        except (OSError, EOFError, BrokenProcessPool) as exc:
            raise Overloaded("No process to read files in can be started now.", retry_after=5) from exc
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


async def _handle(pool: ProcessPoolExecutor) -> int:
    """A pidfd of the pool's process, which starts by this; the pool is ended when there is none."""
    try:
        return os.pidfd_open(await asyncio.get_running_loop().run_in_executor(pool, os.getpid))
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise


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
    for sign in (signal.SIGINT, signal.SIGTERM):  # meant for the parent, which ends us when it is done
        signal.signal(sign, signal.SIG_IGN)
    end_with_parent()

"""The three embedded parts together, in one data folder that one process holds at a time."""

from __future__ import annotations

import asyncio
import atexit
from pathlib import Path
from types import TracebackType
from typing import Self

from connector.embedded import folder
from connector.embedded.graph import ArcadeGraph
from connector.embedded.postgres import Postgres
from connector.embedded.redis import Redis


class Parts:
    """PostgreSQL, Redis and the graph in `data`: `start` and `stop` (blocking), or `async with`.

    Started again on the same folder they keep their data. When we die, they end too. `fsync=False`
    gives up safety against power cuts and Redis' log; `short` is for a life of minutes (a demo, a
    test). Raises PartsFault.
    """

    def __init__(self, data: Path, *, fsync: bool = True, short: bool = False, graph_port: int = 0) -> None:
        self.data = folder.make(data)
        self.postgres = Postgres(self.data / "postgres", fsync=fsync)
        self.redis = Redis(self.data / "redis", durable=fsync)
        self.graph = ArcadeGraph(self.data / "graph", port=graph_port, short=short)
        self._lock = folder.FolderLock(self.data)

    def start(self) -> None:
        """Starts all three side by side; returns when all answer. On a fault none is left running."""
        self._lock.take()
        atexit.register(self.stop)
        try:
            # The slowest to get ready first; nobody waits before all are on their way.
            for part in (self.graph, self.redis, self.postgres):
                part.launch()
                self._record()
            for part in (self.redis, self.postgres, self.graph):
                part.wait()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops all cleanly and gives the folder up. Harmless when nothing runs."""
        atexit.unregister(self.stop)
        for part in (self.redis, self.graph, self.postgres):
            part.stop()
        self._lock.release()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)

    def _record(self) -> None:
        pids = {"postgres": self.postgres.pid, "redis": self.redis.pid, "graph": self.graph.pid}
        self._lock.record({name: pid for name, pid in pids.items() if pid})

"""The product's worker with the instant assessor: `python -m bench.worker`. With BENCH_GRAPH=none graph
writes do nothing; BENCH_STAGE_SECONDS makes each answer of the assessor take that long."""

from __future__ import annotations

import asyncio
import os
from typing import Any, cast

import msgspec

from bench.instant import InstantAssessor, NoGraph
from connector import running
from connector.graphs import graph_of
from connector.work import Work, build_work, tools_of
from connector.worker import serve
from kit.settings import Settings, load


class Slow:
    """An assessor that takes its time over every answer."""

    def __init__(self, seconds: float) -> None:
        self._instant = InstantAssessor()
        self._seconds = seconds
        self.name, self.version = self._instant.name, self._instant.version

    def __getattr__(self, name: str) -> Any:
        async def answer(*args: Any, **kwargs: Any) -> Any:
            await asyncio.sleep(self._seconds)
            return await getattr(self._instant, name)(*args, **kwargs)

        return answer


async def build(settings: Settings) -> Work:
    """The product's parts, with the assessor (and the graph, if so asked) replaced."""
    seconds = float(os.environ.get("BENCH_STAGE_SECONDS", "0"))
    assessor = Slow(seconds) if seconds else InstantAssessor()
    graph = cast(Any, NoGraph()) if os.environ.get("BENCH_GRAPH") == "none" else graph_of(settings)
    tools = msgspec.structs.replace(tools_of(settings, graph), assessor=cast(Any, assessor))
    return await build_work(settings, tools)


async def _serve(settings: Settings, stop: asyncio.Event) -> None:
    await serve(settings, stop, build)


if __name__ == "__main__":
    running.run(_serve, load())

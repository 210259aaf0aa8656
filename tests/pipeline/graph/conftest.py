"""A prepared, empty graph, on each graph server in turn. Its schema outlives the tests' nodes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from pipeline.graph.driver import Driver
from pipeline.graph.writer import Graph
from tests.parts.servers import GraphServer

_prepared: set[str] = set()


@pytest.fixture
async def graph(graph_server: GraphServer) -> AsyncIterator[Graph]:
    driver = Driver(
        graph_server.uri,
        user=graph_server.user,
        password=graph_server.password,
        database=graph_server.database,
    )
    graph = Graph(driver)
    try:
        await driver.execute("MATCH (n) DETACH DELETE n")
        if graph_server.uri not in _prepared:
            await graph.prepare()
            _prepared.add(graph_server.uri)
        yield graph
    finally:
        await graph.close()

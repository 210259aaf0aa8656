"""An empty graph, on each graph server in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from pipeline.graph.driver import Driver
from pipeline.graph.writer import Graph
from tests.parts.servers import GraphServer


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
        yield graph
    finally:
        await graph.close()

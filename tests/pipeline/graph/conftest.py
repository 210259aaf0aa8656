"""A prepared, empty graph."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest

from pipeline.graph.driver import Driver
from pipeline.graph.writer import Graph


@pytest.fixture
async def graph() -> AsyncIterator[Graph]:
    driver = Driver(
        os.environ["G_URI"],
        user=os.environ.get("G_USER"),
        password="playwithdata",
        database=os.environ.get("G_DB"),
    )
    graph = Graph(driver)
    await driver.execute("MATCH (n) DETACH DELETE n")
    await graph.prepare()
    yield graph
    await graph.close()

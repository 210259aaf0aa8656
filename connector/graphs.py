"""The graph as the operator set it. Apart from the worker's parts: the API only asks whether it answers."""

from __future__ import annotations

from kit.settings import Settings
from pipeline.graph.driver import Driver
from pipeline.graph.names import Names
from pipeline.graph.writer import Graph


def driver_of(settings: Settings) -> Driver:
    """The way to the graph, not yet connected."""
    return Driver(
        settings.neo4j_uri,
        user=settings.neo4j_user or None,
        password=settings.neo4j_password,
        database=settings.neo4j_database or None,
    )


def graph_of(settings: Settings) -> Graph:
    """The graph as stages write it."""
    return Graph(
        driver_of(settings), Names(**{name.lower(): value for name, value in settings.graph_names.items()})
    )

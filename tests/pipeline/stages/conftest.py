"""The graph that stages write to: the embedded one and the reference one in turn."""

from tests.pipeline.graph.conftest import graph

__all__ = ["graph"]

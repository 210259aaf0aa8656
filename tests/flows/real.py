"""The engine with its thirteen stages, a real graph and the offline assessor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kit.db import Db
from mappings.model import DocumentRecord, RoleRecord
from pipeline.assessor.offline.assessor import OfflineAssessor
from pipeline.engine.drive import Tools
from pipeline.engine.executors import Executors
from pipeline.engine.gates import FairGate
from pipeline.graph.driver import Driver
from pipeline.graph.writer import Graph
from pipeline.records.model import Incoming
from pipeline.stages.registry import STAGES
from tests import make
from tests.parts.servers import GraphServer
from tests.pipeline.assessor.jobs import ACCOUNTS
from tests.pipeline.engine.rig import Rig


def graph_at(server: GraphServer) -> Graph:
    """A graph client; close it."""
    return Graph(Driver(server.uri, user=server.user, password=server.password, database=server.database))


class RealRig(Rig):
    """A rig whose stages are the product's own. `commands` stand in for stages, as an operator sets them."""

    def __init__(self, db: Db, graph: Graph, commands: Mapping[str, str] | None = None, **rules: Any) -> None:
        super().__init__(db, [], **rules)
        self._graph = graph
        self._commands = dict(commands or {})

    def tools(self) -> Tools:
        return Tools(
            stages=STAGES,
            graph=self._graph,
            assessor=OfflineAssessor(),
            executors=Executors(self._commands),
            gates={"graph": FairGate(32), "llm": FairGate(32)},
            backoff=self.backoff,
            follow_up=86_400,
        )


def profile(n: int = 0, title: str = "Accounts Payable Specialist", **over: Any) -> Incoming:
    """A job profile that every stage finds something in."""
    role = RoleRecord(title=title, code=f"R-{n}", family="Finance", status="active")
    documents = (DocumentRecord("job_description", "Job description", "<p>x</p>", ACCOUNTS),)
    return make.incoming(n, **({"role": role, "documents": documents} | over))

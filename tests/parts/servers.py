"""The servers the tests run on: real ones, started when the first test asks, one set per test process."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from connector.embedded.graph import ArcadeGraph
from connector.embedded.postgres import Postgres
from connector.embedded.redis import Redis

from .missing import missing
from .neo4j_server import Neo4jServer

POSTGRES_15 = Path("/usr/lib/postgresql/15/bin")


class GraphServer(Protocol):
    """Either graph: where it is and how to log in; `kill` is a crash, `start` brings it back."""

    @property
    def uri(self) -> str: ...
    @property
    def user(self) -> str | None: ...
    @property
    def password(self) -> str: ...
    @property
    def database(self) -> str: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...


@contextmanager
def data_folder() -> Iterator[Path]:
    """A short folder for a server's data, which PostgreSQL's own user may enter when we are root."""
    folder = Path(tempfile.mkdtemp(prefix="etter-test-", dir="/tmp"))
    if os.geteuid() == 0:
        folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder of the test's own."""
    with data_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """The embedded PostgreSQL, without fsync."""
    with data_folder() as folder:
        server = Postgres(folder / "postgres", fsync=False)
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def postgres15_server() -> Iterator[Postgres]:
    """The oldest PostgreSQL that we support."""
    if not (POSTGRES_15 / "postgres").exists():
        missing("PostgreSQL 15")
    with data_folder() as folder:
        server = Postgres(folder / "postgres", bin_dir=POSTGRES_15, fsync=False)
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """Redis that forgets everything when it ends."""
    with data_folder() as folder:
        server = Redis(folder / "redis", durable=False)
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def arcadedb_server() -> Iterator[GraphServer]:
    """The embedded graph."""
    with data_folder() as folder:
        server = ArcadeGraph(folder / "graph", short=True)
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def neo4j_server() -> Iterator[GraphServer]:
    """The reference graph."""
    with data_folder() as folder:
        server = Neo4jServer(folder / "neo4j")
        server.start()
        yield server
        server.kill()  # its clean stop takes many seconds, for data that nobody will read


EMBEDDED = [pytest.param("arcadedb", marks=pytest.mark.graph)]
"""For `parametrize("graph_server", EMBEDDED, indirect=True)`: the embedded graph alone."""


@pytest.fixture(
    scope="session",
    params=[
        *EMBEDDED,
        # One process of a parallel run gets all of these: two Neo4j would not fit a small machine.
        pytest.param("neo4j", marks=[pytest.mark.graph, pytest.mark.xdist_group("neo4j")]),
    ],
)
def graph_server(request: pytest.FixtureRequest) -> GraphServer:
    """Each graph in turn: a test with this fixture runs on both."""
    server: GraphServer = request.getfixturevalue(f"{request.param}_server")
    return server

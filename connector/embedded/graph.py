"""The graph: ArcadeDB from its wheel, with its own Java, spoken to over Bolt on the loopback interface."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import secrets
import socket
from pathlib import Path

from connector.embedded import child, faults, folder
from pipeline.graph.driver import Driver
from pipeline.stages.base import StageFault

PART = "graph (ArcadeDB)"
LOOPBACK = "127.0.0.1"


class ArcadeGraph:
    """A graph server with its data in `place`: `uri`, `user`, `password`, `database` are what the
    driver needs. `port` 0 takes a free one. Every commit is flushed to the disk. For a `short` life
    the code is compiled quickly rather than well. Raises PartsFault."""

    user = "root"
    database = "etter"

    def __init__(self, place: Path, *, port: int = 0, short: bool = False) -> None:
        self.place = place
        self.log = place.with_suffix(".log")
        self.port = port
        self.password = ""
        self._wanted_port = port
        self._short = short
        self._child: child.Child | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._child.pid if self._child and self._child.alive else None

    @property
    def uri(self) -> str:
        """The Bolt address."""
        return f"bolt://{LOOPBACK}:{self.port}"

    def launch(self) -> None:
        """Starts the server; `wait` says when it answers."""
        package = _package()
        folder.make_private(self.place)
        self.password = _password(self.place / "password")
        self.port = take_port(PART, self._wanted_port)
        # Options in a file of our own: a password on the command line is everybody's to read.
        options = self.place / "options"
        write_secret(options, "\n".join(self._options()))
        java, jars = package / "jre" / "bin" / "java", package / "jars" / "*"
        command: list[str | Path] = [java, f"@{options}", "-cp", jars, "com.arcadedb.server.ArcadeDBServer"]
        self._child = child.start(PART, command, log=self.log, cwd=self.place)

    def wait(self, seconds: float = 180) -> None:
        """Returns when a query over Bolt is answered."""
        assert self._child is not None, "launch comes first"  # noqa: S101
        self._child.wait_until(
            lambda: bolt_answers(self.uri, self.user, self.password, self.database), seconds
        )

    def start(self) -> None:
        """`launch` and `wait`."""
        self.launch()
        self.wait()

    def stop(self) -> None:
        """A clean stop. Harmless when it is not running."""
        if self._child:
            self._child.stop()

    def kill(self) -> None:
        """A crash: the process ends at once."""
        assert self._child is not None, "launch comes first"  # noqa: S101
        self._child.kill()

    def _options(self) -> list[str]:
        settings = {
            "server.rootPath": str(self.place),
            "server.rootPassword": self.password,
            "server.defaultDatabases": f"{self.database}[{self.user}]",
            "server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
            "bolt.host": LOOPBACK,
            "bolt.port": str(self.port),
            "server.httpIncomingHost": LOOPBACK,
            "server.httpIncomingPort": str(take_port(PART, 0)),
            "server.mode": "production",  # no web studio
            "txWalFlush": "2",
        }
        small = ["-Xmx512m", "-XX:+UseSerialGC", *(["-XX:TieredStopAtLevel=1"] if self._short else [])]
        native = ["--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"]
        return [*small, *native, *(f'"-Darcadedb.{name}={value}"' for name, value in settings.items())]


def bolt_answers(uri: str, user: str | None, password: str, database: str | None) -> bool:
    """Whether a Bolt server takes our login and answers `RETURN 1`. Not from inside an event loop."""
    host, port = uri.removeprefix("bolt://").split(":")
    try:
        socket.create_connection((host, int(port)), 1).close()
        return asyncio.run(_one(uri, user, password, database)) == 1
    except (OSError, StageFault):
        return False


async def _one(uri: str, user: str | None, password: str, database: str | None) -> object:
    driver = Driver(uri, user=user, password=password, database=database)
    try:
        rows = await driver.read("RETURN 1 AS one", seconds=5)
        return rows[0]["one"]
    finally:
        await driver.close()


def take_port(part: str, wanted: int) -> int:
    """`wanted` if it is free on the loopback interface, or any free one for 0. Raises PartsFault."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, wanted))
        except OSError as error:
            raise faults.port_taken(part, wanted) from error
        port: int = probe.getsockname()[1]
        return port


def write_secret(path: Path, text: str) -> None:
    """Writes a file that only its owner may read."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as out:
        out.write(text)


def _password(path: Path) -> str:
    if not path.exists():
        write_secret(path, secrets.token_urlsafe(24))
    return path.read_text("utf-8")


def _package() -> Path:
    spec = importlib.util.find_spec("arcadedb_embedded")
    if spec is None or spec.origin is None:
        raise faults.missing(PART, "arcadedb-embedded", "CONNECTOR_NEO4J_URI")
    return Path(spec.origin).parent

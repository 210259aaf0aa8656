"""A real Neo4j Community as a child process, from the jars that `make test-deps` collects."""

from __future__ import annotations

import shutil
from pathlib import Path

from connector.embedded import child
from connector.embedded.graph import LOOPBACK, bolt_answers, take_port

from .missing import missing

JARS = Path(__file__).parents[2] / ".cache" / "neo4j" / "lib"
_OPENED = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")


class Neo4jServer:
    """Neo4j in `place`, without a password: `uri`, `user`, `password`, `database` for the driver."""

    user: str | None = None
    password = ""
    database = "neo4j"

    def __init__(self, place: Path) -> None:
        self.place = place
        self.port = take_port("Neo4j", 0)
        self._child: child.Child | None = None

    @property
    def uri(self) -> str:
        """The Bolt address."""
        return f"bolt://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Starts the server and waits until it answers; skips the test on a machine without it."""
        java = shutil.which("java")
        if java is None or not list(JARS.glob("neo4j-server-*.jar")):
            missing("Neo4j 5.26")
        conf = self.place / "conf"
        conf.mkdir(parents=True, exist_ok=True)
        (conf / "neo4j.conf").write_text("\n".join(self._settings()))
        command = [java, "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        command += [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED]
        command += ["-cp", f"{JARS}/*", "org.neo4j.server.CommunityEntryPoint"]
        command += [f"--home-dir={self.place}", f"--config-dir={conf}", "--console-mode"]
        self._child = child.start("Neo4j", command, log=self.place / "console.log", cwd=self.place)
        self._child.wait_until(lambda: bolt_answers(self.uri, self.user, self.password, self.database), 120)

    def stop(self) -> None:
        """A clean stop. Harmless when it is not running."""
        if self._child:
            self._child.stop(60)

    def kill(self) -> None:
        """A crash: the process ends at once."""
        assert self._child is not None
        self._child.kill()

    def _settings(self) -> list[str]:
        return [
            "dbms.security.auth_enabled=false",
            "dbms.usage_report.enabled=false",
            f"server.default_listen_address={LOOPBACK}",
            f"server.bolt.listen_address={LOOPBACK}:{self.port}",
            "server.http.enabled=false",
            "server.https.enabled=false",
            "server.memory.heap.max_size=512m",
            "server.memory.pagecache.size=64m",
        ]

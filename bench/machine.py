"""What processes cost: CPU time and memory, read from /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat from the third on (proc(5)); empty when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def tree(pids: Iterable[int]) -> set[int]:
    """The processes and all they have started."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := _stat(int(entry))):
            children.setdefault(int(fields[1]), []).append(int(entry))
    found: set[int] = set()
    waiting = list(pids)
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += children.get(pid, [])
    return found


def cpu(*pids: int) -> float:
    """CPU seconds that the processes, and all that they started or have already buried, have used."""
    total = 0
    for pid in tree(pids):
        fields = _stat(pid)
        total += sum(int(field) for field in fields[11:15])
    return total / _TICKS


def memory(*pids: int) -> float:
    """Proportional set size in MB of the processes and all that they started."""
    total = 0
    for pid in tree(pids):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    return total / 1024


def load() -> list[float]:
    """Load averages: what else the machine is doing."""
    return [round(one, 1) for one in os.getloadavg()]

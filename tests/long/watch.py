"""What processes use: memory, open files, sessions of the database; and what they write into their logs."""

from __future__ import annotations

from pathlib import Path

import msgspec

from connector.stack import Stack


class Use(msgspec.Struct, frozen=True):
    """What one process held at one moment."""

    megabytes: float
    files: int


def use(pid: int) -> Use:
    """Its own memory (RssAnon: without what it shares from files), and its open files."""
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line
    )
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return Use(int(status["RssAnon"].split()[0]) / 1024, files)


def uses(stack: Stack) -> dict[str, Use]:
    """By process."""
    return {name: use(pid) for name, pid in stack.pids.items()}


def last_words(stack: Stack) -> dict[str, list[str]]:
    """The ends of all logs, the database's among them, and which processes are no longer there."""
    data = stack.parts.data
    logs = sorted([*data.glob("*.log"), *(data / "logs").glob("*.log")])
    words = {log.name: log.read_text("utf-8", "replace").splitlines()[-20:] for log in logs}
    return words | {"gone": [one.part for one in stack._children if not one.alive]}


def wrong_lines(log: Path) -> list[str]:
    """Lines of a log in JSON that say error, or are no log lines at all (a traceback)."""
    wrong = []
    for line in log.read_text("utf-8", "replace").splitlines():
        try:
            found = msgspec.json.decode(line)
        except msgspec.DecodeError:
            found = None
        if not isinstance(found, dict) or found.get("level") in ("error", "critical"):
            wrong.append(line)
    return [line for line in wrong if line.strip()]

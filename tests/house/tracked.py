"""The files of this repository, as git knows them."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("connector", "webhooks", "pipeline", "mappings", "adapters", "control", "kit")


@cache
def tracked() -> tuple[Path, ...]:
    """All tracked files that are there, relative to the root."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return tuple(Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def with_ending(*endings: str) -> list[Path]:
    """The tracked files whose names end so."""
    return [path for path in tracked() if path.suffix in endings]


def text_of(path: Path) -> str:
    """A tracked file's text."""
    return (ROOT / path).read_text("utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    """A tracked file as Python reads it, parsed once for all who ask."""
    return ast.parse(text_of(path))

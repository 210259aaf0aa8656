"""The commands: each one that a text names exists, and each that exists says what it does."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from .tracked import ROOT, text_of, tracked

TARGETS = re.compile(r"^([a-z-]+):", re.MULTILINE)
PROMISED = {
    *("help", "venv", "demo", "up", "test", "test-long", "test-deps", "check", "format", "bench"),
    *("openapi", "screenshots", "verify-fixtures", "eval", "lock", "clean-data", "fuzz"),
}


def made(*arguments: str) -> str:
    command = ["make", "-s", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def targets() -> set[str]:
    return set(TARGETS.findall(text_of(Path("Makefile"))))


def test_every_promised_command_exists() -> None:
    assert PROMISED - targets() == set()


def test_every_command_is_in_the_help() -> None:
    shown = made("help")
    assert set(re.findall(r"^  make (\S+)", shown, re.MULTILINE)) == targets()


def test_every_command_that_a_text_names_exists() -> None:
    texts = [path for path in tracked() if path.suffix in {".md", ".py", ".toml"} or path.name == "run"]
    named = {(str(path), name) for path in texts for name in re.findall(r"`make ([a-z-]+)", text_of(path))}
    assert {(path, name) for path, name in named if name not in targets()} == set()


def test_the_whole_check_runs_every_kind_of_check() -> None:
    planned = made("-n", "check")
    for tool in ("ruff format --check", "ruff check", "mypy", "lint-imports", "openapi --check", "pytest"):
        assert tool in planned


def test_a_python_that_is_too_old_is_told_so_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    with pytest.raises(SystemExit, match=r"3\.11 or newer is needed and this is 3\.9\."):
        runpy.run_path(str(ROOT / "tools" / "check_python.py"))

"""`docs/events.md` names every log event and every metric, and none that does not exist."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re

import pytest

import connector
import pipeline
import webhooks
from kit import metrics

from .tracked import ROOMS, ROOT, tree_of, with_ending

LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def _section(title: str) -> set[str]:
    text = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    part = text.partition(f"## {title}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([a-z][a-z0-9_.]*)`", part, re.MULTILINE))


def _logged() -> set[str]:
    found: set[str] = set()
    for file in (path for path in with_ending(".py") if path.parts[0] in ROOMS):
        for node in ast.walk(tree_of(file)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            owner = node.func.value
            if node.func.attr in LEVELS and isinstance(owner, ast.Name) and owner.id in ("_log", "log"):
                name = node.args[0]
                assert isinstance(name, ast.Constant), f"{file}: an event name that changes"
                found.add(str(name.value))
    return found


def test_every_log_event_is_in_the_page_and_no_other() -> None:
    assert _section("Log events") == _logged()


def test_every_metric_is_in_the_page_and_no_other() -> None:
    for package in (connector, pipeline, webhooks):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    assert _section("Metrics") == set(metrics.names())


@pytest.mark.parametrize("name", metrics.names())
def test_no_metric_has_a_label_for_an_id(name: str) -> None:
    labels = {
        label for metric in metrics.REGISTRY.collect() for one in metric.samples for label in one.labels
    }
    assert not labels & {"company", "client", "run", "role", "person"}, name

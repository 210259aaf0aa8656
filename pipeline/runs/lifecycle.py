"""The states of a role, and every legal way from one to another, in one table.

The engine's SQL and the intake only ever write transitions that are drawn here; `docs/lifecycle.md`
draws the same table, and tests walk each edge and refuse every other.
"""

from __future__ import annotations

from typing import Literal, get_args

State = Literal[
    "draft",
    "queued",
    "processing",
    "ready",
    "validation_failed",
    "assessment_failed",
    "workflow_failed",
    "stale",
    "archived",
]
STATES: tuple[State, ...] = get_args(State)

_SETTLED: tuple[State, ...] = ("ready", "validation_failed", "assessment_failed", "workflow_failed", "stale")

TRANSITIONS: dict[State, frozenset[State]] = {
    "draft": frozenset({"queued", "validation_failed", "archived"}),
    "queued": frozenset({"processing", "archived", "draft", *_SETTLED}),
    "processing": frozenset({"archived", "draft", "queued", *_SETTLED}),
    "ready": frozenset({"queued", "processing", "workflow_failed", "stale", "archived", "assessment_failed"}),
    "validation_failed": frozenset({"draft", "queued", "processing", "archived"}),
    "assessment_failed": frozenset({"queued", "processing", "stale", "archived"}),
    "workflow_failed": frozenset({"queued", "processing", "stale", "archived"}),
    "stale": frozenset({"queued", "processing", "validation_failed", "archived"}),
    "archived": frozenset({"draft", "queued", "validation_failed", "stale"}),
}

Display = Literal["waiting", "running", "done", "error"]
DISPLAY: dict[str, Display] = {
    "pending": "waiting",
    "running": "running",
    "success": "done",
    "failed": "error",
}
"""What people are shown for the four words of the contract."""


def legal(before: State, after: State) -> bool:
    """Whether a role may go from one state to the other; staying is always legal."""
    return before == after or after in TRANSITIONS[before]

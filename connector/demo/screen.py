"""What the demo shows: a live table of roles and stages, and the tables at the end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from connector.demo.cast import CAST, Part
from pipeline.stages.registry import STAGES

Json = dict[str, Any]
_MARKS = {
    "success": Text("●", style="green"),
    "running": Text("◐", style="yellow"),
    "failed": Text("✗", style="red"),
    "pending": Text("·", style="dim"),
}
_SKIPPED = Text("○", style="dim")
_HEADS = {stage.key: "".join(word[0] for word in stage.key.split("_")).upper() for stage in STAGES}


def legend() -> str:
    """What the stage columns and marks mean."""
    names = "  ".join(f"{head}={key}" for key, head in _HEADS.items())
    return f"{names}\n● done  ◐ acting  · to come  ○ skipped  ✗ failed"


def progress(runs: dict[str, Json], states: dict[str, Json]) -> Table:
    """One line a role: its stages, its place in the queue and time, its state."""
    table = Table(title="Roles on their way", title_justify="left")
    table.add_column("code", no_wrap=True)
    table.add_column("role", max_width=22, no_wrap=True)
    for head in _HEADS.values():
        table.add_column(head, justify="center")
    for name in ("place", "eta", "state"):
        table.add_column(name, no_wrap=True)
    for part in CAST:
        run, role = runs.get(part.code), states.get(part.code, {})
        marks = [_mark(stage) for stage in (run or {}).get("stages") or []] or [_MARKS["pending"]] * len(
            STAGES
        )
        table.add_row(part.code, role.get("title", ""), *marks, *_waiting(run), str(role.get("state", "")))
    return table


def _mark(stage: Json) -> Text:
    return _SKIPPED if stage["outputs"].get("skipped") else _MARKS[stage["status"]]


def _waiting(run: Json | None) -> tuple[str, str]:
    waiting = (run or {}).get("waiting")
    if not waiting:
        return "", ""
    eta = waiting["eta"]
    left = "" if eta is None else f"{max(0, _seconds_until(eta)):.0f} s"
    place = waiting["position"]
    return waiting["reason"] if place is None else f"{waiting['reason']} {place}", left


def _seconds_until(moment: str) -> float:
    return (datetime.fromisoformat(moment) - datetime.now(UTC)).total_seconds()


def endings(states: dict[str, Json]) -> Table:
    """How every role ended, beside how it had to."""
    table = Table(title="How they ended", title_justify="left")
    for name in ("code", "role", "state", "published", "as it should", "because"):
        table.add_column(name)
    for part in CAST:
        role = states.get(part.code, {})
        right = as_it_should(part, role)
        table.add_row(
            part.code,
            role.get("title", "?"),
            role.get("state", "?"),
            "yes" if role.get("visible") else "no",
            Text("yes", style="green") if right else Text(f"no: {part.state} expected", style="red"),
            part.note,
        )
    return table


def as_it_should(part: Part, role: Json) -> bool:
    """Whether a role ended as its part says."""
    return bool(role) and (role["state"], role["visible"]) == (part.state, part.visible)


def assessments(rows: list[Json]) -> Table:
    """The dashboard query's answer: scores, confidence, what is said about it."""
    table = Table(title="The dashboard query on the graph", title_justify="left")
    for name in (
        "code",
        "role",
        "AI exposure",
        "automate",
        "augment",
        "human",
        "sure",
        "Draup role",
        "marks",
    ):
        table.add_column(name)
    for row in sorted(rows, key=lambda one: -(one["ai_exposure"] or 0)):
        standard = ", ".join(role["title"] for role in row["draup_roles"] if role)
        table.add_row(
            row["code"],
            row["title"],
            *(_number(row[name]) for name in ("ai_exposure", "automation", "augmentation", "human")),
            _number(row["confidence"], 2),
            standard or "-",
            ", ".join(_flags(row)),
        )
    return table


def _number(value: float | None, digits: int = 0) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _flags(row: Json) -> list[str]:
    marks = [
        name.replace("_", " ") for name in ("under_review", "stale", "archived", "offline") if row.get(name)
    ]
    return marks + [f"degraded: {name}" for name in row.get("degraded") or []]

"""An assessment beside the words it rests on: tasks with their grades, and documents with marks in them."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

_LOOKS = {"automate": "warn", "augment": "run", "human": "quiet"}


def tasks(assessment: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The assessed tasks with their rank among the top ones, feasibility and look, most exposed first."""
    stages = (assessment or {}).get("stages", {})
    ranks = {one["task_id"]: one for one in _of(stages, "top_tasks")}
    grades = {one["task_id"]: one for one in _of(stages, "task_feasibility")}
    found = [
        {
            **task,
            "look": _LOOKS.get(task["grade"], "quiet"),
            "top": ranks.get(task["id"]),
            "feasibility": grades.get(task["id"]),
        }
        for task in _of(stages, "ai_assessment")
    ]
    return sorted(found, key=lambda task: -task["exposure"]["p_exposed"])


def _of(stages: dict[str, Any], stage: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stages.get(stage, {}).get("outputs", {}).get("tasks") or []
    return found


def marked(document_id: str, text: str, found: list[dict[str, Any]]) -> Markup:
    """The text, escaped, with its tasks underlined and the words that count marked: `down` for those that
    speak against. Places that lie outside the text (it changed since) are left out."""
    digits = document_id.partition("_")[2]
    own = [task for task in found if task["document_id"].replace("-", "") == digits]
    edges: list[tuple[int, int, Markup]] = []
    for task in own:
        _mark(edges, task, text, Markup('<mark class="task" id="{}">').format(f"task-{task['id']}"))
        for one in task["evidence"]:
            look = "" if one["weight"] >= 0 else "down"
            if task["start"] <= one["start"] < one["end"] <= task["end"]:
                tag = Markup('<mark class="{}" title="{} {:+.2f}">').format(look, one["about"], one["weight"])
                _mark(edges, one, text, tag)
    return _woven(text, edges)


def _mark(edges: list[tuple[int, int, Markup]], span: dict[str, Any], text: str, tag: Markup) -> None:
    start, end = span["start"], span["end"]
    crosses = any(
        start < other_end and other_start < end and not (other_start <= start and end <= other_end)
        for other_start, other_end, _ in edges
    )
    if 0 <= start < end <= len(text) and not crosses:
        edges.append((start, end, tag))


def _woven(text: str, spans: list[tuple[int, int, Markup]]) -> Markup:
    """The text with nested marks; what opens first closes last."""
    parts: list[Markup] = []
    open_until: list[int] = []
    at = 0
    escaped = Markup("{}")

    def close(until: int) -> None:
        nonlocal at
        while open_until and open_until[-1] <= until:
            end = open_until.pop()
            parts.extend((escaped.format(text[at:end]), Markup("</mark>")))
            at = end

    for start, end, tag in sorted(spans, key=lambda span: (span[0], -span[1])):
        close(start)
        parts.extend((escaped.format(text[at:start]), tag))
        at = start
        open_until.append(end)
    close(len(text))
    parts.append(escaped.format(text[at:]))
    return Markup("").join(parts)

"""Writes the table of the stages in docs/stages.md anew from the registry.

python -m tools.stage_table
"""

from __future__ import annotations

from pathlib import Path

from pipeline.stages.base import Stage
from pipeline.stages.registry import STAGES

PAGE = Path(__file__).parents[1] / "docs" / "stages.md"
BEGIN, END = "<!-- stages -->", "<!-- /stages -->"


def table() -> str:
    """The table between the page's marks."""
    head = "| stage | what it does | script before | needs | critical | priority | needs outside |"
    return "\n".join([head, "|---|---|---|---|---|---|---|", *map(_line, STAGES)])


def _line(stage: Stage) -> str:
    needs = ", ".join(
        f"{need.stage}" + (f" ({need.edge})" if need.edge != "success" else "") for need in stage.needs
    )
    critical = "yes" if stage.critical else "no"
    cells = (f"`{stage.key}`", stage.title, stage.script, needs or "-", critical, stage.priority)
    return "| " + " | ".join((*cells, ", ".join(stage.outside))) + " |"


def parts() -> tuple[str, str, str]:
    """The page: what is before the table, the table, what is after it. Raises ValueError when a mark
    is missing."""
    text = PAGE.read_text("utf-8")
    begin, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    return text[:begin], text[begin:end].strip("\n"), text[end:]


if __name__ == "__main__":
    before, _, after = parts()
    PAGE.write_text(f"{before}\n{table()}\n{after}", "utf-8")

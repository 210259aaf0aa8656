"""Published assessments as a table: a page of them to look at, all of them as CSV or XLSX."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import Any

import xlsxwriter

from connector.admin.desk import Desk, Query

_PAGE = 50
_MOST = 10_000
COLUMNS = {
    "role_code": "Code",
    "role_title": "Role",
    "role_family": "Family",
    "role_level": "Level",
    "ai_exposure": "AI exposure",
    "automation": "Automate %",
    "augmentation": "Augment %",
    "human": "Stays human %",
    "confidence": "Confidence",
    "draup": "Draup role",
    "stale": "Changed since",
    "flags": "Flags",
    "degraded": "Parts missing",
    "published_at": "Published",
    "summary": "Summary",
}


async def page(desk: Desk, family: str, q: str, cursor: str) -> dict[str, Any]:
    """What the dashboard shows: a page of visible roles, or the first whose title has `q` in it."""
    found = await desk.get("/assessments", {"family": family, "limit": _PAGE, "cursor": cursor})
    rows = found["results"]
    if title := q.casefold():
        rows = [row for row in await _all(desk, family) if title in row["role_title"].casefold()]
    counted = (await desk.get("/roles/summary"))["results"]
    stages = (await desk.get("/stages"))["results"]
    return {
        "rows": rows[:_PAGE],
        "cut": len(rows) > _PAGE,
        "next": None if title else found["next_cursor"],
        "family": family,
        "q": q,
        "families": [one for one in counted if one["dimension"] == "family"],
        "visible": (await desk.get("/status"))["roles_visible"],
        "off": [one["title"] for one in stages if not one["enabled"]],
    }


async def as_csv(desk: Desk, family: str) -> bytes:
    """All of them; a cell never begins as a formula does."""
    return await asyncio.to_thread(_csv, await _all(desk, family))


async def as_xlsx(desk: Desk, family: str) -> bytes:
    """All of them, as one sheet; text stays text."""
    return await asyncio.to_thread(_xlsx, await _all(desk, family))


def _csv(rows: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS.values())
    for row in rows:
        writer.writerow([_harmless(cell) for cell in _cells(row)])
    return text.getvalue().encode("utf-8-sig")


def _xlsx(rows: list[dict[str, Any]]) -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(
        content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet("Assessments")
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, list(COLUMNS.values()), book.add_format({"bold": True}))
    for index, row in enumerate(rows, start=1):
        sheet.write_row(index, 0, _cells(row))
    book.close()
    return content.getvalue()


async def _all(desk: Desk, family: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    wanted: Query = {"family": family, "limit": 1000}
    while len(rows) < _MOST:
        found = await desk.get("/assessments", wanted)
        rows += found["results"]
        if not found["next_cursor"]:
            break
        wanted["cursor"] = found["next_cursor"]
    return rows


def _cells(row: dict[str, Any]) -> list[str | float | None]:
    cells: list[str | float | None] = []
    for name in COLUMNS:
        value = row[name]
        if name == "draup":
            value = value["title"]
        elif isinstance(value, list):
            value = ", ".join(value)
        elif isinstance(value, bool):
            value = "yes" if value else ""
        cells.append(value)
    return cells


def _harmless(cell: str | float | None) -> str | float | None:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell

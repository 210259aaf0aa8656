"""The dashboard: all visible roles with their scores, for the client's people; also as CSV and XLSX."""

from __future__ import annotations

import csv
import io
from typing import Any

import xlsxwriter
from litestar import Controller, Response, get
from litestar.di import NamedDependency

from connector.admin.desk import Query
from connector.admin.page import draw
from connector.admin.role import file
from connector.admin.visit import Visit

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


class Dashboard(Controller):
    """Read-only."""

    path = "/c/{company:str}/dashboard"

    @get("/")
    async def show(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """A page of visible roles."""
        wanted: Query = {"family": visit.asked("family")}
        found = await visit.desk.get(
            "/assessments", {**wanted, "limit": _PAGE, "cursor": visit.asked("cursor")}
        )
        rows = found["results"]
        title = visit.asked("q").casefold()
        if title:
            rows = [row for row in await _all(visit, wanted) if title in row["role_title"].casefold()]
        families = [
            one for one in (await visit.desk.get("/roles/summary"))["results"] if one["dimension"] == "family"
        ]
        status = await visit.desk.get("/status")
        return draw(
            visit,
            "dashboard.html",
            rows=rows,
            next=None if title else found["next_cursor"],
            family=visit.asked("family"),
            q=visit.asked("q"),
            families=families,
            visible=status["roles_visible"],
        )

    @get("/export.csv")
    async def as_csv(self, visit: NamedDependency[Visit]) -> Response[bytes]:
        """All of them; a cell never begins as a formula does."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(COLUMNS.values())
        for row in await _all(visit, {"family": visit.asked("family")}):
            writer.writerow([_harmless(cell) for cell in _cells(row)])
        return file(text.getvalue().encode("utf-8-sig"), "assessments.csv", "text/csv; charset=utf-8")

    @get("/export.xlsx")
    async def as_xlsx(self, visit: NamedDependency[Visit]) -> Response[bytes]:
        """All of them, as one sheet; text stays text."""
        content = io.BytesIO()
        book = xlsxwriter.Workbook(
            content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        sheet = book.add_worksheet("Assessments")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, list(COLUMNS.values()), book.add_format({"bold": True}))
        for index, row in enumerate(await _all(visit, {"family": visit.asked("family")}), start=1):
            sheet.write_row(index, 0, _cells(row))
        book.close()
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return file(content.getvalue(), "assessments.xlsx", kind)


async def _all(visit: Visit, wanted: Query) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor = ""
    while len(rows) < _MOST:
        page = await visit.desk.get("/assessments", {**wanted, "limit": 1000, "cursor": cursor})
        rows += page["results"]
        cursor = page["next_cursor"] or ""
        if not cursor:
            break
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

"""The page with a big company (2,500 roles, 130,000 rows of stages): every screen, and the mapping editor."""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path
from typing import Any

import httpx
import psycopg
from lxml import html

from bench.report import Figure
from bench.serving import send
from bench.site import Product, Site, product, rows
from connector import operator
from connector.admin.words import MENU
from kit import ids

_EMAIL = "bench@example.com"
_GROW = Path(__file__).with_name("page.sql")


def run(site: Site, quick: bool) -> tuple[list[Figure], Any]:
    """Each screen of the menu, a role and a run, ten times in turn; the slowest screen's median counts."""
    with product(site, workers=0, clock=False) as made:
        send(made, 100 if quick else 2_500)
        with psycopg.connect(made.settings.database_url) as conn:
            conn.execute("SET LOCAL ROLE connector_engine")
            conn.execute(_GROW.read_bytes())
        counted = rows(made.settings.database_url, "SELECT count(*) FROM stage_run")[0][0]
        http, home = _signed_in(made)
        readings = {path: _times(http, path, 3 if quick else 10) for path in _paths(made, home)}
        edited = _edited(http, f"{home}/mappings/workday", 3 if quick else 20)
        http.close()
    medians = {path.removeprefix(home): statistics.median(times) for path, times in readings.items()}
    slowest = max(medians, key=lambda path: medians[path])
    figure = Figure(
        name="page: the slowest screen, median",
        value=medians[slowest],
        unit="ms",
        target="< 200",
        beside=f"{slowest or '/'} of {len(medians)} screens, in the middle "
        f"{statistics.median(medians.values()):.0f} ms; {counted:,} rows of stages",
    )
    typing = Figure(
        name="page: a preview after a pause in typing, through the page, median",
        value=statistics.median(edited["preview"]),
        unit="ms",
        target="< 100",
    )
    weighing = Figure(
        name="page: what publishing would change, through the page, median",
        value=statistics.median(edited["impact"]),
        unit="ms",
        target="< 5000",
        beside=f"{100 if quick else 2_500:,} stored job profiles read both ways",
    )
    return [figure, typing, weighing], {**medians, **edited}


def _edited(http: httpx.Client, path: str, count: int) -> dict[str, list[float]]:
    """Milliseconds of each preview and impact of the editor's own form, another rule in it each time."""
    begun = html.fromstring(http.get(f"{path.rpartition('/')[0]}").text)
    token = {"csrf": begun.xpath("string(//input[@name='csrf']/@value)")}
    http.post(f"{path}/begin", data=token)
    page = html.fromstring(http.get(path).text)
    fields = dict(next(form for form in page.forms if form.get("id") == "rules").form_values())
    grade = next(name for name, value in fields.items() if value == "grade").replace("target", "source")
    found: dict[str, list[float]] = {"preview": [], "impact": []}
    for act, times in found.items():
        for number in range(count + 1 if act == "preview" else 4):
            began = time.perf_counter()
            answer = http.post(f"{path}/{act}", data={**fields, grade: f"title || code || 'x{number}'"})
            times.append(1000 * (time.perf_counter() - began))
            answer.raise_for_status()
    return {act: times[1:] for act, times in found.items()}


def _signed_in(made: Product) -> tuple[httpx.Client, str]:
    async def join(desk: operator.Desk) -> tuple[str, str]:
        company = rows(made.settings.database_url, "SELECT id FROM company")[0][0]
        shown = ids.show("company", company)
        return shown, await operator.add_user(desk, shown, _EMAIL, "admin") or ""

    company, password = asyncio.run(operator.at_desk(made.settings, join))
    http = httpx.Client(base_url=made.url, timeout=30)
    form = {"email": _EMAIL, "password": password}
    if http.post("/admin/sign-in", data=form).status_code != httpx.codes.SEE_OTHER:
        raise RuntimeError("The bench's user cannot sign in.")
    return http, f"/admin/c/{company}"


def _paths(made: Product, home: str) -> list[str]:
    role, one = rows(made.settings.database_url, "SELECT role_id, id FROM run LIMIT 1")[0]
    own = [f"/roles/{ids.show('role', role)}", f"/runs/{ids.show('run', one)}", "/roles?q=Analyst+12"]
    return [home + path.rstrip("/") for path in [*(path for _, path, _ in MENU if path), *own]]


def _times(http: httpx.Client, path: str, count: int) -> list[float]:
    """Milliseconds of each reading, after one that does not count."""
    found = []
    for _ in range(count + 1):
        began = time.perf_counter()
        answer = http.get(path)
        found.append(1000 * (time.perf_counter() - began))
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(f"{path} answered {answer.status_code}")
    return found[1:]

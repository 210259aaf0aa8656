"""The dashboard behind a link: read by whoever holds it, of one company, until it ends; nothing else is."""

from __future__ import annotations

import csv
import re
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
import xlsxwriter

from connector.door import Door
from connector.services import Services
from control.access import Caller
from control.dashboard_links import MAY
from kit import ids
from tests import make
from tests.pipeline.runs.world import ended, execute

from .people import Person, browser


@pytest.fixture
async def client(app: Door) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of somebody without an account."""
    async with browser(app) as http:
        yield http


async def linked(person: Person, name: str = "HR leadership", days: str = "30") -> str:
    """The path of a new link."""
    html = (await person.send("/dashboard/links", 200, name=name, days=days)).text
    return html.partition('id="link">https://connector.example.com')[2].partition("<")[0]


@pytest.mark.half_done("its assessment is the test's own")
async def test_whoever_has_the_link_reads_the_dashboard_and_takes_it_away(
    services: Services, admin: Person, client: httpx.AsyncClient
) -> None:
    verdict = (await make.take(services.db, admin.company.id, make.incoming(1))).verdicts[0]
    assert verdict.run_id is not None
    await ended(services.db, verdict.run_id)
    path = await linked(admin)
    page = await client.get(path)
    assert (page.status_code, "Analyst 1" in page.text, "Liberty" in page.text) == (200, True, True)
    assert "/admin/c/" not in page.text, "nothing leads from here to what needs an account"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert "set-cookie" not in page.headers
    assert "Analyst 1" in (await client.get(f"{path}/export.csv")).text
    assert (await client.get(f"{path}/export.xlsx")).content[:2] == b"PK"
    html = await admin.see("/dashboard")
    assert path not in html
    assert "HR leadership" in html
    assert "never" not in html.partition("HR leadership")[2].partition("</tr>")[0]


async def test_a_link_opens_nothing_but_its_dashboard(
    services: Services, admin: Person, client: httpx.AsyncClient
) -> None:
    path = await linked(admin)
    secret = path.rpartition("/")[2]
    for other in ("roles", "c", "../c"):
        assert (await client.get(f"{path}/{other}")).status_code in (303, 404)
    assert (
        await client.get(admin.home, headers={"cookie": f"connector_session={secret}"})
    ).status_code == 303
    answer = await client.get("/v1/assessments", headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 401
    assert all(scope.endswith(":read") for scope in MAY)
    kept = await execute(services.db, "SELECT key FROM dashboard_link")
    assert secret.encode() not in bytes(kept[0]["key"])


async def test_a_link_that_is_over_or_invented_leads_nowhere_with_the_same_words(
    services: Services, admin: Person, client: httpx.AsyncClient
) -> None:
    expired, taken = await linked(admin, "Old"), await linked(admin, "Taken")
    await execute(
        services.db, "UPDATE dashboard_link SET expires_at = now() - interval '1 second' WHERE name = 'Old'"
    )
    found = list(set(re.findall(r"links/(link_\w+)/end", await admin.see("/dashboard"))))
    assert len(found) == 1, "only one that leads in can be taken back"
    await admin.send(f"/dashboard/links/{found[0]}/end")
    for path in (expired, taken, f"{taken}/export.csv", "/admin/shared/invented"):
        answer = await client.get(path)
        assert (answer.status_code, "does not lead to a dashboard any more" in answer.text) == (404, True)
    html = await admin.see("/dashboard")
    assert ("expired" in html, "ended" in html) == (True, True)
    rows = await execute(services.db, "SELECT action, target FROM audit ORDER BY at")
    assert [row["action"] for row in rows] == ["dashboard_link.created"] * 2 + ["dashboard_link.ended"]
    assert rows[-1]["target"] == found[0]


async def test_a_link_shows_its_own_company_only(
    services: Services, welcome: Callable[..., Awaitable[Person]], client: httpx.AsyncClient
) -> None:
    mine, theirs = await welcome("admin"), await welcome("admin", email="eve@example.com")
    for person, n in ((mine, 1), (theirs, 2)):
        verdict = (await make.take(services.db, person.company.id, make.incoming(n))).verdicts[0]
        assert verdict.run_id is not None
        await ended(services.db, verdict.run_id)
    page = (await client.get(await linked(mine))).text
    assert ("Analyst 1" in page, "Analyst 2" in page) == (True, False)
    link = (await execute(services.db, "SELECT id FROM dashboard_link"))[0]["id"]
    await theirs.send(f"/dashboard/links/{ids.show('link', link)}/end", 404)


async def test_a_link_is_asked_for_no_faster_than_it_may_be(
    admin: Person, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.admin.shared._OF_LINK", 0)
    answer = await client.get(await linked(admin))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")


async def test_what_reads_all_roles_is_made_once_at_a_time_for_a_link(
    services: Services, admin: Person, client: httpx.AsyncClient
) -> None:
    path = await linked(admin)
    link = (await execute(services.db, "SELECT id FROM dashboard_link"))[0]["id"]
    large = [f"{path}/export.csv", f"{path}/export.xlsx", f"{path}?q=e"]
    services.limits.enter(f"link:{link}", 1)
    assert [(await client.get(one)).status_code for one in large] == [429] * 3
    assert (await client.get(path)).status_code == 200
    services.limits.leave(f"link:{link}")
    assert [(await client.get(one)).status_code for one in large] == [200] * 3


@pytest.mark.half_done("its assessments are the test's own")
async def test_a_search_shows_a_page_and_says_that_there_is_more(
    services: Services, admin: Person, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in (1, 2):
        verdict = (await make.take(services.db, admin.company.id, make.incoming(n))).verdicts[0]
        assert verdict.run_id is not None
        await ended(services.db, verdict.run_id)
    path = await linked(admin)
    for most, shown in ((1, 1), (2, 2)):
        monkeypatch.setattr("connector.admin.assessed._PAGE", most)
        html = (await client.get(f"{path}?q=analyst")).text
        assert (len(re.findall(r"Analyst \d", html)), "More roles are called" in html) == (shown, most == 1)


async def test_tables_are_made_beside_the_loop(
    admin: Person, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[threading.Thread] = []

    def noting(real: Callable[..., Any]) -> Callable[..., Any]:
        def make_it(*args: Any) -> Any:
            made.append(threading.current_thread())
            return real(*args)

        return make_it

    monkeypatch.setattr("xlsxwriter.Workbook", noting(xlsxwriter.Workbook))
    monkeypatch.setattr("csv.writer", noting(csv.writer))
    path = await linked(admin)
    for kind in ("csv", "xlsx"):
        assert (await client.get(f"{path}/export.{kind}")).status_code == 200
    assert len(made) == 2
    assert threading.current_thread() not in made


async def test_a_viewer_makes_no_link_and_bad_ones_are_refused(
    welcome: Callable[..., Awaitable[Person]], admin: Person
) -> None:
    viewer = await welcome("viewer", email="vera@example.com")
    assert "Links for people" not in await viewer.see("/dashboard")
    await viewer.send("/dashboard/links", 403, name="Mine")
    assert "has to be" not in (await admin.send("/dashboard/links", 422, name=" ")).text
    await admin.send("/dashboard/links", 422, name="Too long", days="366")


def test_who_comes_by_a_link_is_nobody_in_particular() -> None:
    link_id = ids.new()
    assert Caller("link", ids.new(), link_id, "A dashboard link", MAY).shown_id == ids.show("link", link_id)

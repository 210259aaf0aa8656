"""The page in a real browser: its main path, by mouse and by keyboard, and what axe-core finds in it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, FilePayload, Page, expect

from connector import operator
from control import dashboard_links, people
from kit import ids
from kit.apart import Apart
from kit.db import Db
from pipeline.uploads import uploads
from tests import make
from tests.parts import files
from tests.parts.browser import chromium, serious
from tests.parts.live_api import LiveApi
from tests.pipeline.runs.world import execute, running, thirteen

from .people import PASSWORD
from .test_screens import PATHS, evil_role

EMAIL = "ada@example.com"
DROP = """given => {
  const moved = new DataTransfer();
  for (const one of given) moved.items.add(new File([new Uint8Array(one.bytes)], one.name));
  const dropped = new DragEvent("drop", {dataTransfer: moved, bubbles: true});
  document.querySelector("[data-drop]").dispatchEvent(dropped);
}"""
"""Lets files fall where files may be dropped."""


async def company(live: LiveApi) -> Any:
    """A company whose admin can sign in; its id."""

    async def make_it(desk: operator.Desk) -> str:
        shown = await operator.create_company(desk, "Liberty")
        await operator.add_user(desk, shown, EMAIL, "admin")
        async with desk.db.engine() as tx:
            person = await people.find(tx, EMAIL)
            assert person is not None
            await people.set_password(tx, person.id, PASSWORD)
        return shown

    return ids.parse("company", await operator.at_desk(live.settings, make_it))


@asynccontextmanager
async def visitor(browser: Browser, live: LiveApi, **context: Any) -> AsyncIterator[Page]:
    """A page in a fresh context; nothing may be said on its console that is an error."""
    said: list[str] = []
    inside = await browser.new_context(base_url=live.url, **context)
    page = await inside.new_page()
    page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    await inside.close()
    assert said == []


async def sign_in(page: Page) -> None:
    await page.goto("/admin")
    await page.get_by_label("E-mail address").fill(EMAIL)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="What needs you")).to_be_visible()


async def drafts(db: Db, company_id: Any, count: int) -> None:
    """Roles that wait to be pushed."""
    policy = "INSERT INTO push_policy (company_id, source, mode) VALUES (%(c)s, 'workday', 'off')"
    async with db.engine() as tx:
        await tx.conn.execute(policy.encode(), {"c": company_id})
    await make.take(db, company_id, *[make.incoming(n) for n in range(count)])


async def test_a_person_signs_in_finds_a_role_plans_pushes_and_sees_it_done(live: LiveApi, db: Db) -> None:
    company_id = await company(live)
    await drafts(db, company_id, 20)
    async with chromium() as browser, visitor(browser, live) as page, running(db, thirteen()) as rig:
        await sign_in(page)
        await page.get_by_role("link", name="Liberty").click()
        await page.get_by_role("link", name="Roles", exact=True).click()
        await page.get_by_label("Title or code").fill("Analyst 1")
        await page.get_by_role("button", name="Show").click()
        await page.get_by_label("Choose all on this page").check()
        await page.get_by_role("button", name="Plan a push of the 11 chosen").click()
        await expect(page.get_by_role("heading", name="Plan of a push")).to_be_visible()
        await page.get_by_role("button", name="Push 11 roles").click()
        await expect(page.get_by_role("heading", name="Push of 11 roles")).to_be_visible()
        runs = await execute(db, "SELECT id FROM run")
        await asyncio.gather(*(rig.settled(run["id"]) for run in runs))
        await expect(page.get_by_text("11 of 11")).to_be_visible()
        await page.get_by_role("link", name="Analyst 10").click()
        await expect(page.get_by_text("13 of 13 stages")).to_be_visible()
        await page.get_by_role("link", name="Analyst 10").click()
        await expect(page.get_by_text("visible in the dashboard")).to_be_visible()


@pytest.mark.long
@pytest.mark.half_done("its assessment is the test's own")
async def test_no_screen_has_anything_serious_and_nothing_foreign_runs(live: LiveApi, db: Db) -> None:
    company_id = await company(live)
    home = f"/admin/c/{ids.show('company', company_id)}"
    role, run = await evil_role(db, company_id)
    paths = [*PATHS, f"/roles/{role}", f"/runs/{run}", "/taxonomies/plan"]
    async with db.company(company_id) as tx:
        _, secret = await dashboard_links.make(tx, company_id, "Client", "somebody", days=1)
    found: dict[str, list[str]] = {}
    async with chromium() as browser:
        for scheme, width in (("light", 1280), ("dark", 400)):
            async with visitor(
                browser, live, color_scheme=scheme, viewport={"width": width, "height": 800}
            ) as page:
                page.on("dialog", lambda dialog: found.setdefault("dialog", []).append(dialog.message))
                await page.goto("/admin/sign-in")
                found[f"sign-in {scheme}"] = await serious(page)
                await sign_in(page)
                outside = ["/admin", "/admin/companies", f"/admin/shared/{secret}"]
                for path in [*outside, *(home + one.rstrip("/") for one in paths)]:
                    await page.goto(path)
                    found[f"{path.removeprefix(home)} {scheme}"] = await serious(page)
                    wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
                    if wide > 0:
                        found.setdefault(f"{path} {width}", []).append(f"{wide} px too wide")
    assert {place: what for place, what in found.items() if what} == {}


@pytest.mark.long
async def test_everything_is_reached_by_keyboard(live: LiveApi, db: Db) -> None:
    company_id = await company(live)
    await drafts(db, company_id, 1)
    async with chromium() as browser, visitor(browser, live) as page:
        await page.goto("/admin")
        await page.get_by_label("E-mail address").focus()
        await page.keyboard.type(EMAIL)
        await page.keyboard.press("Tab")
        await page.keyboard.type(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="What needs you")).to_be_visible()
        await page.goto(f"/admin/c/{ids.show('company', company_id)}/roles")
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await page.keyboard.press("Enter")
        box = page.get_by_label("Choose Analyst 0")
        for _ in range(30):
            await page.keyboard.press("Tab")
            if await box.evaluate("one => one === document.activeElement"):
                break
        await page.keyboard.press("Space")
        await page.get_by_role("button", name="Plan a push of the 1 chosen").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Plan of a push")).to_be_visible()


@pytest.mark.long
async def test_the_main_task_of_each_plain_screen_is_done_in_the_browser(live: LiveApi, db: Db) -> None:
    company_id = await company(live)
    home = f"/admin/c/{ids.show('company', company_id)}"
    await drafts(db, company_id, 50)
    async with chromium() as browser, visitor(browser, live) as page:
        page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
        await sign_in(page)
        await page.goto(f"{home}/clients")
        await page.get_by_label("Name").fill("Workato")
        await page.get_by_role("button", name="Create").click()
        secret = await page.locator("#secret").inner_text()
        await page.get_by_role("button", name="New secret for Workato").click()
        await expect(page.locator("#secret")).not_to_have_text(secret)
        await page.get_by_role("button", name="End").click()
        await expect(page.get_by_text("disabled")).to_be_visible()

        await page.goto(f"{home}/documents")
        texts: list[FilePayload] = [
            {"name": f"R-{n} sop.txt", "mimeType": "text/plain", "buffer": f"Step {n}".encode()}
            for n in range(50)
        ]
        await page.get_by_label("Drop files here").set_input_files(texts)
        await page.get_by_role("button", name="Upload").click()
        await expect(page.get_by_text("50 of 50 files were taken.")).to_be_visible(timeout=30_000)

        await page.goto(f"{home}/people")
        await page.get_by_label("E-mail address").fill("new@example.com")
        await page.get_by_role("button", name="Invite").click()
        await expect(page.locator("#link")).to_contain_text("/admin/invitation/")

        await page.goto(f"{home}/activation")
        await page.get_by_role("button", name=re.compile("Mark as done.*taxonomy")).click()
        await expect(page.get_by_role("button", name=re.compile("Not done after all"))).to_be_visible()

        await page.goto(f"{home}/settings")
        await page.get_by_label("Name").fill("Liberty Mutual")
        await page.get_by_role("button", name="Save").first.click()
        await expect(page.locator("summary").get_by_text("Liberty Mutual")).to_be_visible()
        await page.get_by_label("Name").fill("")
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("heading", name="Etter Connector")).to_be_visible()


@pytest.mark.long
async def test_fifty_files_are_dropped_watched_and_still_listed_after_a_reload(live: LiveApi, db: Db) -> None:
    company_id = await company(live)
    home = f"/admin/c/{ids.show('company', company_id)}"
    await drafts(db, company_id, 49)
    word = files.job_description()
    given = [{"name": f"R-{n}.docx", "bytes": list(word)} for n in range(48)]
    given += [
        {"name": "R-48.pdf", "bytes": list(files.pdf([[]]))},
        {"name": "Analyst.md", "bytes": list(b"Prepares the reports of the month")},
    ]
    async with chromium() as browser, visitor(browser, live) as page:
        await sign_in(page)
        await page.goto(f"{home}/documents")
        await page.evaluate(DROP, given)
        await page.get_by_role("button", name="Upload").click()
        await expect(page.get_by_text("49 of 50 files were taken.")).to_be_visible(timeout=60_000)
        await expect(page.get_by_text("The PDF has no text")).to_be_visible()
        row = page.locator("[data-sending] tr", has_text="Analyst.md")
        await row.get_by_label("Code or title of another role").fill("R-48")
        await row.get_by_role("button", name="Give").click()
        await expect(row.get_by_role("link", name="Analyst 48")).to_be_visible()
        await page.reload()
        given_last = page.get_by_role("region", name="Files given last")
        await expect(given_last.get_by_role("link", name="Analyst 48")).to_be_visible()


@pytest.mark.long
async def test_an_answer_that_is_being_given_outlives_the_reading_of_the_other_files(
    live: LiveApi, db: Db
) -> None:
    company_id = await company(live)
    home = f"/admin/c/{ids.show('company', company_id)}"
    await drafts(db, company_id, 2)
    content = files.packed({"a.txt": "Prepares the reports of the month", "R-1.txt": "Pays invoices"})
    async with chromium() as browser, visitor(browser, live) as page:
        await sign_in(page)
        await page.goto(f"{home}/documents")
        whole: FilePayload = {"name": "all.zip", "mimeType": "application/zip", "buffer": content}
        await page.get_by_label("Drop files here").set_input_files(whole)
        await page.get_by_role("button", name="Upload").click()
        await expect(page.get_by_role("link", name="0 of 2 files read")).to_be_visible()
        reading = Apart(seconds=15)
        await uploads.read_next(db, reading)
        await page.get_by_role("link", name="of 2 files read").first.click()
        code = page.get_by_label("Code or title of another role")
        await code.fill("R-0")
        await expect(page.get_by_text("1 of 2 files are read")).to_be_visible()
        await uploads.read_next(db, reading)
        reading.close()
        await expect(page.get_by_text("2 of 2 files were taken.")).to_be_visible(timeout=10_000)
        await expect(code).to_have_value("R-0")
        await page.get_by_role("button", name="Give").click()
        await expect(page.get_by_role("link", name="Analyst 0")).to_be_visible()


@pytest.mark.long
async def test_a_run_is_steered_a_link_given_away_and_a_taxonomy_brought_in(live: LiveApi, db: Db) -> None:
    company_id = await company(live)
    home = f"/admin/c/{ids.show('company', company_id)}"
    verdict = (await make.take(db, company_id, make.incoming(1))).verdicts[0]
    assert verdict.run_id is not None
    async with chromium() as browser, visitor(browser, live) as page:
        page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
        await sign_in(page)
        await page.goto(f"{home}/runs/{ids.show('run', verdict.run_id)}")
        await page.get_by_role("button", name="Pause").click()
        await expect(page.get_by_text("somebody who resumes it")).to_be_visible()
        await page.get_by_role("button", name="Resume").click()
        await expect(page.get_by_role("button", name="Pause")).to_be_visible()
        async with running(db, thirteen()) as rig:
            await rig.settled(verdict.run_id)
        await expect(page.get_by_text("13 of 13 stages")).to_be_visible()

        await page.goto(f"{home}/dashboard")
        await page.get_by_text("Links for people without an account").click()
        await page.get_by_label("For whom").fill("HR leadership")
        await page.get_by_role("button", name="Make a link").click()
        link = await page.locator("#link").inner_text()
        async with visitor(browser, live) as guest:
            await guest.goto(f"/admin/shared/{link.rpartition('/')[2]}")
            await expect(guest.get_by_text("Analyst 1")).to_be_visible()
        await page.get_by_role("button", name="Take back the link for HR leadership").click()
        await expect(page.get_by_text("ended")).to_be_attached()

        await page.goto(f"{home}/taxonomies")
        sheet: FilePayload = {
            "name": "ours.csv",
            "mimeType": "text/csv",
            "buffer": b"code,title\nD-1,Analyst 1",
        }
        await page.locator("input[type=file]").set_input_files(sheet)
        await page.get_by_role("button", name="Bring it in").click()
        await expect(page.get_by_role("cell", name="Draup", exact=True)).to_be_visible()

        await page.goto(f"{home}/settings")
        await page.get_by_label("Plan reskilling").uncheck()
        async with page.expect_navigation():
            await page.get_by_role("button", name="Save").last.click()
        await page.goto(f"{home}/dashboard")
        await expect(page.get_by_text("Switched off for this company: Plan reskilling.")).to_be_visible()

"""The mapping editor in a real browser: from a click in the source tree to a plan that is pushed."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from kit import ids
from kit.db import Db
from tests.connector.api.sending import workday
from tests.parts.browser import chromium, serious
from tests.parts.live_api import LiveApi
from tests.webhooks.mapped.test_applying import World

from .test_browser import company, sign_in, visitor


async def test_a_mapping_is_edited_by_clicks_weighed_published_planned_pushed_and_taken_back(
    live: LiveApi, db: Db
) -> None:
    company_id = await company(live)
    home = f"/admin/c/{ids.show('company', company_id)}"
    world = World(db, company_id)
    await world.send(workday())
    await world.ran()
    async with chromium() as browser, visitor(browser, live) as page:
        await sign_in(page)
        await page.goto(f"{home}/mappings")
        await page.get_by_label("Mapping of workday").get_by_role("button", name="Begin a draft").click()
        result = page.get_by_role("region", name="3. What becomes of it")
        tree = page.get_by_role("region", name="1. What the source says")
        await expect(result.get_by_role("row", name="title Associate Data Analyst")).to_be_visible()

        await page.get_by_label("Source of grade", exact=True).click()
        await expect(tree.get_by_text("makes it the source of grade")).to_be_visible()
        await tree.get_by_role("button", name="title Associate Data Analyst").click()
        await expect(page.get_by_label("Source of grade", exact=True)).to_have_value("title")
        await expect(result.get_by_role("row", name="grade Associate Data Analyst")).to_be_visible()

        await page.get_by_label("Source of family", exact=True).fill("families[")
        await expect(page.get_by_text("Not a JMESPath expression at character")).to_be_visible()
        await page.get_by_label("Source of family", exact=True).fill("families[0].name")
        await expect(result.get_by_role("row", name="grade Associate Data Analyst")).to_be_visible()

        await page.get_by_role("button", name="What would change? Publish").click()
        change = page.get_by_role("row", name="Associate Data Analyst grade – Associate Data Analyst")
        await expect(change).to_be_visible()
        await page.get_by_label("and plan to run the affected roles again").check()
        await page.get_by_role("button", name="Save and publish").click()
        await expect(page.get_by_text("The roles are being read again")).to_be_visible()
        world.plan_id = ids.parse("plan", page.url.rpartition("/")[2])
        await world.apply(1, 0)
        await page.get_by_role("button", name="Push 1 role").click()
        await expect(page.get_by_role("heading", name="Push of 1 role")).to_be_visible()

        await page.goto(f"{home}/mappings")
        page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
        mine = page.get_by_label("Mapping of workday")
        await expect(mine.get_by_text("Version 1 is in use")).to_be_visible()
        await mine.get_by_text("Versions (2)").click()
        await mine.get_by_role("button", name="Take it back to version 0").click()
        await expect(mine.get_by_text("Version 0 is in use")).to_be_visible()


@pytest.mark.long
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 400)])
async def test_steps_and_documents_are_filled_in_by_keyboard_and_nothing_serious_is_found(
    live: LiveApi, db: Db, scheme: str, width: int
) -> None:
    company_id = await company(live)
    home = f"/admin/c/{ids.show('company', company_id)}"
    view = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    async with chromium() as browser, visitor(browser, live, **view) as page:
        await sign_in(page)
        await page.goto(f"{home}/mappings")
        begin = page.get_by_label("Mapping of workday").get_by_role("button", name="Begin a draft")
        await begin.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Documents").last).to_be_visible()

        await page.locator("#more-3 summary").focus()
        await page.keyboard.press("Enter")
        await page.get_by_label("A further step of code").select_option("lookup")
        await page.get_by_role("button", name="Add the step to code").press("Enter")
        await page.locator("#more-3").get_by_label("table: one in a line").fill("R-00001 = First")
        await expect(page.get_by_role("row", name="code First")).to_be_visible()

        await page.get_by_role("button", name="Add a document").focus()
        await page.get_by_label("Kind of a further document").select_option("sop")
        await page.get_by_role("button", name="Add a document").press("Enter")
        section = page.get_by_label("Source of a section of the sop")
        await expect(section).to_be_focused()
        value = page.locator("#tree").get_by_role("button", name="summary").first
        await value.focus()
        await page.keyboard.press("Enter")
        await expect(section).to_have_value("summary")
        await expect(page.get_by_text("SOP: Associate Data Analyst")).to_be_visible()

        assert await serious(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        await page.get_by_role("button", name="Save the draft").press("Enter")
        await expect(page.get_by_text("2 rules differ from the default")).to_be_visible()


@pytest.mark.long
async def test_the_second_of_two_people_is_told_and_sees_both_versions(live: LiveApi, db: Db) -> None:
    company_id = await company(live)
    home = f"/admin/c/{ids.show('company', company_id)}"
    async with chromium() as browser, visitor(browser, live) as ada, visitor(browser, live) as bob:
        await sign_in(ada)
        await ada.goto(f"{home}/mappings")
        await ada.get_by_label("Mapping of workday").get_by_role("button", name="Begin a draft").click()
        await sign_in(bob)
        await bob.goto(f"{home}/mappings/workday")
        await ada.get_by_label("Source of grade", exact=True).fill("title")
        await ada.get_by_role("button", name="Save the draft").click()
        await expect(ada.get_by_text("1 rule differs")).to_be_visible()
        await bob.get_by_label("Source of grade", exact=True).fill("code")
        await expect(bob.get_by_text("When you save you see what they changed")).to_be_visible()
        await bob.get_by_role("button", name="Save the draft").click()
        await expect(bob.get_by_role("row", name="grade title code")).to_be_visible()
        await expect(bob.get_by_label("Source of grade", exact=True)).to_have_value("code")
        await bob.get_by_role("button", name="Save the draft").click()
        await expect(bob.get_by_role("alert")).to_have_text("")

"""What reaches outside, in a real browser: an identity provider, an HRIS, whoever is called back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, expect

from kit import ids
from kit.db import Db
from tests.fakes.identity_provider import CLIENT, IdentityProvider, identity_provider
from tests.fakes.workday import workday
from tests.parts.browser import chromium
from tests.parts.live_api import LiveApi

from .test_browser import EMAIL, company, sign_in, visitor

pytestmark = pytest.mark.long


@pytest.fixture
async def provider() -> AsyncIterator[IdentityProvider]:
    async with identity_provider(EMAIL) as there:
        yield there


@pytest.fixture
def live_changes(provider: IdentityProvider) -> dict[str, Any]:
    return {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": "s",
        "allow_loopback_sources": True,
        "allow_loopback_callbacks": True,
    }


async def test_who_was_invited_signs_in_at_the_identity_provider_and_nobody_else(
    live: LiveApi, provider: IdentityProvider
) -> None:
    await company(live)
    async with chromium() as browser:
        async with visitor(browser, live) as page:
            await page.goto("/admin")
            await page.get_by_role("link", name="Sign in with your organisation").click()
            await expect(page.get_by_role("heading", name="What needs you")).to_be_visible()
            await page.get_by_role("button", name="Sign out").click()
        provider.email = "nobody@example.com"
        inside = await browser.new_context(base_url=live.url)
        stranger = await inside.new_page()
        await stranger.goto("/admin")
        await stranger.get_by_role("link", name="Sign in with your organisation").click()
        await expect(stranger.get_by_text("Nobody with your address was invited here.")).to_be_visible()
        await inside.close()


async def test_a_subscription_is_made_its_secret_seen_once_and_a_test_event_sent(live: LiveApi) -> None:
    async with chromium() as browser, visitor(browser, live) as page:
        home = await inside(live, page)
        await page.goto(f"{home}/subscriptions")
        await page.get_by_text("Add a subscription").click()
        await page.get_by_label("Address").fill("http://127.0.0.1:9/hook")
        await page.get_by_role("button", name="Add", exact=True).click()
        secret = await page.locator("#secret").inner_text()
        assert secret.startswith("whsec_")
        await page.goto(f"{home}/subscriptions")
        await expect(page.get_by_text(secret)).to_have_count(0)
        await page.get_by_role("button", name="New secret for http://127.0.0.1:9/hook").click()
        await expect(page.locator("#secret")).not_to_have_text(secret)
        await page.goto(f"{home}/subscriptions")
        await page.get_by_role("button", name="Send a test event").click()
        await expect(page.get_by_text("evt_test_").first).to_be_visible()
        await page.goto(f"{home}/subscriptions?status=pending")
        await expect(page.get_by_role("region", name="Deliveries").get_by_text("role.ready")).to_be_visible()


async def test_an_hris_is_connected_tested_and_a_count_is_asked_for_and_cancelled(
    live: LiveApi, db: Db
) -> None:
    async with workday() as hris, chromium() as browser, visitor(browser, live) as page:
        page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
        home = await inside(live, page)
        await page.goto(f"{home}/connections")
        await page.get_by_text("Workday", exact=True).click()
        await page.get_by_text("by username token").click()
        form = page.locator("form", has=page.locator("input[value=username_token]"))
        for label, value in (
            ("Name", "Acme"),
            ("Address of its API", hris.url),
            ("Tenant", "acme"),
            ("Username", "isu@acme"),
            ("Password", "wrong"),
        ):
            await form.get_by_label(label, exact=True).fill(value)
        await form.get_by_role("button", name="Connect").click()
        card = page.get_by_role("region", name="Connection Acme")
        await card.get_by_role("button", name="Test it").click()
        await expect(card.get_by_text("fails", exact=True)).to_be_visible()
        hris.users["isu@acme"] = "wrong"
        await card.get_by_role("button", name="Test it").click()
        await expect(card.get_by_text("works", exact=True)).to_be_visible()
        await card.get_by_role("button", name="Count first").click()
        syncs = page.get_by_role("region", name="Syncs")
        await expect(syncs.get_by_text("everything, only counted")).to_be_visible()
        await syncs.get_by_role("button", name="Cancel").click()
        await expect(syncs.get_by_role("button", name="Cancel")).to_have_count(0)


async def inside(live: LiveApi, page: Page) -> str:
    """Signed in; where the pages of the company begin."""
    company_id = await company(live)
    await sign_in(page)
    return f"/admin/c/{ids.show('company', company_id)}"

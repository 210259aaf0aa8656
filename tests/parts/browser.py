"""A real browser, Debian's Chromium, driven by Playwright; never one that Playwright would download."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright, expect

from .missing import missing

AXE = Path(__file__).with_name("axe") / "axe.min.js"
_PATIENCE = 20_000
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser until the end of the block; skips the test on a machine without one."""
    path = shutil.which("chromium")
    if path is None:
        missing("Chromium")
    expect.set_options(timeout=_PATIENCE)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


async def serious(page: Page) -> list[str]:
    """What axe-core finds that is serious or worse, one line each: the rule and the first place."""
    # The policy of the page lets no script in but its own; a test's goes in over the debugger.
    await page.evaluate(AXE.read_text("utf-8"))
    found: dict[str, Any] = await page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0].get('failureSummary', '')[:200]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]

"""Pictures of the page for docs/screenshots: the product on the demo's payloads, in Debian's Chromium."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from connector.demo.cast import PAYLOADS
from connector.demo.recipe import Recipe
from connector.stack import Stack
from tests.parts.browser import FLAGS

TARGET = Path("docs/screenshots")
_SCREENS = {
    "home": "/admin",
    "roles": "@/roles",
    "role": "@/roles/ROLE",
    "runs": "@/runs",
    "documents": "@/documents",
    "dashboard": "@/dashboard",
    "mappings": "@/mappings",
    "taxonomies": "@/taxonomies",
    "mapping": "@/mappings/workday",
    "activation": "@/activation",
    "connections": "@/connections",
    "clients": "@/clients",
    "settings": "@/settings",
}


def main() -> None:
    """Takes a minute; the pictures replace those that are there."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("This machine has no Chromium; `make test-deps` installs it where it may.")
    data = Path(tempfile.mkdtemp(prefix="etter-pictures-", dir="/tmp"))
    data.chmod(0o711)
    try:
        with Stack(data, port=0, short=True) as stack:
            role = _filled(stack)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
                page = browser.new_page(viewport={"width": 1280, "height": 860}, base_url=stack.url)
                _photograph(page, stack, role)
                browser.close()
    finally:
        shutil.rmtree(data, ignore_errors=True)


def _filled(stack: Stack) -> str:
    """Send the demo's payloads and wait until every run is over; a role that is worth a look."""
    recipe = Recipe(stack.url, stack.client)
    for payload in PAYLOADS:
        recipe.send(payload)
    until = time.monotonic() + 120
    while any(role["state"] in ("queued", "processing") for role in recipe.roles()):
        if time.monotonic() > until:
            sys.exit("The runs did not end within two minutes.")
        time.sleep(0.5)
    found = next(role["id"] for role in recipe.roles() if role["code"] == "WD-1009")
    recipe.close()
    return str(found)


def _photograph(page: Page, stack: Stack, role: str) -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    home = f"/admin/c/{stack.client.company_id}"
    page.goto("/admin")
    page.screenshot(path=TARGET / "sign-in.png")
    page.get_by_label("E-mail address").fill(stack.client.email)
    page.get_by_label("Password").fill(stack.client.password)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{home}/mappings")
    page.get_by_label("Mapping of workday").get_by_role("button", name="Begin a draft").click()
    page.wait_for_url("**/mappings/workday")
    for name, path in _SCREENS.items():
        page.goto(path.replace("@", home).replace("ROLE", role), wait_until="load")
        page.screenshot(path=TARGET / f"{name}.png", full_page=name == "role")
        print(TARGET / f"{name}.png")


if __name__ == "__main__":
    main()

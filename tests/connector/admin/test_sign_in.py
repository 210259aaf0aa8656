"""Who gets in to the page, and how: by password, by invitation, by the organisation's identity provider."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from connector.door import Door
from connector.services import Services
from control import companies, people, sessions
from control.sessions import MOST_OF_ACCOUNT
from tests.pipeline.runs.world import execute

from .people import PASSWORD, Person, account, browser, csrf_of


@pytest.fixture
async def stranger(app: Door) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(app) as http:
        yield http


async def sign_in(http: httpx.AsyncClient, password: str = PASSWORD, **more: str) -> httpx.Response:
    form = {"email": "Ada@Example.com", "password": password, **more}
    return await http.post("/admin/sign-in", data=form)


async def test_a_password_gives_a_cookie_that_scripts_and_other_sites_do_not_get(
    services: Services, stranger: httpx.AsyncClient
) -> None:
    await account(services)
    answer = await sign_in(stranger, next="/admin/companies")
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/companies")
    cookie = answer.headers["set-cookie"].lower()
    for flag in ("httponly", "samesite=lax", "secure", "path=/admin"):
        assert flag in cookie
    assert "You look after no company yet" in (await stranger.get("/admin")).text


async def test_who_is_not_signed_in_is_sent_to_the_door_and_back_afterwards(
    stranger: httpx.AsyncClient,
) -> None:
    answer = await stranger.get("/admin/companies")
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/sign-in?next=/admin/companies")
    part = await stranger.get("/admin/companies", headers={"HX-Request": "true"})
    assert part.headers["hx-redirect"].startswith("/admin/sign-in")


@pytest.mark.parametrize("path", ["https://evil.example", "//evil.example", "/adminevil", "/admin/\\evil"])
async def test_signing_in_leads_to_pages_of_ours_only(
    services: Services, stranger: httpx.AsyncClient, path: str
) -> None:
    await account(services)
    assert (await sign_in(stranger, next=path)).headers["location"] == "/admin"


async def test_a_wrong_password_and_an_unknown_address_are_told_the_same(
    services: Services, stranger: httpx.AsyncClient
) -> None:
    await account(services)
    wrong = await sign_in(stranger, "not the password")
    unknown = await stranger.post("/admin/sign-in", data={"email": "x@example.com", "password": PASSWORD})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace("Ada@Example.com", "") == unknown.text.replace("x@example.com", "")


async def test_after_too_many_tries_in_vain_even_the_right_password_has_to_wait(
    services: Services, stranger: httpx.AsyncClient
) -> None:
    await account(services)
    async with services.db.auth() as tx:
        for _ in range(MOST_OF_ACCOUNT - 1):
            await sessions.note_failure(tx, "ada@example.com", "10.0.0.1")
    assert (await sign_in(stranger, "not the password")).status_code == 401
    paused = await sign_in(stranger)
    assert paused.status_code == 429
    assert "too many tries in vain" in paused.text
    await execute(services.db, "UPDATE sign_in_failure SET at = now() - interval '16 minutes'")
    assert (await sign_in(stranger)).status_code == 303


async def test_signing_out_ends_the_session_on_the_server_too(admin: Person) -> None:
    cookie = admin.http.cookies["connector_session"]
    answer = await admin.http.post("/admin/sign-out", data={"csrf": admin.csrf})
    assert answer.headers["location"] == "/admin/sign-in"
    admin.http.cookies.set("connector_session", cookie, domain="connector.example.com", path="/admin")
    assert (await admin.http.get("/admin")).status_code == 303


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE session SET used_at = now() - interval '3 hours'",
        "UPDATE session SET expires_at = now() - interval '1 second'",
        "UPDATE person SET disabled_at = now()",
    ],
)
async def test_a_session_ends_by_age_by_idleness_and_with_its_account(
    services: Services, admin: Person, change: str
) -> None:
    assert (await admin.http.get("/admin")).status_code == 200
    await execute(services.db, change)
    assert (await admin.http.get("/admin")).status_code == 303


async def test_an_invitation_lets_somebody_choose_a_password_once(
    services: Services, admin: Person, stranger: httpx.AsyncClient
) -> None:
    answer = await admin.send("/people", 200, email="new@example.com", role="csm")
    link = (
        answer.text.partition('id="link">')[2].partition("<")[0].removeprefix("https://connector.example.com")
    )
    assert "new@example.com" in (await stranger.get(link)).text
    short = await stranger.post(link, data={"password": "short"})
    assert short.status_code == 422
    entered = await stranger.post(link, data={"password": "long enough to be one"})
    assert entered.status_code == 303
    assert "Liberty" in (await stranger.get("/admin")).text
    assert (await stranger.get(link)).status_code == 404


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({}, "not the token"),
        ({}, ""),
        ({"Sec-Fetch-Site": "cross-site"}, None),
        ({"Origin": "https://evil.example"}, None),
    ],
)
async def test_a_form_that_was_not_sent_from_our_page_changes_nothing(
    admin: Person, headers: dict[str, str], token: str | None
) -> None:
    form = {"csrf": admin.csrf if token is None else token, "title": "Forged"}
    answer = await admin.http.post(f"{admin.home}/roles/new", data=form, headers=headers)
    assert answer.status_code == 403
    assert "Forged" not in await admin.see("/roles")


async def test_another_site_cannot_sign_somebody_in(services: Services, stranger: httpx.AsyncClient) -> None:
    await account(services)
    form = {"email": "ada@example.com", "password": PASSWORD}
    answer = await stranger.post("/admin/sign-in", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


async def test_the_token_of_a_page_is_that_of_its_session(admin: Person) -> None:
    assert csrf_of(await admin.see()) == admin.csrf


async def test_a_person_sees_their_own_companies_only(
    services: Services, admin: Person, welcome: Callable[..., Awaitable[Person]]
) -> None:
    async with services.db.engine() as tx:
        other = await companies.create(tx, "Elsewhere")
    grace = await welcome("admin", company=other, email="grace@example.com")
    assert (await admin.http.get(f"{grace.home}/roles")).status_code == 404
    assert "Elsewhere" not in (await admin.http.get("/admin")).text


async def test_a_company_keeps_its_last_admin(services: Services, admin: Person) -> None:
    async with services.db.auth() as tx:
        ada = await people.find(tx, "ada@example.com")
    assert ada is not None
    refused = await admin.send(f"/people/user_{ada.id.hex}/remove", 409)
    assert "last admin" in refused.text
    assert (await admin.send(f"/people/user_{ada.id.hex}", 409, role="viewer")).status_code == 409


async def test_no_link_is_given_out_to_an_account_that_another_company_knows(
    services: Services, admin: Person, welcome: Callable[..., Awaitable[Person]]
) -> None:
    async with services.db.engine() as tx:
        other = await companies.create(tx, "Elsewhere")
    await welcome("admin", company=other, email="grace@example.com")
    answer = await admin.send("/people", 200, email="grace@example.com", role="viewer")
    assert "grace@example.com is a member now" in re.sub("</?strong>", "", answer.text)
    assert "/admin/invitation/" not in answer.text


async def test_nobody_sends_megabytes_before_they_signed_in(stranger: httpx.AsyncClient) -> None:
    assert (await sign_in(stranger, next="x" * 30_000)).status_code == 413

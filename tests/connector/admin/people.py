"""People who signed in to the page, without a browser."""

from __future__ import annotations

import re
from typing import Any, cast

import httpx
import msgspec

from connector.door import Door
from connector.services import Services
from control import companies, people, sessions
from control.people import Role
from control.store import Company
from kit import ids

BASE = "https://connector.example.com"
PASSWORD = "correct horse battery"


class Person(msgspec.Struct, frozen=True):
    """Somebody with a session: `http` sends the cookie, `csrf` has to go with every form."""

    company: Company
    http: httpx.AsyncClient
    csrf: str
    home: str

    async def see(self, path: str = "", status: int = 200) -> str:
        """The HTML of a page below the company."""
        answer = await self.http.get(f"{self.home}{path}")
        assert answer.status_code == status, answer.text[:2000]
        return answer.text

    async def send(self, path: str, status: int = 303, **form: str | list[str]) -> httpx.Response:
        """Send a form as the page does."""
        answer = await self.http.post(f"{self.home}{path}", data={"csrf": self.csrf, **form})
        assert answer.status_code == status, answer.text[:2000]
        return answer


def browser(app: Door) -> httpx.AsyncClient:
    """What a browser without a session is to the server."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=cast(Any, app)), base_url=BASE)


async def account(
    services: Services, email: str = "ada@example.com", password: str = PASSWORD
) -> people.Person:
    """An account that can sign in."""
    async with services.db.engine() as tx:
        person = await people.add(tx, email, "Ada")
        await people.set_password(tx, person.id, password)
    return person


async def join(
    services: Services,
    app: Door,
    role: Role = "admin",
    *,
    company: Company | None = None,
    email: str = "ada@example.com",
) -> Person:
    """Somebody who looks after a company (a new one) and has a session; no password is needed for that."""
    async with services.db.engine() as tx:
        company = company or await companies.create(tx, "Liberty")
        person = await people.add(tx, email, "Ada")
        await people.put_member(tx, company.id, person.id, role)
    async with services.db.auth() as tx:
        secret = await sessions.begin(tx, person)
        session = await sessions.find(tx, secret)
    assert session is not None
    http = browser(app)
    http.cookies.set("connector_session", secret, domain="connector.example.com", path="/admin")
    return Person(company, http, session.csrf, f"/admin/c/{ids.show('company', company.id)}")


def csrf_of(html: str) -> str:
    """The token in a page's forms."""
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found
    return found[1]

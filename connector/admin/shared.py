"""The dashboard behind a link: for the client's people, without an account, until the link ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.admin import assessed
from connector.admin.dashboard import CSV, XLSX
from connector.admin.desk import Desk
from connector.admin.page import bare
from connector.admin.role import file
from connector.services import Services
from control import dashboard_links
from control.dashboard_links import Opened

_OF_NETWORK, _OF_LINK = 30, 10
"""Requests in a second: of one network address, and of one link."""
# The address is the secret: it goes to no other site and into no index.
HEADERS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


class Shared(Controller):
    """Read-only, one company, no session."""

    path = "/shared/{secret:str}"

    @get("/")
    async def show(
        self, request: Request[Any, Any, Any], services: NamedDependency[Services], secret: FromPath[str]
    ) -> Response[Any]:
        """A page of visible roles."""
        link = await _opened(request, services, secret)
        asked = {name: str(request.query_params.get(name, "")).strip() for name in ("family", "q", "cursor")}
        with _all_of_it(services, link) if asked["q"] else nullcontext():
            shown = await assessed.page(_desk(request, services, link), **asked)
        answer = bare("shared.html", link=link, here=f"/admin/shared/{secret}", **shown)
        answer.headers.update(HEADERS)
        return answer

    @get("/export.csv")
    async def as_csv(
        self, request: Request[Any, Any, Any], services: NamedDependency[Services], secret: FromPath[str]
    ) -> Response[bytes]:
        """All of them."""
        link = await _opened(request, services, secret)
        with _all_of_it(services, link):
            content = await assessed.as_csv(_desk(request, services, link), _family(request))
        return file(content, "assessments.csv", CSV)

    @get("/export.xlsx")
    async def as_xlsx(
        self, request: Request[Any, Any, Any], services: NamedDependency[Services], secret: FromPath[str]
    ) -> Response[bytes]:
        """All of them, as one sheet."""
        link = await _opened(request, services, secret)
        with _all_of_it(services, link):
            content = await assessed.as_xlsx(_desk(request, services, link), _family(request))
        return file(content, "assessments.xlsx", XLSX)


async def _opened(request: Request[Any, Any, Any], services: Services, secret: str) -> Opened:
    network = request.client.host if request.client else "unknown"
    services.limits.take(f"shared:{network}", _OF_NETWORK, "links")
    async with services.db.auth() as tx:
        link = await dashboard_links.open_(tx, secret)
    services.limits.take(f"link:{link.id}", _OF_LINK, "links")
    return link


@contextmanager
def _all_of_it(services: Services, link: Opened) -> Iterator[None]:
    """All roles are read for one person of a link at a time. Raises TooMany."""
    name = f"link:{link.id}"
    services.limits.enter(name, 1)
    try:
        yield
    finally:
        services.limits.leave(name)


def _desk(request: Request[Any, Any, Any], services: Services, link: Opened) -> Desk:
    return Desk(request.app, services, link.caller, request.scope["state"]["request_id"])


def _family(request: Request[Any, Any, Any]) -> str:
    return str(request.query_params.get("family", "")).strip()

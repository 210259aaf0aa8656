"""One request of the page: who signed in, for which company, and that it really was they who sent it."""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency

from connector.admin.desk import Desk
from connector.services import Services
from control import people, sessions
from control.access import OF_ROLE, Caller
from control.people import Membership
from control.sessions import Session
from kit import ids
from kit.errors import Action, Forbidden, NotFound, Refused

COOKIE = "connector_session"
_SAFE = ("GET", "HEAD")


class SignInNeeded(Refused):
    """Nobody signed in, or the session ended."""

    status, code, title = 401, "sign_in_needed", "Please sign in"


class Forged(Forbidden):
    """A change that does not come from a page of ours."""

    code, title = "not_from_this_page", "Not sent from this page"


class Visit:
    """Who asks (`session`), the companies they look after, the form that was sent, and `company`: the one
    that the address names, with `desk` to ask the API as this person. `company` is None on pages of no
    company."""

    def __init__(
        self,
        request: Request[Any, Any, Any],
        services: Services,
        session: Session,
        memberships: list[Membership],
        form: FormMultiDict,
    ) -> None:
        self.request = request
        self.services = services
        self.session = session
        self.memberships = memberships
        self.form = form
        self.company = self._company()

    @property
    def here(self) -> Membership:
        """The company of the address, and as what the person looks after it."""
        if self.company is None:
            raise NotFound("This page is about no company.")
        return self.company

    @property
    def desk(self) -> Desk:
        """The API for the company of the address."""
        return self.desk_of(self.here)

    def desk_of(self, membership: Membership) -> Desk:
        """The API for one of the person's companies."""
        caller = Caller(
            "person",
            membership.company_id,
            self.session.person_id,
            self.session.name or self.session.email,
            OF_ROLE[membership.role],
        )
        request_id = self.request.scope["state"]["request_id"]
        return Desk(self.request.app, self.services, caller, request_id)

    @property
    def home(self) -> str:
        """The address that the pages of the company begin with."""
        return "" if self.company is None else company_path(self.company)

    @property
    def partial(self) -> bool:
        """Whether only a part of a page was asked for."""
        return "hx-request" in self.request.headers and "hx-boosted" not in self.request.headers

    def field(self, name: str, default: str = "") -> str:
        """A text of the form, without blanks around it."""
        value = self.form.get(name, default)
        return value.strip() if isinstance(value, str) else default

    def fields(self, name: str) -> list[str]:
        """Every text that the form has under a name."""
        return [value for value in self.form.getall(name, []) if isinstance(value, str) and value]

    def asked(self, name: str, default: str = "") -> str:
        """A query parameter."""
        return str(self.request.query_params.get(name, default)).strip()

    def asked_all(self, name: str) -> list[str]:
        """Every query parameter of a name, without empty ones."""
        return [value for value in self.request.query_params.getall(name, []) if value]

    def _company(self) -> Membership | None:
        shown = self.request.path_params.get("company")
        if shown is None:
            return None
        id_ = ids.parse("company", str(shown))
        for one in self.memberships:
            if one.company_id == id_:
                return one
        raise NotFound(
            "You are no member of this company, or there is none.",
            action=Action("Ask one of its admins to invite you.", "admin"),
        )


def company_path(membership: Membership) -> str:
    """The address of a company's pages."""
    return f"/admin/c/{ids.show('company', membership.company_id)}"


async def make_visit(request: Request[Any, Any, Any], services: NamedDependency[Services]) -> Visit:
    """The dependency `visit`. Raises SignInNeeded, Forged, NotFound for a company that is not theirs."""
    secret = request.cookies.get(COOKIE, "")
    session, memberships = None, []
    if secret:
        async with services.db.auth() as tx:
            session = await sessions.find(tx, secret)
            if session is not None:
                memberships = await people.memberships(tx, session.person_id)
    if session is None:
        raise SignInNeeded("Please sign in to go on.")
    form = FormMultiDict({})
    if request.method not in _SAFE:
        check_origin(request)
        form = await request.form()
        given = request.headers.get("x-csrf-token") or str(form.get("csrf", ""))
        if not hmac.compare_digest(given.encode(), session.csrf.encode()):
            raise Forged(
                "This was not sent from a page of yours.", action=Action("Load the page again, then send it.")
            )
    return Visit(request, services, session, memberships, form)


def check_origin(request: Request[Any, Any, Any]) -> None:
    """Raises Forged for a form that another site sent. Browsers say where a form comes from."""
    site = request.headers.get("sec-fetch-site", "none")
    origin = request.headers.get("origin")
    own = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if site not in ("same-origin", "none") or not own:
        raise Forged("This was sent from another site.", action=Action("Open this page itself."))

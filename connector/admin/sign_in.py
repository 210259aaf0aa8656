"""Signing in and out, and taking up an invitation."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.admin import oidc
from connector.admin.entering import HOME, enter
from connector.admin.page import bare, go
from connector.admin.visit import COOKIE, Visit, check_origin
from connector.services import Services
from control import people, sessions
from kit.errors import Refused, Unauthorised


class SignIn(Controller):
    """The one way in for people."""

    path = "/"
    request_max_body_size = 20_000  # bytes of a form that nobody has signed in for yet

    @get("/sign-in")
    async def form(
        self, request: Request[Any, Any, Any], services: NamedDependency[Services]
    ) -> Response[Any]:
        """Address and password, or the organisation's own sign-in."""
        return _form(services, after=_safe(str(request.query_params.get("next", ""))))

    @post("/sign-in")
    async def sign_in(
        self, request: Request[Any, Any, Any], services: NamedDependency[Services]
    ) -> Response[Any]:
        """A session, when address and password fit."""
        check_origin(request)
        form = await request.form()
        email, password = str(form.get("email", "")), str(form.get("password", ""))
        after = _safe(str(form.get("next", "")))
        network = request.client.host if request.client else "unknown"
        try:
            async with services.db.auth() as tx:
                await sessions.check_pace(tx, email, network)
                person = await sessions.by_password(tx, email, password)
        except Refused as refused:
            if isinstance(refused, Unauthorised):
                async with services.db.auth() as tx:
                    await sessions.note_failure(tx, email, network)
            return _form(services, refused.status, after=after, email=email, problem=refused)
        return await enter(services, person, after)

    @post("/sign-out")
    async def sign_out(
        self, visit: NamedDependency[Visit], services: NamedDependency[Services]
    ) -> Response[Any]:
        """The session ends here and on the server."""
        async with services.db.auth() as tx:
            await sessions.end(tx, visit.request.cookies[COOKIE])
        answer = go(visit, f"{HOME}/sign-in")
        answer.delete_cookie(COOKIE, path=HOME)
        return answer

    @get("/invitation/{secret:str}")
    async def invitation(self, services: NamedDependency[Services], secret: FromPath[str]) -> Response[Any]:
        """Choose a password."""
        async with services.db.auth() as tx:
            person = await people.invited(tx, secret)
        return bare("invitation.html", secret=secret, person=person, problem=None)

    @post("/invitation/{secret:str}")
    async def take_up(
        self, request: Request[Any, Any, Any], services: NamedDependency[Services], secret: FromPath[str]
    ) -> Response[Any]:
        """The password is set, the invitation is used up, and the person is in."""
        check_origin(request)
        form = await request.form()
        async with services.db.auth() as tx:
            person = await people.invited(tx, secret)
        try:
            async with services.db.auth() as tx:
                await people.set_password(tx, person.id, str(form.get("password", "")))
        except Refused as refused:
            return bare("invitation.html", refused.status, secret=secret, person=person, problem=refused)
        return await enter(services, person, "")


def _safe(path: str) -> str:
    """A page of ours to go on to; anything else is none."""
    ours = path == HOME or path.startswith((f"{HOME}/", f"{HOME}?"))
    return path if ours and "\\" not in path and "//" not in path else ""


def _form(services: Services, status: int = 200, **shown: Any) -> Response[Any]:
    filled = {"after": "", "email": "", "problem": None} | shown
    return bare("sign_in.html", status, oidc=oidc.configured(services.settings), **filled)

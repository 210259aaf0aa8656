"""Access tokens of an HRIS: fetched when needed, kept until shortly before they end, dead when refused."""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from adapters.access import Access
from adapters.calls import Patience, by_status, is_page, mend, patiently, said, web_page
from adapters.pull import PullFault
from kit.host import Host
from kit.http import Answer

_EARLY = 60.0  # seconds before its end from which a token is no longer used
_MOST = 64 * 1024
_DEAD = {"invalid_grant", "invalid_client", "unauthorized_client", "access_denied", "invalid_token"}


class Granted(msgspec.Struct):
    """What a token endpoint answers. A server that does not say how long the token holds means an hour."""

    access_token: str
    expires_in: float | str | None = None
    refresh_token: str | None = None

    def __repr__(self) -> str:
        return "Granted([hidden])"

    def seconds(self) -> float:
        """How long it holds."""
        try:
            return float(self.expires_in or 3600)
        except ValueError:
            return 3600.0


class Tokens:
    """The one token of a connection. `fetch` asks for a new one; when it is refused for good, nobody is asked
    again: the same fault is raised at once."""

    def __init__(self, fetch: Callable[[], Awaitable[Granted]]) -> None:
        self._fetch = fetch
        self._lock = asyncio.Lock()
        self._token = ""
        self._until = 0.0
        self._dead: PullFault | None = None

    async def get(self) -> str:
        """A token that holds. Raises PullFault."""
        async with self._lock:
            if self._dead is not None:
                raise self._dead
            if not self._token or time.monotonic() >= self._until:
                await self._renew()
            return self._token

    def drop(self, token: str) -> None:
        """Forget a token that was refused, unless there is a newer one already."""
        if token == self._token:
            self._token = ""

    async def _renew(self) -> None:
        try:
            granted = await self._fetch()
        except PullFault as fault:
            if fault.reason == "credential":
                self._dead = fault
            raise
        life = granted.seconds()
        self._token, self._until = granted.access_token, time.monotonic() + life - min(_EARLY, life / 2)


async def ask(
    system: str,
    host: Host,
    path: str,
    form: dict[str, str],
    access: Access,
    patience: Patience,
    basic: tuple[str, str] | None = None,
) -> Granted:
    """POST a form to a token endpoint. Raises PullFault; its message holds none of `access`'s secrets."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if basic is not None:
        headers["Authorization"] = basic_header(*basic)

    async def once() -> Granted:
        answer = await host.call(
            "POST", path, body=urlencode(form).encode(), headers=headers, seconds=60, most=_MOST
        )
        return _granted(system, answer, access)

    return await patiently(patience, once)


def basic_header(name: str, password: str) -> str:
    """The value of an Authorization header with a name and a password."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def client_id(shown: str) -> str:
    """A client id as token endpoints want it: Workday shows some as the Base64 of a UUID's text."""
    try:
        return str(UUID(base64.b64decode(shown, validate=True).decode("ascii")))
    except (binascii.Error, ValueError):
        return shown


def signed(claims: dict[str, Any], private_key: str) -> str:
    """The claims as a JWT (RS256). Raises PullFault when the key is none."""
    try:
        return jwt.encode({"alg": "RS256"}, claims, RSAKey.import_key(private_key))
    except (JoseError, ValueError, TypeError) as exc:
        raise bad_key() from exc


def bad_key() -> PullFault:
    """The private key of a connection cannot be used."""
    return PullFault(
        "The private key of the connection is no RSA key in PEM.",
        reason="credential",
        action=mend("credential"),
    )


def _granted(system: str, answer: Answer, access: Access) -> Granted:
    if is_page(answer.body) and answer.status < 400:
        raise web_page(system)
    if answer.status >= 300:
        raise _refused(system, answer, access)
    try:
        return msgspec.json.decode(answer.body, type=Granted)
    except msgspec.DecodeError as exc:
        raise PullFault(
            f"{system} gave no token where one was asked for.",
            reason="bad_answer",
            action=mend("bad_answer", system),
        ) from exc


def _refused(system: str, answer: Answer, access: Access) -> PullFault:
    code, words = _oauth_error(answer.body)
    fault = by_status(system, answer)
    if code in _DEAD or answer.status in (400, 401, 403):
        told = access.masked(f" ({code}{': ' if code and words else ''}{words})" if code or words else "")
        return PullFault(
            f"{system} refused the credential of the connection{told}.",
            reason="credential",
            action=mend("credential", system),
        )
    return fault or web_page(system)


def _oauth_error(body: bytes) -> tuple[str, str]:
    try:
        error = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return "", ""
    if not isinstance(error, dict):
        return "", ""
    return said(error.get("error"), 60), said(error.get("error_description"), 200)

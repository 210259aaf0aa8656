"""Signing in at the organisation's own identity provider (OpenID Connect, code flow with PKCE).

Only people who were invited get in: the provider says who somebody is, the memberships here say what they
may do. What has to survive the way there and back travels in a cookie that the vault seals.
"""

from __future__ import annotations

import secrets
import time
from typing import Any, cast

import httpx
import msgspec
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization
from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency

from connector.admin.entering import enter, is_secure
from connector.admin.page import go
from connector.services import Services
from control import people
from control.people import Person
from kit.errors import Action, Overloaded, Unauthorised
from kit.settings import Settings
from kit.vault import VaultFault

_WAY = "connector_oidc"
_BACK = "/admin/oidc/back"
_PATIENCE = 600
_SECONDS = 10
_ALGORITHMS = ["RS256", "PS256", "ES256"]


class Way(msgspec.Struct, frozen=True):
    """What we have to know again when somebody comes back from the provider."""

    state: str
    nonce: str
    verifier: str
    until: float


def configured(settings: Settings) -> bool:
    """Whether there is a provider."""
    return bool(settings.oidc_issuer and settings.oidc_client_id)


class Oidc(Controller):
    """There and back."""

    path = "/oidc"

    @get("/")
    async def begin(self, services: NamedDependency[Services]) -> Response[Any]:
        """Send the browser to the provider."""
        settings = services.settings
        provider = await _provider(settings)
        way = Way(
            secrets.token_urlsafe(24),
            secrets.token_urlsafe(24),
            secrets.token_urlsafe(48),
            time.time() + _PATIENCE,
        )
        address = prepare_grant_uri(
            provider["authorization_endpoint"],
            settings.oidc_client_id,
            "code",
            redirect_uri=f"{settings.public_url}{_BACK}",
            scope="openid email profile",
            state=way.state,
            nonce=way.nonce,
            code_challenge=create_s256_code_challenge(way.verifier),
            code_challenge_method="S256",
        )
        answer = go(None, address)
        sealed = services.vault.seal(msgspec.json.encode(way).decode())
        answer.set_cookie(
            _WAY,
            sealed,
            path="/admin/oidc",
            httponly=True,
            samesite="lax",
            secure=is_secure(settings),
            max_age=_PATIENCE,
        )
        return answer

    @get("/back")
    async def back(
        self, request: Request[Any, Any, Any], services: NamedDependency[Services]
    ) -> Response[Any]:
        """The provider says who it is."""
        way = _way(services, request)
        claims = await _claims(services.settings, way, str(request.query_params.get("code", "")))
        answer = await enter(services, await _person(services, claims), "")
        answer.delete_cookie(_WAY, path="/admin/oidc")
        return answer


async def _provider(settings: Settings) -> dict[str, Any]:
    """The provider's own description of itself."""
    found = await _fetched(f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != settings.oidc_issuer:
        raise _wrong("The identity provider names itself otherwise than CONNECTOR_OIDC_ISSUER does.")
    return found


async def _fetched(address: str, form: dict[str, str] | None = None) -> dict[str, Any]:
    """A JSON object of the provider, asked for by a form if there is one. The address is the operator's, or
    comes from there."""
    try:
        async with httpx.AsyncClient(timeout=_SECONDS) as http:
            answer = await (http.get(address) if form is None else http.post(address, data=form))
        return dict(answer.raise_for_status().json())
    except (httpx.HTTPError, ValueError) as exc:
        raise Overloaded(
            "The identity provider does not answer as it should.",
            code="oidc_unavailable",
            action=Action("Try again in a minute; if it stays, tell the operator.", "operator"),
            retry_after=60,
        ) from exc


def _way(services: Services, request: Request[Any, Any, Any]) -> Way:
    try:
        way = msgspec.json.decode(services.vault.open(request.cookies.get(_WAY, "")), type=Way)
    except (VaultFault, msgspec.DecodeError) as exc:
        raise _wrong("The sign-in was not begun in this browser.") from exc
    given = str(request.query_params.get("state", ""))
    if not secrets.compare_digest(given.encode(), way.state.encode()) or way.until < time.time():
        raise _wrong("The sign-in took too long, or was not begun in this browser.")
    return way


async def _claims(settings: Settings, way: Way, code: str) -> dict[str, Any]:
    """What the provider's signed token says, once it is right in every part."""
    provider = await _provider(settings)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": way.verifier,
        "redirect_uri": f"{settings.public_url}{_BACK}",
        "client_id": settings.oidc_client_id,
        "client_secret": settings.oidc_client_secret,
    }
    token = await _fetched(provider["token_endpoint"], {key: value for key, value in form.items() if value})
    keys = cast(KeySetSerialization, await _fetched(provider["jwks_uri"]))
    try:
        read = jwt.decode(token["id_token"], KeySet.import_key_set(keys), algorithms=_ALGORITHMS)
        jwt.JWTClaimsRegistry(
            leeway=60,
            iss={"essential": True, "value": settings.oidc_issuer},
            aud={"essential": True, "value": settings.oidc_client_id},
            exp={"essential": True},
            nonce={"essential": True, "value": way.nonce},
        ).validate(read.claims)
    except (JoseError, ValueError, KeyError) as exc:
        raise _wrong("The identity provider's answer cannot be trusted.") from exc
    return dict(read.claims)


async def _person(services: Services, claims: dict[str, Any]) -> Person:
    email = str(claims.get("email", ""))
    async with services.db.auth() as tx:
        found = await people.find(tx, email) if email and claims.get("email_verified") is True else None
    if found is None or found.disabled_at is not None:
        raise _wrong("Nobody with your address was invited here.")
    return found


def _wrong(says: str) -> Unauthorised:
    return Unauthorised(
        says, code="oidc_refused", action=Action("Begin again; if it stays, ask an admin.", "admin")
    )

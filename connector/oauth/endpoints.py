"""The addresses of OAuth: token, revocation, introspection, and the documents that describe them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency

from connector.api.asked import Asked
from connector.api.http import Reply
from connector.api.operation import Answer, Body, operation
from connector.oauth.server import METHODS, ClientRequest, Server, credentials
from connector.services import Services
from control import audit, clients, tokens
from control.access import SCOPES, Caller
from control.store import Login
from kit import ids, metrics, wire
from kit.errors import NotFound, TooMany

_LONGEST = 20_000
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_FORM = "application/x-www-form-urlencoded"


class TokenIn(msgspec.Struct):
    """A wish for a token. The id and the secret may stand in a Basic header instead."""

    grant_type: str
    client_id: str | None = None
    client_secret: str | None = None
    scope: str | None = None


class TokenOut(msgspec.Struct, frozen=True):
    """An access token, valid for `expires_in` seconds. A client may hold several at once."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


class ShownTokenIn(msgspec.Struct):
    """A token to be ended or asked about, with the client's id and secret (or a Basic header)."""

    token: str
    token_type_hint: str | None = None
    client_id: str | None = None
    client_secret: str | None = None


class OAuthError(msgspec.Struct, frozen=True):
    """A refusal as RFC 6749 words it."""

    error: str
    error_description: str


_GRANT = {"grant_type": "client_credentials", "client_id": "client_0199...", "client_secret": "ecs_..."}
_SHOWN = {"token": "eyJhbGciOiJFUzI1NiIs...", "client_id": "client_0199...", "client_secret": "ecs_..."}
_REFUSED = {
    400: Answer(
        kind=OAuthError,
        example={"error": "invalid_scope", "error_description": "This client does not have the scope x."},
        says="The request is not valid.",
    ),
    401: Answer(
        kind=OAuthError,
        example={
            "error": "invalid_client",
            "error_description": "The client id or the client secret is wrong.",
        },
        says="The client could not be authenticated.",
    ),
}


class _Wrong(Exception):
    """A body that is no set of parameters; the text is for the client."""


class OAuth(Controller):
    """The authorization server."""

    path = "/oauth"
    tags = ["OAuth"]  # noqa: RUF012 - Litestar's own attribute

    @post(
        "/token",
        **operation(
            "getToken",
            "Get an access token by client credentials",
            public=True,
            body=Body(kind=TokenIn, examples={"client": _GRANT}, media_types=(_FORM, "application/json")),
            answers={
                200: Answer(
                    kind=TokenOut,
                    example={
                        "access_token": "eyJhbGciOiJFUzI1NiIs...",
                        "token_type": "Bearer",
                        "expires_in": 900,
                        "scope": "roles:read runs:read",
                    },
                    says="A token.",
                ),
                **_REFUSED,
            },
            errors=(TooMany,),
        ),
    )
    async def token(self, request: Request[Any, Any, Any], services: NamedDependency[Services]) -> Reply:
        """Tokens live for minutes and several may live at once. Nothing refreshes them: get a new one."""
        asked, login = await _client_request(request, services)
        if not isinstance(asked, ClientRequest):
            return asked
        if not (asked.payload.grant_type or "").strip():
            return _error(400, "invalid_request", "grant_type is missing; send client_credentials.")
        status, body, headers = Server(services.tokens, services.settings, login).create_token_response(asked)
        if status == 200 and login is not None:
            metrics.TOKENS_ISSUED.inc()
            async with services.db.auth() as tx:
                await clients.mark_used(tx, login)
        return Reply(body, status, headers={**_NO_STORE, **_challenge(headers)})

    @post(
        "/revoke",
        **operation(
            "revokeToken",
            "End a token before its time",
            public=True,
            body=Body(kind=ShownTokenIn, examples={"token": _SHOWN}, media_types=(_FORM, "application/json")),
            answers={
                200: Answer(kind=dict[str, Any], example={}, says="Ended, or not alive anyway."),
                **_REFUSED,
            },
        ),
    )
    async def revoke(self, request: Request[Any, Any, Any], services: NamedDependency[Services]) -> Reply:
        """RFC 7009. A client ends its own tokens; one that is unknown or over is answered with 200 too."""
        asked, login = await _client_request(request, services)
        if not isinstance(asked, ClientRequest):
            return asked
        server = Server(services.tokens, services.settings, login)
        status, body, headers = server.create_endpoint_response("revocation", asked)
        if asked.ended is not None:
            await _end(services, asked)
        return Reply(body, status, headers={**_NO_STORE, **_challenge(headers)})

    @post(
        "/introspect",
        **operation(
            "introspectToken",
            "Ask whether a token is alive, and what it may do",
            public=True,
            body=Body(kind=ShownTokenIn, examples={"token": _SHOWN}, media_types=(_FORM, "application/json")),
            answers={
                200: Answer(
                    kind=dict[str, Any],
                    example={"active": True, "client_id": "client_0199...", "scope": "roles:read"},
                    says="What the token says, or only that it is not active.",
                ),
                **_REFUSED,
            },
        ),
    )
    async def introspect(self, request: Request[Any, Any, Any], services: NamedDependency[Services]) -> Reply:
        """RFC 7662. Tokens of other companies are shown as not active."""
        asked, login = await _client_request(request, services)
        if not isinstance(asked, ClientRequest):
            return asked
        server = Server(services.tokens, services.settings, login)
        status, body, headers = server.create_endpoint_response("introspection", asked)
        return Reply(body, status, headers={**_NO_STORE, **_challenge(headers)})


def _error(status: int, error: str, description: str) -> Reply:
    return Reply(OAuthError(error, description), status, headers=_NO_STORE)


def _challenge(headers: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in headers.items() if name == "WWW-Authenticate"}


async def _client_request(
    request: Request[Any, Any, Any], services: Services
) -> tuple[ClientRequest | Reply, Login | None]:
    """The request as Authlib reads it and the client that it names; a Reply when it cannot be read."""
    try:
        heard = Asked(request.scope, request.receive)
        form = _parameters(await heard.body(_LONGEST), heard.header("content-type"))
    except _Wrong as exc:
        return _error(400, "invalid_request", str(exc)), None
    authorization = request.headers.get("authorization")
    named, readable = credentials(authorization, form)
    peer = request.client.host if request.client else ""
    name = f"token:{(named or '')[:60]}:{peer}"
    services.limits.take(name, services.settings.token_requests_per_second, "token")
    path = request.scope["path"]
    asked = ClientRequest("POST", path, form, authorization if readable else None)
    return asked, await _login(services, named)


def _parameters(raw: bytes, content_type: str) -> dict[str, str]:
    kind = content_type.lower().partition(";")[0].strip()
    if kind == "application/json" or (not kind and raw.lstrip().startswith(b"{")):
        try:
            given = wire.decode(raw)
        except wire.BadJson as exc:
            raise _Wrong(exc.detail.replace('"', "'")) from exc
        return {name: str(value) for name, value in given.items() if value is not None}
    if raw and kind not in (_FORM, ""):
        raise _Wrong(f"Send the parameters as {_FORM} or application/json.")
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=30)
    except ValueError as exc:
        raise _Wrong("The parameters cannot be read.") from exc
    if len({name for name, _ in pairs}) != len(pairs):
        raise _Wrong("A parameter is given twice.")
    return dict(pairs)


async def _login(services: Services, named: str | None) -> Login | None:
    try:
        client_id = ids.parse("client", named or "")
    except NotFound:
        return None
    async with services.db.auth() as tx:
        return await clients.login(tx, client_id)


async def _end(services: Services, asked: ClientRequest) -> None:
    """Write down that a token has ended, and let this process know at once."""
    issued = asked.ended
    if issued is None:
        return
    caller: Caller = issued.caller
    async with services.db.auth() as tx:
        until = datetime.fromtimestamp(issued.expires_at, UTC)
        await tokens.revoke(tx, caller.company_id, issued.jti, until)
        await audit.record(tx, caller, "token.revoked", caller.shown_id)
    await services.tokens.refresh()


class WellKnown(Controller):
    """Documents by which clients find their way."""

    path = "/.well-known"
    tags = ["OAuth"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/jwks.json",
        **operation(
            "getKeys",
            "The public keys that access tokens are signed with",
            public=True,
            answers={200: Answer(kind=dict[str, Any], example={"keys": [{"kty": "EC", "kid": "0199..."}]})},
        ),
    )
    async def jwks(self, services: NamedDependency[Services]) -> Reply:
        """RFC 7517. The next key is published long before it signs."""
        return Reply(services.tokens.keys.public(), headers={"Cache-Control": "public, max-age=300"})

    @get(
        "/oauth-authorization-server",
        **operation(
            "getAuthorizationServer",
            "What the authorization server can do",
            public=True,
            answers={200: Answer(kind=dict[str, Any], example={"issuer": "https://connector.example.com"})},
        ),
    )
    async def authorization_server(self, services: NamedDependency[Services]) -> Reply:
        """RFC 8414."""
        return Reply(server_metadata(services.settings.public_url))

    @get(
        "/oauth-protected-resource",
        **operation(
            "getProtectedResource",
            "Where tokens for this API come from",
            public=True,
            answers={200: Answer(kind=dict[str, Any], example={"resource": "https://connector.example.com"})},
        ),
    )
    async def protected_resource(self, services: NamedDependency[Services]) -> Reply:
        """RFC 9728."""
        address = services.settings.public_url
        return Reply(
            {
                "resource": address,
                "authorization_servers": [address],
                "scopes_supported": list(SCOPES),
                "bearer_methods_supported": ["header"],
                "resource_name": "Etter Connector",
            }
        )


def server_metadata(address: str) -> dict[str, Any]:
    """The RFC 8414 document of the service at this address."""
    return {
        "issuer": address,
        "token_endpoint": f"{address}/oauth/token",
        "token_endpoint_auth_methods_supported": METHODS,
        "revocation_endpoint": f"{address}/oauth/revoke",
        "revocation_endpoint_auth_methods_supported": METHODS,
        "introspection_endpoint": f"{address}/oauth/introspect",
        "introspection_endpoint_auth_methods_supported": METHODS,
        "jwks_uri": f"{address}/.well-known/jwks.json",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": ["none"],
        "scopes_supported": list(SCOPES),
    }

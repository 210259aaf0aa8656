"""Authlib's authorization server with what it asks of us: requests, clients, tokens.

It is built anew for each request around the one client that the request names, because it looks
clients up without waiting and ours are in the database.
"""

from __future__ import annotations

import base64
import re
from typing import Any
from urllib.parse import unquote

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidScopeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator

from connector.oauth.verify import Issued, Tokens
from control import clients
from control.store import Login
from kit import ids
from kit.errors import Unauthorised
from kit.settings import Settings

METHODS = ["client_secret_basic", "client_secret_post"]
_SAID = {
    "unsupported_grant_type": "Only grant_type client_credentials is served here.",
    "invalid_grant": "The token belongs to another client.",
    "invalid_request": "A parameter is missing or not valid.",
}
Answer = tuple[int, dict[str, Any], dict[str, str]]


class ClientRequest(OAuth2Request):  # type: ignore[misc]
    """A request with its form already read (JSON bodies are forms to us)."""

    def __init__(self, method: str, path: str, form: dict[str, str], authorization: str | None) -> None:
        # TLS ends in front of this process; Authlib would refuse to serve without it.
        headers = {"Authorization": authorization} if authorization else {}
        super().__init__(method, f"https://connector{path}", headers=headers)
        self.payload = BasicOAuth2Payload(form)
        self._form = form
        self.ended: Issued | None = None

    @property
    def form(self) -> dict[str, str]:
        """The parameters of the body."""
        return self._form

    @property
    def args(self) -> dict[str, str]:
        """Parameters in the address do not count."""
        return {}


def credentials(authorization: str | None, form: dict[str, str]) -> tuple[str | None, bool]:
    """The client id that a request names, and whether its Authorization header can be read."""
    if authorization is None or not authorization.lower().startswith("basic "):
        return form.get("client_id"), authorization is None
    try:
        text = base64.b64decode(authorization[6:].strip(), validate=True).decode()
    except ValueError:  # not base64, or not UTF-8 inside
        return form.get("client_id"), False
    return unquote(text.partition(":")[0]), True


class _Client(ClientMixin):  # type: ignore[misc]
    """A client of ours in Authlib's eyes."""

    def __init__(self, login: Login) -> None:
        self.login = login

    def get_client_id(self) -> str:
        return ids.show("client", self.login.id)

    def get_allowed_scope(self, scope: str | None) -> str:
        wanted = (scope or "").split()
        if not wanted:
            return " ".join(self.login.scopes)
        lacking = [
            re.sub(r"[^A-Za-z0-9_:.-]", "?", name)[:40] for name in wanted if name not in self.login.scopes
        ]
        if lacking:
            raise InvalidScopeError(
                description=f"This client does not have the scope {', '.join(lacking[:5])}."
            )
        return " ".join(name for name in self.login.scopes if name in wanted)

    def check_client_secret(self, client_secret: str) -> bool:
        return clients.fits(self.login, client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in METHODS

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "client_credentials"


class _Grant(ClientCredentialsGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS


class _Generator(JWTBearerTokenGenerator):  # type: ignore[misc]
    """Access tokens after RFC 9068, for this service only."""

    def __init__(self, tokens: Tokens, settings: Settings) -> None:
        super().__init__(
            issuer=settings.public_url, alg="ES256", expires_generator=lambda *_: settings.token_seconds
        )
        self._tokens = tokens

    def get_jwks(self) -> Any:
        return self._tokens.keys.signing()

    def get_audiences(self, client: Any, user: Any, scope: str) -> str:
        return str(self.issuer)

    def get_jti(self, client: Any, grant_type: str, user: Any, scope: str) -> str:
        return ids.new().hex

    def get_extra_claims(self, client: _Client, grant_type: str, user: Any, scope: str) -> dict[str, str]:
        return {
            "company": ids.show("company", client.login.company_id),
            "client_name": client.login.name,
        }


class _Known:
    """A token that somebody shows us, for revocation and introspection."""

    def __init__(self, issued: Issued, alive: bool) -> None:
        self.issued = issued
        self._alive = alive

    def check_client(self, client: _Client) -> bool:
        return self.issued.caller.id == client.login.id

    def is_expired(self) -> bool:
        return False  # an expired token is not read at all

    def is_revoked(self) -> bool:
        return not self._alive


class _Revocation(RevocationEndpoint):  # type: ignore[misc]
    CLIENT_AUTH_METHODS = METHODS

    def query_token(self, token_string: str, token_type_hint: str | None) -> _Known | None:
        known: _Known | None = self.server.known(token_string)
        return known

    def revoke_token(self, token: _Known, request: ClientRequest) -> None:
        request.ended = token.issued  # written by the handler, which may wait


class _Introspection(IntrospectionEndpoint):  # type: ignore[misc]
    CLIENT_AUTH_METHODS = METHODS

    def query_token(self, token_string: str, token_type_hint: str | None) -> _Known | None:
        known: _Known | None = self.server.known(token_string)
        return known

    def check_permission(self, token: _Known, client: _Client, request: ClientRequest) -> bool:
        return token.issued.caller.company_id == client.login.company_id

    def introspect_token(self, token: _Known) -> dict[str, Any]:
        issued = token.issued
        return {
            "active": True,
            "client_id": issued.caller.shown_id,
            "sub": issued.caller.shown_id,
            "company": ids.show("company", issued.caller.company_id),
            "scope": " ".join(sorted(issued.caller.scopes)),
            "token_type": "Bearer",
            "iat": int(issued.issued_at),
            "exp": int(issued.expires_at),
            "jti": issued.jti,
            "iss": self.server.issuer,
            "aud": self.server.issuer,
        }


class Server(AuthorizationServer):  # type: ignore[misc]
    """The authorization server for one request and the client that it names (if there is such)."""

    def __init__(self, tokens: Tokens, settings: Settings, login: Login | None) -> None:
        super().__init__()
        self.issuer = settings.public_url
        self._tokens = tokens
        self._login = login if login is not None and login.disabled_at is None else None
        self.register_grant(_Grant)
        self.register_endpoint(_Revocation)
        self.register_endpoint(_Introspection)
        self.register_token_generator("default", _Generator(tokens, settings))

    def known(self, token: str) -> _Known | None:
        """A token that is ours and has not ended by itself."""
        try:
            issued = self._tokens.read(token)
        except Unauthorised:
            return None
        return _Known(issued, self._tokens.alive(issued))

    def query_client(self, client_id: str) -> _Client | None:
        if self._login is None or ids.show("client", self._login.id) != client_id:
            return None
        return _Client(self._login)

    def save_token(self, token: dict[str, Any], request: ClientRequest) -> None:
        """Tokens are not kept: they carry everything themselves."""

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: ClientRequest) -> ClientRequest:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Answer:
        """Wrong credentials are a 401 wherever they stood, in words for whoever sets up a connection."""
        answer, named = dict(body), dict(headers)
        if answer.get("error") == "invalid_client":
            answer["error_description"] = (
                "The client id or the client secret is wrong, or the client is disabled."
            )
            named["WWW-Authenticate"] = 'Basic realm="connector", error="invalid_client"'
            return 401, answer, named
        if "error" in answer:
            answer.setdefault("error_description", _SAID.get(answer["error"], "The request is not valid."))
        return status, answer, named

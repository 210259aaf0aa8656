"""Access tokens, checked on every request: signature once, everything else from memory."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from typing import Any
from uuid import UUID

import msgspec
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError

from control import keys, tokens
from control.access import Caller
from control.tokens import AccessState
from kit import ids, log, metrics
from kit.db import Db
from kit.errors import Action, Fault, NotFound, Unauthorised
from kit.settings import Settings
from kit.vault import Vault

_log = log.get("connector.oauth")
_LONGEST = 4096
_LEEWAY = 5


class Issued(msgspec.Struct, frozen=True):
    """What a well-signed token says. `issued_at` and `expires_at` are seconds since 1970; the first has
    the token id's milliseconds."""

    jti: str
    caller: Caller
    issued_at: float
    expires_at: float


def _refuse(reason: str, detail: str) -> Unauthorised:
    metrics.AUTH_REFUSED.labels(reason).inc()
    return Unauthorised(
        detail,
        code=f"token_{reason}",
        action=Action("Get a token from /oauth/token and send it as Authorization: Bearer <token>."),
    )


def bearer(header: str | None) -> str:
    """The token in an Authorization header; Unauthorised when there is none."""
    if header is None:
        raise _refuse("missing", "The request has no Authorization header.")
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "bearer":
        raise _refuse("missing", "The Authorization header does not hold a Bearer token.")
    if not token.strip():
        raise _refuse("missing", "The Authorization header holds no token after Bearer.")
    return token.strip()


class Tokens:
    """The verifier of one process. `refresh` after a change here; `watch` notices changes elsewhere."""

    def __init__(self, db: Db, vault: Vault, settings: Settings) -> None:
        self._db = db
        self._vault = vault
        self._settings = settings
        self._cache: OrderedDict[bytes, Issued] = OrderedDict()
        self._state: AccessState | None = None
        self._keys: keys.Keys | None = None

    @property
    def keys(self) -> keys.Keys:
        """The signing keys."""
        if self._keys is None:
            raise Fault("Access is not ready yet.", code="starting", retry=True, retry_after=1)
        return self._keys

    @property
    def remembered(self) -> int:
        """How many verified tokens are in memory."""
        return len(self._cache)

    async def start(self) -> None:
        """Make sure there are keys, and load the state."""
        async with self._db.auth() as tx:
            await keys.ensure(tx, self._vault)
        await self.refresh()

    async def refresh(self) -> None:
        """Load the state anew and forget what was verified before."""
        async with self._db.auth() as tx:
            state = await tokens.load(tx, self._settings.token_seconds)
        self._keys = keys.Keys(state.keys, self._vault)
        self._state = state
        self._cache.clear()

    async def watch(self) -> None:
        """Look at the change counter for ever. While the database is away nothing can change either."""
        while True:
            await asyncio.sleep(self._settings.auth_poll_seconds)
            try:
                async with self._db.auth() as tx:
                    counter = await tokens.counter(tx)
                if self._state is None or counter != self._state.counter:
                    await self.refresh()
            except Exception as exc:  # the watch outlives whatever the database does
                _log.warning("access.poll_failed", error=type(exc).__name__)

    def verify(self, token: str) -> Caller:
        """Who a token stands for; Unauthorised when it is malformed, expired or revoked."""
        digest = hashlib.sha256(token.encode()).digest()
        issued = self._cache.get(digest)
        if issued is None:
            issued = self.read(token)
            if not self.alive(issued):
                raise _refuse("revoked", "The token was revoked.")
            self._cache[digest] = issued
            if len(self._cache) > self._settings.token_cache:
                self._cache.popitem(last=False)
        if issued.expires_at + _LEEWAY < time.time():
            raise _refuse("expired", "The token has expired.")
        return issued.caller

    def alive(self, issued: Issued) -> bool:
        """Whether nobody has ended a well-signed token."""
        return self._state is not None and self._state.counts(issued.jti, issued.caller.id, issued.issued_at)

    def read(self, token: str) -> Issued:
        """What a token says, once its signature, issuer, audience and life are good. Unauthorised."""
        if len(token) > _LONGEST:
            raise _refuse("malformed", "The token is not one of ours.")
        try:
            decoded = jwt.decode(token, self.keys.all, algorithms=["ES256"])
            if decoded.header.get("typ") != "at+jwt":
                raise _refuse("malformed", "The token is not an access token.")
            address = self._settings.public_url
            jwt.JWTClaimsRegistry(
                leeway=_LEEWAY,
                iss={"essential": True, "value": address},
                aud={"essential": True, "value": address},
                exp={"essential": True},
            ).validate(decoded.claims)
            return _issued(decoded.claims)
        except ExpiredTokenError as exc:
            raise _refuse("expired", "The token has expired.") from exc
        except (JoseError, ValueError, TypeError, KeyError, RecursionError, NotFound) as exc:
            raise _refuse("malformed", "The token is not one of ours.") from exc


def _issued(claims: dict[str, Any]) -> Issued:
    jti = UUID(hex=claims["jti"])
    caller = Caller(
        kind="client",
        company_id=ids.parse("company", claims["company"]),
        id=ids.parse("client", claims["client_id"]),
        name=str(claims["client_name"]),
        scopes=frozenset(str(claims["scope"]).split()),
    )
    # The first 48 bits of a UUIDv7 are its milliseconds, finer than the whole seconds of `iat`.
    return Issued(claims["jti"], caller, (jti.int >> 80) / 1000, float(claims["exp"]))

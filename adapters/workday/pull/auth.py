"""The ways into Workday: how a token is got, and what a request carries."""

from __future__ import annotations

import time
from urllib.parse import quote

from msgspec.structs import replace

from adapters.calls import Patience
from adapters.pull import Keep
from adapters.tokens import Granted, Tokens, ask, basic_header, client_id, signed
from adapters.workday.pull.access import JwtBearer, RefreshToken, UsernameToken, WorkdayAccess
from adapters.workday.pull.answers import SYSTEM
from kit.host import Host

_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFE = 300  # seconds that a signed word holds


class Auth:
    """What lets a connection in. `settings` are those that hold now: a refresh token may be replaced."""

    def __init__(self, settings: WorkdayAccess, host: Host, patience: Patience, keep: Keep | None) -> None:
        self.settings = settings
        self._host = host
        self.patience = patience
        self._keep = keep
        self._tokens = Tokens(self._fetch)

    @property
    def user(self) -> UsernameToken | None:
        """The user and password, where there is no token."""
        auth = self.settings.auth
        return auth if isinstance(auth, UsernameToken) else None

    async def token(self) -> str:
        """The access token; "" where there is none. Raises PullFault."""
        return "" if self.user else await self._tokens.get()

    def header(self, token: str) -> dict[str, str]:
        """The Authorization header. SOAP carries a user's password in its body."""
        if self.user and self.settings.api == "soap":
            return {}
        if self.user:
            return {"Authorization": basic_header(self.user.username, self.user.password)}
        return {"Authorization": f"Bearer {token}"}

    def drop(self, token: str) -> bool:
        """Forget a refused token; False when there is none that could be fetched anew."""
        self._tokens.drop(token)
        return self.user is None

    async def _fetch(self) -> Granted:
        auth = self.settings.auth
        assert not isinstance(auth, UsernameToken)  # noqa: S101 - `token` asks for none then
        form, secret = {"grant_type": "client_credentials"}, auth.client_secret
        identity = client_id(auth.client_id)
        if isinstance(auth, RefreshToken):
            form = {"grant_type": "refresh_token", "refresh_token": auth.refresh_token}
        elif isinstance(auth, JwtBearer):
            form = {"grant_type": _JWT_BEARER, "assertion": _word(auth, identity)}
        if secret is None:
            form["client_id"] = identity
        granted = await ask(
            SYSTEM,
            self._host,
            f"/ccx/oauth2/{quote(self.settings.tenant, safe='')}/token",
            form,
            self.settings,
            self.patience,
            basic=(identity, secret) if secret else None,
        )
        await self._kept(granted)
        return granted

    async def _kept(self, granted: Granted) -> None:
        auth = self.settings.auth
        new = granted.refresh_token
        if isinstance(auth, RefreshToken) and new and new != auth.refresh_token:
            self.settings = replace(self.settings, auth=replace(auth, refresh_token=new))
            if self._keep is not None:
                await self._keep(self.settings)


def _word(auth: JwtBearer, identity: str) -> str:
    now = int(time.time())
    claims = {"iss": identity, "sub": auth.username, "aud": "wd", "iat": now, "exp": now + _LIFE}
    return signed(claims, auth.private_key)

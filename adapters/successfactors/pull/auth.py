"""The ways into SuccessFactors: how a token is got, and what a request carries."""

from __future__ import annotations

from adapters.access import origin
from adapters.calls import Patience
from adapters.successfactors.pull.access import Mtls, Oidc, SamlBearer, SuccessFactorsAccess
from adapters.successfactors.pull.answers import SYSTEM
from adapters.successfactors.pull.saml import assertion
from adapters.tokens import Granted, Tokens, ask
from kit.host import Certificate, Host
from kit.http import CompanyHttp

SAML_BEARER = "urn:ietf:params:oauth:grant-type:saml2-bearer"
DEPENDENCY = "urn:sap:identity:application:provider:name:"
IDENTITY = "SAP Cloud Identity"


class Auth:
    """What lets a connection in, and the hosts it needs for that."""

    def __init__(self, settings: SuccessFactorsAccess, http: CompanyHttp, patience: Patience) -> None:
        auth = settings.auth
        certificate = Certificate(auth.certificate, auth.private_key) if isinstance(auth, Mtls) else None
        self.host = Host(http, origin(settings.address), certificate)
        self._issuer = Host(http, origin(auth.issuer)) if isinstance(auth, Oidc) else self.host
        self._settings = settings
        self.patience = patience
        self._tokens = Tokens(self._fetch)

    async def token(self) -> str:
        """The access token; "" where the certificate is all. Raises PullFault."""
        return "" if isinstance(self._settings.auth, Mtls) else await self._tokens.get()

    def header(self, token: str) -> dict[str, str]:
        """The Authorization header, if there is one."""
        return {"Authorization": f"Bearer {token}"} if token else {}

    def drop(self, token: str) -> bool:
        """Forget a refused token; False when there is none that could be fetched anew."""
        self._tokens.drop(token)
        return bool(token)

    async def close(self) -> None:
        """Close the connections."""
        await self.host.close()
        await self._issuer.close()

    async def _fetch(self) -> Granted:
        auth = self._settings.auth
        if isinstance(auth, SamlBearer):
            return await self._by_assertion(auth)
        assert isinstance(auth, Oidc)  # noqa: S101 - a certificate needs no token
        form = {
            "grant_type": "client_credentials",
            "client_id": auth.client_id,
            "client_secret": auth.client_secret,
            "resource": DEPENDENCY + auth.dependency,
        }
        return await ask(IDENTITY, self._issuer, "/oauth2/token", form, self._settings, self.patience)

    async def _by_assertion(self, auth: SamlBearer) -> Granted:
        address = f"{origin(self._settings.address)}/oauth/token"
        form = {
            "grant_type": SAML_BEARER,
            "company_id": self._settings.company_id,
            "client_id": auth.client_id,
            "assertion": assertion(auth.client_id, auth.user, address, auth.private_key),
        }
        return await ask(SYSTEM, self.host, "/oauth/token", form, self._settings, self.patience)

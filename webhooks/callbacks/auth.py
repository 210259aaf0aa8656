"""How a receiver lets us in, beside the signature that every message carries."""

from __future__ import annotations

import base64
import re
import ssl
import time
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlencode

import msgspec
from cryptography import x509

from kit.errors import Fault
from kit.host import Certificate, check, tls
from kit.http import AddressRefused, AddressRules, CompanyHttp, check_address
from kit.vault import Vault, VaultFault

AuthKind = Literal["none", "header", "basic", "oauth2", "mtls"]
_NAME = re.compile(r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")
_OURS = re.compile(
    r"^(host|connection|content-.*|transfer-.*|te|upgrade|webhook-.*|x-workato-dedup)$", re.IGNORECASE
)
_NEEDS: dict[AuthKind, tuple[str, ...]] = {
    "none": (),
    "header": ("name", "value"),
    "basic": ("username", "password"),
    "oauth2": ("token_url", "client_id", "client_secret"),
    "mtls": ("certificate", "private_key"),
}
_LONGEST = 4_000
_LONGEST_PEM = 65_536
_PEM = ("certificate", "private_key")
_EARLY = 30.0
_USUAL_LIFE = 3600.0


class AuthFault(Fault):
    """No token could be had, or what lets us in cannot be read; the delivery is tried again."""

    code = "callback_auth"


class Auth(msgspec.Struct, frozen=True, kw_only=True):
    """`header`: name and value of a header, such as `api-token`. `basic`: username, password. `oauth2`:
    client credentials at `token_url`, such as https://apim.workato.com/oauth2/token. `mtls`: a client
    certificate with its chain, and its private key without a password, both in PEM. `none`: the signature
    alone."""

    kind: AuthKind = "none"
    name: str = ""
    value: str = ""
    username: str = ""
    password: str = ""
    token_url: str = ""
    client_id: str = ""
    client_secret: str = ""
    scope: str = ""
    certificate: str = ""
    private_key: str = ""

    def __repr__(self) -> str:
        return f"Auth({self.kind}, [hidden])"

    def sealed(self, vault: Vault) -> str:
        """For the database."""
        return "" if self.kind == "none" else vault.seal(msgspec.json.encode(self).decode())

    def tls(self) -> ssl.SSLContext | None:
        """How the receiver knows us by our certificate; None without one. Raises AddressRefused."""
        return tls(Certificate(self.certificate, self.private_key)) if self.kind == "mtls" else None

    def ends_at(self) -> datetime | None:
        """When it is good no longer: the earliest end in the chain of its certificate."""
        if self.kind != "mtls":
            return None
        chain = x509.load_pem_x509_certificates(self.certificate.encode())
        return min(one.not_valid_after_utc for one in chain)

    def secrets(self) -> list[str]:
        """What must never be in a log."""
        return [one for one in (self.value, self.password, self.client_secret) if one]


def faults(auth: Auth, rules: AddressRules) -> list[str]:
    """What is wrong with it, as sentences."""
    lacking = [name for name in _NEEDS[auth.kind] if not getattr(auth, name)]
    if lacking:
        return [f"The kind {auth.kind} needs {' and '.join(lacking)}."]
    plain = [value for name, value in msgspec.structs.asdict(auth).items() if name not in _PEM]
    if any(len(value) > _LONGEST or not value.isprintable() for value in plain):
        return [f"Its texts are printable and at most {_LONGEST} characters long."]
    if auth.kind == "header" and (not _NAME.match(auth.name) or _OURS.match(auth.name)):
        return [f"The header {auth.name[:40]} cannot be set."]
    if auth.kind == "mtls":
        return _certificate_faults(auth)
    if auth.kind == "oauth2":
        try:
            check_address(auth.token_url, rules)
        except AddressRefused as refused:
            return [refused.message]
    return []


def _certificate_faults(auth: Auth) -> list[str]:
    if len(auth.certificate) > _LONGEST_PEM or len(auth.private_key) > _LONGEST_PEM:
        return [f"Certificate and private_key are at most {_LONGEST_PEM} characters long each."]
    try:
        check(Certificate(auth.certificate, auth.private_key))
        ends = auth.ends_at()
    except AddressRefused as refused:
        return [refused.message]
    except ValueError:
        return ["The certificate is no PEM."]
    if ends is not None and ends <= datetime.now(UTC):
        return [f"The certificate ended on {ends:%Y-%m-%d}; send one that is still good."]
    return []


def opened(vault: Vault, sealed: str) -> Auth:
    """From the database. Raises AuthFault."""
    if not sealed:
        return Auth()
    try:
        return msgspec.json.decode(vault.open(sealed), type=Auth)
    except (VaultFault, msgspec.DecodeError) as exc:
        raise AuthFault("The subscription's credentials cannot be read; set them again.") from exc


class Passes:
    """The headers that let us in. Tokens are kept until shortly before their end, or until one is refused."""

    def __init__(self) -> None:
        self._tokens: dict[Auth, tuple[str, float]] = {}

    async def headers(self, http: CompanyHttp, auth: Auth, seconds: float) -> dict[str, str]:
        """What to send. Raises AuthFault, HttpFault."""
        if auth.kind == "header":
            return {auth.name: auth.value}
        if auth.kind == "basic":
            pair = base64.b64encode(f"{auth.username}:{auth.password}".encode()).decode()
            return {"Authorization": f"Basic {pair}"}
        if auth.kind == "oauth2":
            return {"Authorization": f"Bearer {await self._token(http, auth, seconds)}"}
        return {}

    def refused(self, auth: Auth) -> None:
        """The receiver took it no longer."""
        self._tokens.pop(auth, None)

    async def _token(self, http: CompanyHttp, auth: Auth, seconds: float) -> str:
        kept = self._tokens.get(auth)
        if kept is not None and kept[1] > time.monotonic():
            return kept[0]
        form = {"grant_type": "client_credentials", "client_id": auth.client_id}
        form |= {"client_secret": auth.client_secret} | ({"scope": auth.scope} if auth.scope else {})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        answer = await http.post(auth.token_url, urlencode(form).encode(), headers, seconds=seconds)
        token, life = _granted(answer.body) if answer.status == 200 else ("", 0.0)
        if not token:
            raise AuthFault(f"The token address answered {answer.status} and gave no token.")
        now = time.monotonic()
        alive = {one: kept for one, kept in self._tokens.items() if kept[1] > now}
        self._tokens = alive | {auth: (token, now + max(0.0, life - _EARLY))}
        return token


def _granted(body: bytes) -> tuple[str, float]:
    try:
        said: Any = msgspec.json.decode(body)
        return str(said["access_token"]), float(said.get("expires_in") or _USUAL_LIFE)
    except (msgspec.DecodeError, KeyError, TypeError, ValueError, AttributeError):
        return "", 0.0

"""What a connection to Workday needs; which of the ways in a tenant offers is up to its administrator."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from adapters.access import Access, Address, Name, PrivateKey, Secret, origin

HOSTS = ("*.workday.com", "*.myworkday.com", "*.workdaysuv.com")
"""Where Workday's services stand (`wd2-impl-services1.workday.com`, `impl-services1.wd12.myworkday.com`)."""

Version = Annotated[str, msgspec.Meta(pattern=r"^v[0-9]{2}\.[0-9]$")]
Report = Annotated[str, msgspec.Meta(pattern=r"^[^/?#\s]{1,150}/[^/?#\s]{1,150}$")]


class UsernameToken(Access, frozen=True, kw_only=True, tag_field="kind", tag="username_token"):
    """An Integration System User with its password: WS-Security in SOAP, HTTP Basic in REST and reports."""

    username: Name
    password: Secret


class RefreshToken(Access, frozen=True, kw_only=True, tag_field="kind", tag="refresh_token"):
    """An API Client for Integrations with a refresh token (best one that does not expire)."""

    client_id: Name
    client_secret: Secret
    refresh_token: Secret


class JwtBearer(Access, frozen=True, kw_only=True, tag_field="kind", tag="jwt_bearer"):
    """An API client that trusts our key: we sign a short word for the integration user `username`."""

    client_id: Name
    client_secret: Secret | None = None
    username: Name
    private_key: PrivateKey


class ClientCredentials(Access, frozen=True, kw_only=True, tag_field="kind", tag="client_credentials"):
    """An API client that stands for itself."""

    client_id: Name
    client_secret: Secret


Auth = UsernameToken | RefreshToken | JwtBearer | ClientCredentials


class WorkdayAccess(Access, frozen=True, kw_only=True):
    """`address` is the tenant's services host, not the one people sign in at. `api` says which of Workday's
    doors is used: `soap` (descriptions, codes, changes since), `rest` (no codes, no changes since) or
    `raas`, a custom report `owner/Report_Name` whose columns the company chose."""

    address: Address
    tenant: Name
    auth: Auth
    api: Literal["soap", "rest", "raas"] = "soap"
    version: Version = "v44.2"
    report: Report | None = None
    page_size: Annotated[int, msgspec.Meta(ge=1, le=999)] = 100

    def addresses(self) -> tuple[str, ...]:
        """Every origin that will be called."""
        return (origin(self.address),)

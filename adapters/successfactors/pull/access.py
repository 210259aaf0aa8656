"""What a connection to SAP SuccessFactors needs. Basic authentication is not offered: SAP has ended it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from adapters.access import Access, Address, Name, PrivateKey, Secret, origin

HOSTS = (
    *("*.successfactors.com", "*.successfactors.eu", "*.sapsf.com", "*.sapsf.eu", "*.sapsf.cn"),
    *("*.hr.cloud.sap", "*.hcm.ondemand.com", "*.accounts.ondemand.com", "*.accounts.cloud.sap"),
)
"""Where SuccessFactors' APIs and SAP's identity service stand (`api10.successfactors.com`)."""

EntitySet = Literal["FOJobCode", "JobProfile", "RoleEntity"]


class SamlBearer(Access, frozen=True, kw_only=True, tag_field="kind", tag="saml_bearer"):
    """An OAuth client of the tenant that trusts our key: we sign a short SAML assertion for `user`, here and
    never at SAP's own signing address. `client_id` is the API key."""

    client_id: Name
    user: Name
    private_key: PrivateKey


class Oidc(Access, frozen=True, kw_only=True, tag_field="kind", tag="oidc"):
    """A technical client of SAP Cloud Identity at `issuer`; `dependency` is the name of its dependency on
    SuccessFactors (API `sf_technical_access`), whose user SuccessFactors binds to the client."""

    issuer: Address
    client_id: Name
    client_secret: Secret
    dependency: Name


class Mtls(Access, frozen=True, kw_only=True, tag_field="kind", tag="mtls"):
    """A client certificate (PEM, with its chain) that Security Center maps to an API user."""

    certificate: Annotated[str, msgspec.Meta(min_length=1, max_length=65_536)]
    private_key: PrivateKey


Auth = SamlBearer | Oidc | Mtls


class SuccessFactorsAccess(Access, frozen=True, kw_only=True):
    """`address` is the API host of the tenant's data centre. `sets` are the kinds of records to fetch, in
    this order; a tenant without Job Profile Builder has FOJobCode alone."""

    address: Address
    company_id: Name
    auth: Auth
    sets: Annotated[tuple[EntitySet, ...], msgspec.Meta(min_length=1, max_length=3)] = (
        "FOJobCode",
        "JobProfile",
    )
    page_size: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 50

    def addresses(self) -> tuple[str, ...]:
        """Every origin that will be called."""
        more = (origin(self.auth.issuer),) if isinstance(self.auth, Oidc) else ()
        return (origin(self.address), *more)

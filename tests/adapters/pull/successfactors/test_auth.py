"""The ways into SuccessFactors: an assertion signed here, the identity service, a client certificate."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from lxml import etree

from adapters.successfactors.pull.access import Auth, Mtls, Oidc, SamlBearer, SuccessFactorsAccess
from adapters.successfactors.pull.client import SuccessFactorsPuller, client
from kit.http import CompanyHttp
from tests.adapters.pull.keys import pair
from tests.adapters.pull.ways import ALL, QUICK, ended, every
from tests.fakes.receiver import Got, Reply
from tests.fakes.successfactors import JSON, Tenant

pytestmark = pytest.mark.asyncio(loop_scope="function")
SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
DSIG = "{http://www.w3.org/2000/09/xmldsig#}"


def puller(tenant: Tenant, http: CompanyHttp, auth: Auth) -> SuccessFactorsPuller:
    settings = SuccessFactorsAccess(address=tenant.url, company_id="acme", auth=auth)
    return client(settings, http, patience=QUICK)


def signed(assertion: str, public: str) -> Any:
    """The assertion, if its signature holds; read by the rules of XML Signature, not by our own code."""
    root = etree.fromstring(base64.b64decode(assertion))
    signature = root.find(f"{DSIG}Signature")
    assert [one.tag for one in root[:2]] == [f"{SAML}Issuer", f"{DSIG}Signature"]  # the schema's order
    info = signature.find(f"{DSIG}SignedInfo")
    canonical = etree.tostring(info, method="c14n", exclusive=True)
    key = load_pem_public_key(public.encode())
    assert isinstance(key, rsa.RSAPublicKey)
    value = base64.b64decode(signature.findtext(f"{DSIG}SignatureValue"))
    key.verify(value, canonical, padding.PKCS1v15(), hashes.SHA256())
    assert info.find(f"{DSIG}Reference").get("URI") == f"#{root.get('ID')}"
    root.remove(signature)
    digest = hashlib.sha256(etree.tostring(root, method="c14n", exclusive=True)).digest()
    assert base64.b64decode(info.findtext(f".//{DSIG}DigestValue")) == digest
    return root


async def test_an_assertion_signed_here_is_exchanged_for_a_token(tenant: Tenant, http: CompanyHttp) -> None:
    key = pair("api")
    auth = SamlBearer(client_id="api-key", user="sf<admin>", private_key=key.private)
    assert (await puller(tenant, http, auth).check()).ok
    form = tenant.forms[0]
    root = signed(form["assertion"], key.public)
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:saml2-bearer"
    assert (form["company_id"], form["client_id"]) == ("acme", "api-key")
    assert root.findtext(f"{SAML}Issuer") == "api-key"
    assert root.findtext(f".//{SAML}NameID") == "sf<admin>"
    assert root.findtext(f".//{SAML}Audience") == "www.successfactors.com"
    confirmed = root.find(f".//{SAML}SubjectConfirmationData")
    assert confirmed.get("Recipient") == f"{tenant.url}/oauth/token"
    left = datetime.fromisoformat(confirmed.get("NotOnOrAfter")) - datetime.now(UTC)
    assert 500 < left.total_seconds() <= 600
    assert key.private[40:80].encode() not in b"".join(got.body for got in tenant.got)


async def test_an_assertion_that_was_changed_on_the_way_does_not_hold(
    tenant: Tenant, http: CompanyHttp
) -> None:
    key = pair("api")
    auth = SamlBearer(client_id="api-key", user="sfadmin", private_key=key.private)
    await puller(tenant, http, auth).check()
    sent = base64.b64decode(tenant.forms[0]["assertion"])
    changed = base64.b64encode(sent.replace(b"sfadmin", b"someone")).decode()
    with pytest.raises(AssertionError):
        signed(changed, key.public)
    with pytest.raises(InvalidSignature):
        signed(tenant.forms[0]["assertion"], pair("another").public)


async def test_a_refused_assertion_ends_the_pull_at_once_and_for_good(
    tenant: Tenant, http: CompanyHttp
) -> None:
    tenant.lets_in = lambda form: False
    made = puller(tenant, http, SamlBearer(client_id="k", user="u", private_key=pair("api").private))
    for _ in range(2):
        _, fault = await ended(made.pages(ALL))
        assert (fault.reason, fault.retry) == ("credential", False)
        assert "Unable to verify the signature" in fault.message
    assert len(tenant.got) == 1


@pytest.mark.parametrize("key", ["no key at all", pair("api").public])
async def test_a_key_that_is_none_is_said_before_anything_is_sent(
    tenant: Tenant, http: CompanyHttp, key: str
) -> None:
    checked = await puller(tenant, http, SamlBearer(client_id="k", user="u", private_key=key)).check()
    assert (checked.reason, tenant.got) == ("credential", [])


async def test_the_identity_service_gives_a_token_for_the_dependency(
    tenant: Tenant, http: CompanyHttp
) -> None:
    auth = Oidc(issuer=tenant.url, client_id="app", client_secret="s3cret", dependency="successfactors")
    assert (await puller(tenant, http, auth).check()).ok
    assert tenant.got[0].path == "/oauth2/token"
    assert tenant.forms == [
        {
            "grant_type": "client_credentials",
            "client_id": "app",
            "client_secret": "s3cret",
            "resource": "urn:sap:identity:application:provider:name:successfactors",
        }
    ]


async def test_a_token_that_ends_within_a_pull_is_renewed_once(tenant: Tenant, http: CompanyHttp) -> None:
    auth = Oidc(issuer=tenant.url, client_id="app", client_secret="s3cret", dependency="sf")
    tenant.most = 10
    left = [True]

    def end(got: Got, inside: dict[str, Any]) -> None:
        if left and "skiptoken" in got.path:
            left.pop()
            tenant.tokens.clear()

    tenant.on_page = end
    await every(puller(tenant, http, auth).pages(ALL))
    assert (left, len(tenant.forms)) == ([], 2)


async def test_a_fresh_token_that_is_refused_too_ends_the_pull(tenant: Tenant, http: CompanyHttp) -> None:
    auth = Oidc(issuer=tenant.url, client_id="app", client_secret="s3cret", dependency="sf")
    tenant.first = [Reply(401, b"{}", JSON)] * 9
    _, fault = await ended(puller(tenant, http, auth).pages(ALL))
    assert (fault.reason, len(tenant.forms), len(tenant.got)) == ("credential", 2, 4)


async def test_with_a_certificate_no_token_is_sent_or_asked_for(tenant: Tenant, http: CompanyHttp) -> None:
    key = pair("SFAPI")
    made = puller(tenant, http, Mtls(certificate=key.certificate, private_key=key.private))
    checked = await made.check()
    assert checked.reason == "credential"  # on loopback there is no TLS that could show the certificate
    assert [(got.path.split("?")[0], got.headers.get("authorization")) for got in tenant.got] == [
        ("/odata/v2/FOJobCode", None)
    ]
    await made.close()

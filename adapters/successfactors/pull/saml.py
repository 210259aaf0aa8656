"""A SAML 2.0 assertion, signed here: who we speak for, told to SuccessFactors' token endpoint.

Facts: issuer is the API key, recipient the token address, audience `www.successfactors.com`; ten minutes are
enough. The signature is enveloped, exclusive C14N, RSA-SHA256. SAP's own signing address (`/oauth/idp`) wants
the private key in a request and is never used.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree
from lxml.builder import ElementMaker

from adapters.tokens import bad_key

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
AUDIENCE = "www.successfactors.com"
LIFE = timedelta(minutes=10)
_SKEW = timedelta(minutes=1)
_saml = ElementMaker(namespace=SAML, nsmap={"saml2": SAML})
_ds = ElementMaker(namespace=DSIG, nsmap={"ds": DSIG})


def assertion(api_key: str, user: str, token_address: str, private_key: str) -> str:
    """The signed assertion in Base64. Raises PullFault when the key is none."""
    key = _key(private_key)
    now = datetime.now(UTC)
    made = _unsigned(api_key, user, token_address, now)
    digest = base64.b64encode(hashlib.sha256(_canonical(made)).digest()).decode()
    info = _info(str(made.get("ID")), digest)
    signature = _ds.Signature(info)
    made.insert(1, signature)  # after the Issuer, as the schema wants it
    # Canonical form depends on where the element stands, so the signature is made in place.
    value = key.sign(_canonical(info), padding.PKCS1v15(), hashes.SHA256())
    signature.append(_ds.SignatureValue(base64.b64encode(value).decode()))
    return base64.b64encode(etree.tostring(made)).decode()


def _unsigned(api_key: str, user: str, token_address: str, now: datetime) -> etree._Element:
    until = _moment(now + LIFE)
    confirmed = _saml.SubjectConfirmation(
        {"Method": "urn:oasis:names:tc:SAML:2.0:cm:bearer"},
        _saml.SubjectConfirmationData({"NotOnOrAfter": until, "Recipient": token_address}),
    )
    context = _saml.AuthnContext(
        _saml.AuthnContextClassRef("urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport")
    )
    return _saml.Assertion(
        {"ID": f"_{uuid4().hex}", "IssueInstant": _moment(now), "Version": "2.0"},
        _saml.Issuer(api_key),
        _saml.Subject(
            _saml.NameID({"Format": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"}, user), confirmed
        ),
        _saml.Conditions(
            {"NotBefore": _moment(now - _SKEW), "NotOnOrAfter": until},
            _saml.AudienceRestriction(_saml.Audience(AUDIENCE)),
        ),
        _saml.AuthnStatement({"AuthnInstant": _moment(now)}, context),
        _saml.AttributeStatement(_saml.Attribute({"Name": "api_key"}, _saml.AttributeValue(api_key))),
    )


def _info(reference: str, digest: str) -> etree._Element:
    return _ds.SignedInfo(
        _ds.CanonicalizationMethod({"Algorithm": EXCLUSIVE}),
        _ds.SignatureMethod({"Algorithm": RSA_SHA256}),
        _ds.Reference(
            {"URI": f"#{reference}"},
            _ds.Transforms(_ds.Transform({"Algorithm": ENVELOPED}), _ds.Transform({"Algorithm": EXCLUSIVE})),
            _ds.DigestMethod({"Algorithm": SHA256}),
            _ds.DigestValue(digest),
        ),
    )


def _canonical(element: etree._Element) -> bytes:
    return bytes(etree.tostring(element, method="c14n", exclusive=True, with_comments=False))


def _moment(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def _key(private_key: str) -> rsa.RSAPrivateKey:
    try:
        key = serialization.load_pem_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError) as exc:
        raise bad_key() from exc
    if not isinstance(key, rsa.RSAPrivateKey):
        raise bad_key()
    return key

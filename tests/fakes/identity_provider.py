"""An identity provider on 127.0.0.1: code flow with PKCE, for one person, who is always let in."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import RSAKey

from .receiver import Got, Receiver, Reply, listening

_JSON = {"content-type": "application/json"}
CLIENT = "etter"


class IdentityProvider(Receiver):
    """Who signs in has `email`; `issuer` is where it is."""

    def __init__(self, email: str) -> None:
        super().__init__()
        self.email = email
        self.issuer = ""
        self._key = RSAKey.generate_key(2048, {"kid": "k1"}, private=True)
        self._asked: dict[str, str] = {}

    def reply_to(self, got: Got) -> Reply:
        address = urlsplit(got.path)
        if address.path == "/authorize":
            self._asked = {name: values[0] for name, values in parse_qs(address.query).items()}
            back = urlencode({"code": "c", "state": self._asked["state"]})
            return Reply(302, headers={"location": f"{self._asked['redirect_uri']}?{back}"})
        if address.path == "/token":
            return self._token({name: values[0] for name, values in parse_qs(got.body.decode()).items()})
        if address.path == "/keys":
            return _json({"keys": [self._key.as_dict(private=False)]})
        endpoints = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        places = {name: f"{self.issuer}/{path}" for name, path in endpoints.items()}
        return _json({"issuer": self.issuer, **places})

    def _token(self, form: dict[str, str]) -> Reply:
        if create_s256_code_challenge(form["code_verifier"]) != self._asked["code_challenge"]:
            return Reply(400)
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "exp": int(time.time()) + 60,
            "nonce": self._asked["nonce"],
            "email": self.email,
            "email_verified": True,
        }
        token = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self._key)
        return _json({"access_token": "a", "token_type": "Bearer", "id_token": token})


def _json(value: dict[str, Any]) -> Reply:
    return Reply(200, msgspec.json.encode(value), _JSON)


@asynccontextmanager
async def identity_provider(email: str) -> AsyncIterator[IdentityProvider]:
    """A provider that listens."""
    async with listening(IdentityProvider(email)) as provider:
        provider.issuer = provider.url.removesuffix("/hook")
        yield provider

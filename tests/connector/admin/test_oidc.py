"""Signing in at an identity provider: only who was invited gets in, and only with a token that is right."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import respx
from joserfc import jwt
from joserfc.jwk import RSAKey

from connector.door import Door
from connector.services import Services
from kit.settings import Settings
from tests.parts.front import settings_for

from .people import account, browser

ISSUER = "https://idp.example.com"
KEY = RSAKey.generate_key(2048, {"kid": "k1"}, private=True)


@pytest.fixture
def settings(db_url: str) -> Settings:
    return settings_for(db_url, oidc_issuer=ISSUER, oidc_client_id="etter", oidc_client_secret="s")


@pytest.fixture
async def visitor(app: Door) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(app) as http:
        yield http


@pytest.fixture
def provider() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url=ISSUER) as router:
        router.get("/.well-known/openid-configuration").respond(
            json={
                "issuer": ISSUER,
                "authorization_endpoint": f"{ISSUER}/authorize",
                "token_endpoint": f"{ISSUER}/token",
                "jwks_uri": f"{ISSUER}/keys",
            }
        )
        router.get("/keys").respond(json={"keys": [KEY.as_dict(private=False)]})
        yield router


async def arrive(http: httpx.AsyncClient, provider: respx.MockRouter, **over: Any) -> httpx.Response:
    """Go to the provider and come back with a token that says who it is (changed where told)."""
    begun = await http.get("/admin/oidc")
    asked = parse_qs(urlsplit(begun.headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    claims = {
        "iss": ISSUER,
        "aud": "etter",
        "exp": int(time.time()) + 60,
        "nonce": asked["nonce"][0],
        "email": "ada@example.com",
        "email_verified": True,
    } | over
    token = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, KEY)
    answer = {"access_token": "a", "token_type": "Bearer", "id_token": token}
    provider.post("/token").respond(json=answer)
    return await http.get("/admin/oidc/back", params={"code": "c", "state": asked["state"][0]})


async def test_who_was_invited_gets_in(
    services: Services, visitor: httpx.AsyncClient, provider: respx.MockRouter
) -> None:
    await account(services)
    assert "Sign in with your organisation" in (await visitor.get("/admin/sign-in")).text
    answer = await arrive(visitor, provider)
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin")
    assert (await visitor.get("/admin")).status_code == 200


@pytest.mark.parametrize(
    "over",
    [
        {"email": "nobody@example.com"},
        {"email_verified": False},
        {"aud": "somebody else"},
        {"iss": "https://evil.example"},
        {"nonce": "of another sign-in"},
        {"exp": 1},
    ],
    ids=lambda over: next(iter(over)),
)
async def test_a_token_that_is_wrong_in_any_part_lets_nobody_in(
    services: Services, visitor: httpx.AsyncClient, provider: respx.MockRouter, over: dict[str, Any]
) -> None:
    await account(services)
    answer = await arrive(visitor, provider, **over)
    assert answer.status_code == 401
    assert (await visitor.get("/admin")).status_code == 303


async def test_coming_back_without_having_left_lets_nobody_in(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/admin/oidc/back", params={"code": "c", "state": "s"})
    assert answer.status_code == 401

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from connector.services import Services, build
from control import clients, keys
from kit import ids
from kit.errors import Unauthorised
from tests.parts.front import Tenant, settings_for


async def _until(true: Any, seconds: float = 5) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it never came true"
        await asyncio.sleep(0.01)


def _claims(tenant: Tenant, address: str, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": address,
        "aud": address,
        "iat": now,
        "exp": now + 60,
        "jti": ids.new().hex,
        "client_id": f"client_{tenant.client.id.hex}",
        "company": f"company_{tenant.company.id.hex}",
        "client_name": "Workato",
        "scope": "runs:read",
        **changes,
    }


def _sign(services: Services, claims: dict[str, Any], **header: Any) -> str:
    return jwt.encode({"alg": "ES256", "typ": "at+jwt", **header}, claims, services.tokens.keys.signing())


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Bearer",
        "Bearer ",
        "bearer",
        "Basic eDp5",
        "Bearer x",
        "Bearer a.b.c",
        "Bearer " + "a" * 9000,
        "Token",
    ],
)
@pytest.mark.parametrize("path", ["/v1/me", "/v1/nowhere", "/v1", "/v1/me/"])
async def test_without_a_good_token_everything_is_a_401(
    tenant: Tenant, header: str | None, path: str
) -> None:
    headers = {} if header is None else {"Authorization": header}
    for method in ("GET", "POST", "DELETE"):
        answer = await tenant.bare.request(method, path, headers=headers, content=b"{not json")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert "resource_metadata=" in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    ("claims", "header", "code"),
    [
        ({"exp": 1_600_000_000}, {}, "token_expired"),
        ({"iss": "https://elsewhere"}, {}, "token_malformed"),
        ({"aud": "https://elsewhere"}, {}, "token_malformed"),
        ({"jti": "x"}, {}, "token_malformed"),
        ({"company": "role_" + "0" * 32}, {}, "token_malformed"),
        ({}, {"typ": "JWT"}, "token_malformed"),
        ({"iat": 4_000_000_000}, {}, "token_malformed"),
    ],
)
async def test_a_well_signed_token_must_also_be_for_us_and_now(
    tenant: Tenant, services: Services, claims: dict[str, Any], header: dict[str, Any], code: str
) -> None:
    token = _sign(services, _claims(tenant, services.settings.public_url, **claims), **header)
    answer = await tenant.bare.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (401, code)


async def test_a_token_of_another_key_or_algorithm_is_refused(tenant: Tenant, services: Services) -> None:
    claims = _claims(tenant, services.settings.public_url)
    kid = services.tokens.keys.public()["keys"][0]["kid"]
    stranger = ECKey.generate_key("P-256", {"kid": kid})
    shared = OctKey.import_key("s" * 32)
    for token in (
        jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": kid}, claims, stranger),
        jwt.encode({"alg": "HS256", "typ": "at+jwt", "kid": kid}, claims, shared),
    ):
        with pytest.raises(Unauthorised):
            services.tokens.verify(token)


async def test_a_remembered_token_still_ends_in_time(
    tenant: Tenant, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert services.tokens.verify(tenant.token).id == tenant.client.id
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 100_000)
    with pytest.raises(Unauthorised, match="expired"):
        services.tokens.verify(tenant.token)


async def test_a_revoked_token_ends_at_once_here_and_soon_elsewhere(
    tenant: Tenant, services: Services
) -> None:
    elsewhere = build(services.settings)
    async with elsewhere.running():
        assert _good(elsewhere, tenant.token)
        form = {
            "token": tenant.token,
            "client_id": f"client_{tenant.client.id.hex}",
            "client_secret": tenant.secret,
        }
        assert (await tenant.bare.post("/oauth/revoke", data=form)).status_code == 200
        answer = await tenant.http.get("/v1/me")
        assert (answer.status_code, answer.json()["code"]) == (401, "token_revoked")
        await _until(lambda: not _good(elsewhere, tenant.token))
        assert (await tenant.bare.post("/oauth/revoke", data=form)).status_code == 200
        async with services.db.engine() as tx:
            rows = await (await tx.conn.execute("SELECT action, actor_id FROM audit")).fetchall()
    assert rows == [("token.revoked", f"client_{tenant.client.id.hex}")] * 2


def _good(services: Services, token: str) -> bool:
    try:
        services.tokens.verify(token)
    except Unauthorised:
        return False
    return True


async def test_one_client_cannot_end_the_token_of_another(tenant: Tenant, services: Services) -> None:
    async with services.db.engine() as tx:
        other, secret = await clients.create(tx, tenant.company.id, "Other", ["runs:read"])
    form = {"token": tenant.token, "client_id": f"client_{other.id.hex}", "client_secret": secret}
    await tenant.bare.post("/oauth/revoke", data=form)
    assert (await tenant.http.get("/v1/me")).status_code == 200


async def test_a_disabled_client_is_out_with_all_its_tokens(tenant: Tenant, services: Services) -> None:
    async with services.db.engine() as tx:
        await clients.disable(tx, tenant.company.id, tenant.client.id)
    await _until(lambda: not _good(services, tenant.token))
    form = {
        "grant_type": "client_credentials",
        "client_id": f"client_{tenant.client.id.hex}",
        "client_secret": tenant.secret,
    }
    assert (await tenant.bare.post("/oauth/token", data=form)).status_code == 401


async def test_a_token_issued_after_the_line_counts(tenant: Tenant, services: Services) -> None:
    async with services.db.engine() as tx:
        await clients.end_tokens(tx, tenant.company.id, tenant.client.id)
    await _until(lambda: not _good(services, tenant.token))
    form = {
        "grant_type": "client_credentials",
        "client_id": f"client_{tenant.client.id.hex}",
        "client_secret": tenant.secret,
    }
    fresh = (await tenant.bare.post("/oauth/token", data=form)).json()["access_token"]
    assert _good(services, fresh)


async def test_a_change_of_keys_ends_no_token(tenant: Tenant, services: Services) -> None:
    before = services.tokens.keys.signing().keys[0].kid
    async with services.db.auth() as tx:
        await keys.rotate(tx, services.vault)
    await _until(lambda: services.tokens.keys.signing().keys[0].kid != before)
    assert _good(services, tenant.token)
    assert len((await tenant.bare.get("/.well-known/jwks.json")).json()["keys"]) == 3


async def test_keys_are_made_once_for_all_processes(services: Services) -> None:
    before = services.tokens.keys.public()
    other = build(services.settings)
    async with other.running():
        assert other.tokens.keys.public() == before
    async with services.db.auth() as tx:
        row = await (await tx.conn.execute("SELECT private_jwk FROM signing_key")).fetchone()
    assert row is not None
    assert '"d"' not in row[0]


async def test_the_memory_of_tokens_is_bounded(tenant: Tenant, services: Services) -> None:
    small = build(settings_for(services.settings.database_url, token_cache=3))
    async with small.running():
        for _ in range(5):
            small.tokens.verify(_sign(services, _claims(tenant, services.settings.public_url)))
        assert small.tokens.remembered == 3

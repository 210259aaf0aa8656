from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from joserfc import jwt
from joserfc.jwk import KeySet

from connector.oauth.endpoints import server_metadata
from connector.services import Services
from control import clients
from kit.settings import Settings
from tests.parts.front import Tenant, settings_for

MakeTenant = Callable[..., Awaitable[Tenant]]


def _id(tenant: Tenant) -> str:
    return f"client_{tenant.client.id.hex}"


def _basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


@pytest.fixture
def settings(db_url: str) -> Settings:
    return settings_for(db_url, token_seconds=300)


@pytest.mark.parametrize("way", ["basic", "form", "json", "json without a type", "basic and json"])
async def test_credentials_are_taken_from_header_form_and_json(tenant: Tenant, way: str) -> None:
    grant = {"grant_type": "client_credentials"}
    body = {**grant, "client_id": _id(tenant), "client_secret": tenant.secret}
    ways: dict[str, dict[str, Any]] = {
        "basic": {"data": grant, "headers": _basic(_id(tenant), tenant.secret)},
        "form": {"data": body},
        "json": {"json": body},
        "json without a type": {"content": msgspec.json.encode(body)},
        "basic and json": {"json": grant, "headers": _basic(_id(tenant), tenant.secret)},
    }
    response = await tenant.bare.post("/oauth/token", **ways[way])
    assert response.status_code == 200, response.text
    answer = response.json()
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 300)
    assert response.headers["cache-control"] == "no-store"


async def test_a_token_is_signed_as_rfc_9068_says(tenant: Tenant, services: Services) -> None:
    keys = KeySet.import_key_set((await tenant.bare.get("/.well-known/jwks.json")).json())
    token = jwt.decode(tenant.token, keys, algorithms=["ES256"])
    address = services.settings.public_url
    assert token.header["typ"] == "at+jwt"
    assert token.header["kid"] in {key.kid for key in keys.keys}
    assert token.claims["iss"] == token.claims["aud"] == address
    assert token.claims["client_id"] == token.claims["sub"] == _id(tenant)
    assert token.claims["exp"] - token.claims["iat"] == 300
    assert UUID(hex=token.claims["jti"]).version == 7


async def test_the_key_set_holds_the_next_key_and_no_private_part(tenant: Tenant) -> None:
    keys = (await tenant.bare.get("/.well-known/jwks.json")).json()["keys"]
    assert len(keys) == 2
    assert not [key for key in keys if "d" in key]


async def test_a_client_may_hold_several_tokens_at_once(tenant: Tenant) -> None:
    form = {"grant_type": "client_credentials", "client_id": _id(tenant), "client_secret": tenant.secret}
    for _ in range(2):
        token = (await tenant.bare.post("/oauth/token", data=form)).json()["access_token"]
        answer = await tenant.bare.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200
    assert (await tenant.http.get("/v1/me")).status_code == 200


async def test_scopes_are_narrowed_to_what_was_asked(tenant: Tenant) -> None:
    form = {"grant_type": "client_credentials", "scope": "runs:read roles:read"}
    answer = await tenant.bare.post("/oauth/token", data=form, headers=_basic(_id(tenant), tenant.secret))
    assert answer.json()["scope"] == "roles:read runs:read"


@pytest.mark.parametrize("scope", ["nothing:else", 'odd"\\scope', "ünusual"])
async def test_a_scope_the_client_lacks_is_refused_by_name(tenant: Tenant, scope: str) -> None:
    form = {"grant_type": "client_credentials", "scope": scope}
    answer = await tenant.bare.post("/oauth/token", data=form, headers=_basic(_id(tenant), tenant.secret))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    "case",
    ["wrong secret", "unknown client", "no id at all", "no credentials", "id of another kind", "bad base64"],
)
async def test_wrong_credentials_are_a_401_in_words(tenant: Tenant, case: str) -> None:
    grant = {"grant_type": "client_credentials"}
    sent: dict[str, dict[str, Any]] = {
        "wrong secret": {"data": {**grant, "client_id": _id(tenant), "client_secret": "ecs_no"}},
        "unknown client": {
            "data": {**grant, "client_id": "client_" + "0" * 32, "client_secret": tenant.secret}
        },
        "no id at all": {"data": {**grant, "client_id": "\x00", "client_secret": "x"}},
        "no credentials": {"data": grant},
        "id of another kind": {"data": grant, "headers": _basic("role_" + "0" * 32, "x")},
        "bad base64": {
            "data": grant,
            "headers": {b"Authorization": b"Basic ///=\xff"},
        },
    }
    answer = await tenant.bare.post("/oauth/token", **sent[case])
    assert answer.status_code == 401, answer.text
    assert answer.json()["error"] == "invalid_client"
    assert answer.headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({"data": {"grant_type": "password"}}, "unsupported_grant_type"),
        ({"data": {"grant_type": 'sm\u00f6r \\ "'}}, "unsupported_grant_type"),
        ({"data": {}}, "invalid_request"),
        ({"content": b"", "headers": {"Content-Type": "application/json"}}, "invalid_request"),
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, "invalid_request"),
        (
            {"content": b'{"grant_type":"\\u0000"}', "headers": {"Content-Type": "application/json"}},
            "invalid_request",
        ),
        ({"content": b"<x/>", "headers": {"Content-Type": "application/xml"}}, "invalid_request"),
        (
            {
                "content": b"grant_type=a&grant_type=b",
                "headers": {"Content-Type": "application/x-www-form-urlencoded"},
            },
            "invalid_request",
        ),
        (
            {"content": b"\xff=\xfe", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
            "invalid_request",
        ),
    ],
)
async def test_a_request_that_is_not_valid_is_a_400_of_rfc_6749(
    tenant: Tenant, sent: Any, error: str
) -> None:
    answer = await tenant.bare.post("/oauth/token", **sent)
    assert (answer.status_code, answer.json()["error"]) == (400, error), answer.text
    assert answer.json()["error_description"]


async def test_a_changed_secret_leaves_the_old_one_for_a_while(tenant: Tenant, services: Services) -> None:
    async with services.db.engine() as tx:
        fresh = await clients.rotate(tx, tenant.company.id, tenant.client.id, grace_hours=1)
    for secret in (tenant.secret, fresh):
        answer = await tenant.bare.post(
            "/oauth/token", data={"grant_type": "client_credentials"}, headers=_basic(_id(tenant), secret)
        )
        assert answer.status_code == 200
    async with services.db.engine() as tx:
        newest = await clients.rotate(tx, tenant.company.id, tenant.client.id, grace_hours=0)
    statuses = [
        (
            await tenant.bare.post(
                "/oauth/token", data={"grant_type": "client_credentials"}, headers=_basic(_id(tenant), secret)
            )
        ).status_code
        for secret in (tenant.secret, fresh, newest)
    ]
    assert statuses == [401, 401, 200]


async def test_a_client_is_known_by_when_it_last_came(tenant: Tenant, services: Services) -> None:
    async with services.db.engine() as tx:
        found = await clients.all_of(tx, tenant.company.id)
    assert found[0].last_used_at is not None


async def test_a_secret_is_nowhere_in_the_database(tenant: Tenant, services: Services) -> None:
    async with services.db.engine() as tx:
        row = await (await tx.conn.execute("SELECT client::text FROM client")).fetchone()
    assert row is not None
    assert tenant.secret not in row[0]
    assert tenant.secret.encode().hex() not in row[0]


async def test_the_metadata_is_valid_by_rfc_8414_and_9728(http: httpx.AsyncClient) -> None:
    found = (await http.get("/.well-known/oauth-authorization-server")).json()
    assert found == server_metadata("https://connector.example.com")
    AuthorizationServerMetadata(found).validate()
    resource = (await http.get("/.well-known/oauth-protected-resource")).json()
    assert resource["authorization_servers"] == [found["issuer"]]


async def test_introspection_tells_a_company_about_its_own_tokens_only(make_tenant: MakeTenant) -> None:
    one, other = await make_tenant("One"), await make_tenant("Other")
    asked = {"token": one.token}
    mine = await one.bare.post("/oauth/introspect", data=asked, headers=_basic(_id(one), one.secret))
    assert mine.json()["active"] is True
    assert mine.json()["client_id"] == _id(one)
    theirs = await other.bare.post("/oauth/introspect", data=asked, headers=_basic(_id(other), other.secret))
    assert theirs.json() == {"active": False}


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
async def test_introspection_of_no_token_is_simply_not_active(tenant: Tenant, token: str) -> None:
    answer = await tenant.bare.post(
        "/oauth/introspect", json={"token": token}, headers=_basic(_id(tenant), tenant.secret)
    )
    assert (answer.status_code, answer.json()) == (200, {"active": False})


async def test_introspection_needs_the_client(tenant: Tenant) -> None:
    answer = await tenant.bare.post("/oauth/introspect", data={"token": tenant.token})
    assert answer.status_code == 401

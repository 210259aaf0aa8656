"""The ways into Workday: tokens got, renewed, replaced by the server, and dead."""

from __future__ import annotations

import base64

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from adapters.workday.pull.access import Auth, ClientCredentials, JwtBearer, RefreshToken, WorkdayAccess
from adapters.workday.pull.client import WorkdayPuller, client
from kit.http import CompanyHttp
from tests.adapters.pull.keys import pair
from tests.adapters.pull.ways import ALL, QUICK, ended, every, ids
from tests.fakes.receiver import Reply
from tests.fakes.workday import JSON, Tenant

pytestmark = pytest.mark.asyncio(loop_scope="function")
REFRESH = RefreshToken(client_id="app", client_secret="s3cret", refresh_token="refresh-1")
UUID_TEXT = "0f8fad5b-d9cb-469f-a165-70867728950e"


class Kept:
    """Who keeps settings."""

    def __init__(self) -> None:
        self.settings: list[WorkdayAccess] = []

    async def __call__(self, settings: WorkdayAccess) -> None:
        self.settings.append(settings)


def puller(
    tenant: Tenant, http: CompanyHttp, auth: Auth = REFRESH, keep: Kept | None = None
) -> WorkdayPuller:
    settings = WorkdayAccess(address=tenant.url, tenant="acme", auth=auth, page_size=30)
    return client(settings, http, keep=keep, patience=QUICK)


async def test_one_token_lasts_for_a_whole_pull(tenant: Tenant, http: CompanyHttp) -> None:
    assert len(await ids("workday", puller(tenant, http))) == 100
    assert tenant.forms == [{"grant_type": "refresh_token", "refresh_token": "refresh-1"}]
    basic = base64.b64decode(tenant.asked("/oauth2/")[0].headers["authorization"][6:])
    assert basic == b"app:s3cret"
    assert not any(b"Password" in got.body for got in tenant.asked("/Human_Resources/"))


async def test_a_token_that_ends_within_a_pull_is_renewed_once(tenant: Tenant, http: CompanyHttp) -> None:
    tenant.on_page = lambda page: tenant.tokens.clear() if page == 2 else None
    found = await ids("workday", puller(tenant, http))
    assert (len(set(found)), len(found), len(tenant.forms)) == (100, 100, 2)


async def test_a_fresh_token_that_is_refused_too_ends_the_pull(tenant: Tenant, http: CompanyHttp) -> None:
    def forget(page: int) -> None:
        tenant.tokens = set()
        tenant.first = [Reply(401, b"{}", JSON)] * 9

    tenant.on_page = forget
    got, fault = await ended(puller(tenant, http).pages(ALL))
    assert (len(got), fault.reason, fault.retry, len(tenant.forms)) == (1, "credential", False, 2)


async def test_a_replaced_refresh_token_is_kept_before_it_is_used(tenant: Tenant, http: CompanyHttp) -> None:
    tenant.rotates = True
    keep = Kept()
    made = puller(tenant, http, keep=keep)
    page = await anext(made.pages(ALL))
    assert page.number == 1
    assert [one.auth for one in keep.settings] == [
        RefreshToken(client_id="app", client_secret="s3cret", refresh_token="refresh-2")
    ]
    tenant.tokens.clear()
    await every(made.pages(ALL))
    assert [form["refresh_token"] for form in tenant.forms] == ["refresh-1", "refresh-2"]
    assert "refresh-3" in [
        one.auth.refresh_token for one in keep.settings if isinstance(one.auth, RefreshToken)
    ]


async def test_a_dead_refresh_token_is_tried_once_and_never_again(tenant: Tenant, http: CompanyHttp) -> None:
    tenant.refresh = "another"
    made = puller(tenant, http)
    for _ in range(3):
        _, fault = await ended(made.pages(ALL))
        assert (fault.reason, fault.retry) == ("credential", False)
    checked = await made.check()
    assert "invalid_grant" in checked.detail
    assert "administrator" in checked.detail
    assert len(tenant.got) == 1


async def test_what_the_token_endpoint_says_never_shows_a_secret(tenant: Tenant, http: CompanyHttp) -> None:
    body = b'{"error":"invalid_client","error_description":"s3cret is not the secret of refresh-1"}'
    tenant.first_tokens = [Reply(401, body, JSON)]
    checked = await puller(tenant, http).check()
    assert "[hidden] is not the secret of [hidden]" in checked.detail


@pytest.mark.parametrize("trouble", [Reply(503), Reply(429, headers={"retry-after": "0.01"}), Reply(0)])
async def test_a_busy_token_endpoint_is_asked_again(
    tenant: Tenant, http: CompanyHttp, trouble: Reply
) -> None:
    tenant.first_tokens = [trouble]
    assert (await puller(tenant, http).check()).ok


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(200, b"<html>Sign in</html>"), "host"),
        (Reply(200, b'{"token":1}', JSON), "bad_answer"),
        (Reply(302, headers={"location": "https://elsewhere.example"}), "host"),
        (Reply(404), "host"),
    ],
)
async def test_a_token_endpoint_that_is_none_is_said_to_be_so(
    tenant: Tenant, http: CompanyHttp, reply: Reply, reason: str
) -> None:
    tenant.first_tokens = [reply]
    checked = await puller(tenant, http).check()
    assert (checked.reason, len(tenant.got)) == (reason, 1)


async def test_a_word_signed_by_us_is_exchanged_for_a_token(tenant: Tenant, http: CompanyHttp) -> None:
    key = pair("isu")
    shown = base64.b64encode(UUID_TEXT.encode()).decode()  # as Workday displays some client ids
    auth = JwtBearer(client_id=shown, username="ISU_Etter", private_key=key.private)
    assert (await puller(tenant, http, auth).check()).ok
    form = tenant.forms[0]
    word = jwt.decode(form["assertion"], RSAKey.import_key(key.public), algorithms=["RS256"])
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert (word.claims["iss"], word.claims["sub"], word.claims["aud"]) == (UUID_TEXT, "ISU_Etter", "wd")
    assert 0 < word.claims["exp"] - word.claims["iat"] <= 300
    assert form["client_id"] == UUID_TEXT


async def test_a_key_that_is_none_is_said_before_anything_is_sent(tenant: Tenant, http: CompanyHttp) -> None:
    auth = JwtBearer(client_id="app", username="isu", private_key="-----BEGIN NOTHING-----")
    checked = await puller(tenant, http, auth).check()
    assert (checked.reason, tenant.got) == ("credential", [])


async def test_a_client_may_stand_for_itself(tenant: Tenant, http: CompanyHttp) -> None:
    auth = ClientCredentials(client_id="app", client_secret="s3cret")
    assert (await puller(tenant, http, auth).check()).ok
    assert tenant.forms == [{"grant_type": "client_credentials"}]

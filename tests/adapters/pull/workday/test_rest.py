"""Pulling from Workday by REST, against a tenant on loopback."""

from __future__ import annotations

import msgspec
import pytest

from adapters.pull import Puller, Wanted
from adapters.workday.pull.access import RefreshToken, WorkdayAccess
from adapters.workday.pull.client import client
from kit.http import CompanyHttp
from tests.adapters.pull.ways import ALL, NOW, ended, every, ids
from tests.adapters.wd import sample
from tests.fakes.receiver import Reply
from tests.fakes.workday import JSON, WD, Tenant

pytestmark = pytest.mark.asyncio(loop_scope="function")
AUTH = RefreshToken(client_id="app", client_secret="s3cret", refresh_token="refresh-1")
LIST = "/ccx/api/staffing/v6/acme/jobProfiles?"


def access(tenant: Tenant, size: int = 40) -> WorkdayAccess:
    return WorkdayAccess(address=tenant.url, tenant="acme", auth=AUTH, api="rest", page_size=size)


async def test_a_full_pull_brings_the_detail_of_every_profile_inactive_ones_too(
    tenant: Tenant, puller: Puller
) -> None:
    tenant.held[2].element.find(f".//{WD}Inactive").text = "1"
    pages = await every(puller.pages(ALL))
    assert [(page.number, page.pages, page.total) for page in pages] == [(n, 3, 100) for n in (1, 2, 3)]
    assert set(await ids("workday", puller)) == {held.wid() for held in tenant.held}
    assert tenant.detail(tenant.held[0]) in pages[0].body


async def test_no_more_than_a_hundred_are_listed_at_once(tenant: Tenant, http: CompanyHttp) -> None:
    assert len(await every(client(access(tenant, 999), http).pages(ALL))) == 1


async def test_a_profile_that_goes_while_the_list_is_read_is_told(tenant: Tenant, puller: Puller) -> None:
    gone = tenant.held[3].wid()
    tenant.on_page = lambda page: tenant.held.remove(tenant.held[3])
    first = await anext(puller.pages(ALL))
    assert len(msgspec.json.decode(first.body)["data"]) == 39
    assert any(gone in warning for warning in first.warnings)


async def test_a_pull_goes_on_after_its_cursor(tenant: Tenant, puller: Puller) -> None:
    whole = await every(puller.pages(ALL))
    rest = await every(puller.pages(ALL, whole[0].cursor))
    assert [(page.number, page.body) for page in rest] == [(page.number, page.body) for page in whole[1:]]


async def test_a_delta_fetches_everything_and_says_so(tenant: Tenant, puller: Puller) -> None:
    pages = await every(puller.pages(Wanted(until=NOW, since=NOW)))
    assert pages[-1].total == 100
    assert ["cannot tell what has changed" in " ".join(page.warnings) for page in pages] == [
        True,
        False,
        False,
    ]


async def test_single_profiles_are_fetched_by_wid(tenant: Tenant, puller: Puller) -> None:
    wid = tenant.held[5].wid()
    pages = await every(puller.pages(Wanted(until=NOW, ids=(wid, "R-00005"))))
    assert [row["id"] for row in msgspec.json.decode(pages[0].body)["data"]] == [wid]
    assert "by WID only" in pages[0].warnings[0]
    assert tenant.asked(LIST) == []


async def test_trouble_in_a_detail_ends_the_pull_as_what_it_is(tenant: Tenant, puller: Puller) -> None:
    tenant.on_page = lambda page: tenant.first.append(Reply(403, b'{"error":"not yours"}', JSON))
    _, fault = await ended(puller.pages(ALL))
    assert (fault.reason, fault.retry) == ("permission", False)
    assert "not yours" in fault.message


async def test_passing_trouble_costs_nothing(tenant: Tenant, puller: Puller) -> None:
    tenant.on_page = lambda page: tenant.first.extend([Reply(429), Reply(503), Reply(0)])
    assert len(set(await ids("workday", puller))) == 100


@pytest.mark.parametrize(
    ("reply", "reason", "says"),
    [
        (Reply(400, sample("rest_error_validation.json"), JSON), "bad_request", "validation error"),
        (Reply(200, b'{"error":"A1234 something"}', JSON), "bad_request", "A1234"),
        (Reply(404, sample("rest_error_plain.json"), JSON), "host", "address"),
        (Reply(200, b"<html>Sign in</html>"), "host", "web page"),
        (Reply(200, b"[]", JSON), "bad_answer", "operator"),
        (Reply(200, b'{"data":7}', JSON), "bad_answer", "no list"),
        (Reply(200, sample("rest_jobProfiles_empty.json"), JSON), "permission", "Jobs & Positions"),
    ],
)
async def test_the_connection_test_says_what_is_wrong_and_who_can_mend_it(
    tenant: Tenant, puller: Puller, reply: Reply, reason: str, says: str
) -> None:
    tenant.first = [reply]
    checked = await puller.check()
    assert (checked.ok, checked.reason) == (False, reason)
    assert says in checked.detail
    assert (await puller.check()).count == 100

"""Pulling from SuccessFactors, against a tenant on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from adapters.pull import Puller, Wanted
from adapters.successfactors.pull.access import Oidc, SuccessFactorsAccess
from adapters.successfactors.pull.client import client
from kit.http import CompanyHttp
from tests.adapters.pull.ways import ALL, NOW, QUICK, ended, every, ids
from tests.adapters.sf import SAMPLES
from tests.fakes.receiver import Got, Reply
from tests.fakes.successfactors import HTML, JSON, Tenant, refusal, successfactors

pytestmark = pytest.mark.asyncio(loop_scope="function")
CODES = "/odata/v2/FOJobCode?"


def access(tenant: Tenant, **more: Any) -> SuccessFactorsAccess:
    auth = Oidc(issuer=tenant.url, client_id="app", client_secret="s3cret", dependency="sf")
    return SuccessFactorsAccess(address=tenant.url, company_id="acme", auth=auth, **more)


@pytest_asyncio.fixture
async def puller(tenant: Tenant, http: CompanyHttp) -> AsyncIterator[Puller]:
    made = client(access(tenant, page_size=20), http, patience=QUICK)
    yield made
    await made.close()


def codes(tenant: Tenant) -> set[str]:
    return {one["externalCode"] for one in tenant.sets["FOJobCode"]}


async def test_a_full_pull_brings_every_job_code_once_whatever_the_pages(
    tenant: Tenant, puller: Puller
) -> None:
    tenant.most = 7
    found = await ids("successfactors", puller)
    assert len(found) == len(set(found))
    assert codes(tenant) < set(found)
    assert "job_profile:1021604" in found  # its role is mapped to no job code


async def test_a_body_holds_whole_groups_with_every_slice(tenant: Tenant, puller: Puller) -> None:
    where: dict[str, set[int]] = {}
    slices = 0
    async for page in puller.pages(ALL):
        body = msgspec.json.decode(page.body)
        slices += len(body["FOJobCode"]) if "FOJobCode" in body else 0
        for one in body.get("FOJobCode", []):
            where.setdefault(one["externalCode"], set()).add(page.number)
        for one in body.get("JobProfile", []):
            for mapped in one["roleNav"]["jobCodeMappings"]["results"]:
                where.setdefault(mapped["jobCode"], set()).add(page.number)
    assert slices == len(tenant.sets["FOJobCode"])
    assert {code for code, pages in where.items() if len(pages) > 1} == set()


async def test_records_are_the_bytes_that_came(tenant: Tenant, puller: Puller) -> None:
    tenant.on_page = lambda got, inside: inside["results"] and inside["results"][0].update(x="\\u00e9")
    page = await anext(puller.pages(Wanted(until=NOW, ids=("50000000",))))
    assert b'"x":"\\\\u00e9"' in page.body


async def test_the_next_page_is_asked_for_as_it_was_named(tenant: Tenant, puller: Puller) -> None:
    named: list[str] = []
    tenant.on_page = lambda got, inside: named.append(inside["__next"]) if "__next" in inside else None
    tenant.most = 10
    await every(puller.pages(ALL))
    assert len(named) > 3
    asked = [tenant.url + one for one in tenant.asked("skiptoken")]
    assert asked == named


@pytest.mark.parametrize("what", ["same-page", "same-records", "nothing"])
async def test_pages_that_go_round_in_a_circle_end_the_pull(
    tenant: Tenant, puller: Puller, what: str
) -> None:
    tenant.most = 10
    count = iter(range(1000))

    def turn(got: Got, inside: dict[str, Any]) -> None:
        if what == "same-records":
            inside["results"] = [{"externalCode": "A", "startDate": "/Date(0)/"}]
        elif what == "nothing":
            inside["results"] = []
        inside["__next"] = f"{tenant.url}{CODES}again={next(count) if what == 'same-records' else 1}"

    tenant.on_page = turn
    _, fault = await ended(puller.pages(ALL))
    assert (fault.reason, fault.retry) == ("bad_answer", False)
    assert "circle" in fault.message


@pytest.mark.parametrize("elsewhere", ["http://127.0.0.2:1/x", "https://evil.example/odata/v2/FOJobCode?x"])
async def test_a_next_page_on_another_host_gets_no_token(
    tenant: Tenant, puller: Puller, elsewhere: str
) -> None:
    tenant.on_page = lambda got, inside: inside.update(__next=elsewhere)
    _, fault = await ended(puller.pages(ALL))
    assert (fault.reason, fault.retry) == ("host", False)


async def test_a_redirect_is_not_followed(tenant: Tenant, puller: Puller) -> None:
    async with successfactors() as aim:
        tenant.first = [Reply(302, headers={"location": f"{aim.url}{CODES}"})]
        _, fault = await ended(puller.pages(ALL))
        assert (fault.reason, aim.got) == ("host", [])


async def test_a_delta_brings_what_changed_with_all_its_slices(tenant: Tenant, puller: Puller) -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    for one in tenant.sets["FOJobCode"]:
        one["lastModifiedDateTime"] = "/Date(1600000000000+0000)/"
    changed = next(one for one in tenant.sets["FOJobCode"] if one["externalCode"] == "GAP1")
    changed["lastModifiedDateTime"] = f"/Date({int(NOW.timestamp()) * 1000}+0000)/"
    for one in tenant.sets["JobProfile"]:
        one["lastModifiedDateTime"] = "/Date(1600000000000+0000)/"
        one["roleNav"]["lastModifiedDateTime"] = "/Date(1600000000000+0000)/"
    tenant.sets["JobProfile"][2]["roleNav"]["lastModifiedDateTime"] = changed["lastModifiedDateTime"]
    pages = await every(puller.pages(Wanted(until=NOW, since=since)))
    body = msgspec.json.decode(pages[0].body)
    by_day = {"FUT1"}  # begins in the window of the test's own days, if at all
    found = {one["externalCode"] for one in body["FOJobCode"]} - by_day
    assert found == {"GAP1", "50000006", "50000007"}
    assert len([one for one in body["FOJobCode"] if one["externalCode"] == "GAP1"]) == 2
    assert [one["externalCode"] for one in body["JobProfile"]] == ["1021602"]


async def test_a_slice_that_begins_is_a_change_though_nothing_was_modified(
    tenant: Tenant, puller: Puller
) -> None:
    begins = datetime(2027, 3, 1, 12, tzinfo=UTC)  # FUTCHG's second slice
    wanted = Wanted(until=begins, since=begins - timedelta(hours=1))
    assert "FUTCHG" in await ids("successfactors", puller, wanted)


async def test_single_objects_come_with_what_belongs_to_them(tenant: Tenant, puller: Puller) -> None:
    found = await ids("successfactors", puller, Wanted(until=NOW, ids=("50000000", "GAP1", "nobody")))
    assert set(found) == {"50000000", "50000001", "GAP1"}
    assert await ids("successfactors", puller, Wanted(until=NOW, ids=("job_profile:1021604",))) == [
        "job_profile:1021604"
    ]


async def test_codes_with_quotes_and_slashes_are_asked_for_exactly(tenant: Tenant, puller: Puller) -> None:
    odd = "ENG/OPS 01 'A' & #+%?"
    tenant.sets["FOJobCode"][0]["externalCode"] = odd
    assert await ids("successfactors", puller, Wanted(until=NOW, ids=(odd,))) == [odd]


async def test_a_pull_goes_on_after_its_cursor(tenant: Tenant, puller: Puller) -> None:
    whole = await every(puller.pages(ALL))
    rest = await every(puller.pages(ALL, whole[1].cursor))
    assert [page.body for page in rest] == [page.body for page in whole[2:]]
    assert [(page.number, page.pages) for page in rest] == [(page.number, page.pages) for page in whole[2:]]


async def test_a_column_that_the_tenant_lacks_is_left_out_told_and_remembered(
    tenant: Tenant, puller: Puller
) -> None:
    for one in tenant.sets["FOJobCode"]:
        del one["jobLevel"], one["gradeNav"]
    tenant.hidden = {"FOJobCode/standardHours"}  # in the metadata, and not for this user
    pages = await every(puller.pages(ALL))
    assert {"FOJobCode/jobLevel", "FOJobCode/gradeNav", "FOJobCode/standardHours"} <= set(pages[0].lacking)
    assert any("FOJobCode/standardHours" in one for one in pages[0].warnings)
    assert [page.lacking for page in pages[1:]] == [()] * (len(pages) - 1)
    before = len(tenant.got)
    again = await every(puller.pages(Wanted(until=NOW, lacking=pages[0].lacking)))
    assert [page.lacking for page in again] == [()] * len(again)
    assert len(tenant.got) - before < before  # nothing was refused this time
    assert not [one for one in tenant.asked("FOJobCode?")[-3:] if "standardHours" in one]


async def test_pay_and_interview_questions_are_never_asked_for(tenant: Tenant, puller: Puller) -> None:
    await every(puller.pages(ALL))
    asked = " ".join(tenant.asked("JobProfile?"))
    assert "longDesciptions" in asked
    assert "compData" not in asked
    assert "interviewQuestion" not in asked


async def test_a_tenant_without_the_profile_builder_gives_its_job_codes(
    tenant: Tenant, puller: Puller
) -> None:
    del tenant.sets["JobProfile"]
    pages = await every(puller.pages(ALL))
    assert "JobProfile" in pages[0].lacking
    assert set(await ids("successfactors", puller)) == codes(tenant)


async def test_a_tenant_without_any_of_the_sets_is_a_fault(tenant: Tenant, puller: Puller) -> None:
    tenant.sets = {}
    _, fault = await ended(puller.pages(ALL))
    assert fault.reason == "switched_off"


@pytest.mark.parametrize(
    "trouble",
    [
        Reply(429, headers={"retry-after": "0.01"}),
        Reply(503, (SAMPLES / "error_503.html").read_bytes(), HTML),
        refusal("COE_GENERAL_SERVER_FAILURE", "[COE0019] try again", 500),
        Reply(200, b'{"d":{"results":[]}}' + b" " * 9000, JSON, cut=5000),
        Reply(0),
    ],
    ids=["429", "503", "500", "cut", "hung-up"],
)
async def test_a_passing_trouble_costs_nothing(tenant: Tenant, puller: Puller, trouble: Reply) -> None:
    tenant.most = 10
    left = [trouble]

    def spoil(got: Got, inside: dict[str, Any]) -> None:
        if left and "skiptoken" not in got.path and "__next" in inside:
            tenant.first.append(left.pop())

    tenant.on_page = spoil
    assert codes(tenant) < set(await ids("successfactors", puller))
    assert left == []


@pytest.mark.parametrize(
    ("reply", "reason", "after"),
    [
        (Reply(429), "throttled", 300),
        (Reply(429, headers={"retry-after": "Fri, 01 Jan 2100 00:00:00 GMT"}), "throttled", 3600),
        (Reply(429, headers={"retry-after": "-5"}), "throttled", 300),
        (refusal("COE_SNAPSHOT_BAD_REQUEST", "too many snapshots"), "throttled", 1800),
    ],
)
async def test_a_long_pause_ends_the_pull_and_says_when_to_go_on(
    tenant: Tenant, puller: Puller, reply: Reply, reason: str, after: float
) -> None:
    tenant.first = [reply]
    _, fault = await ended(puller.pages(ALL))
    assert (fault.reason, fault.retry, fault.retry_after) == (reason, True, after)
    assert len([got for got in tenant.got if "odata" in got.path]) == 1


@pytest.mark.parametrize(
    ("reply", "reason", "says"),
    [
        (
            refusal("LGN0022", "OData API is not enabled for company acme", 403),
            "switched_off",
            "switch this API",
        ),
        (refusal("COE_ENTITY_NOT_FOUND", "Entity FOJobCode is not found."), "switched_off", "FOJobCode"),
        (refusal("ForbiddenException", "User has no permission", 403), "permission", "administrator"),
        (Reply(403, b"no"), "permission", "administrator"),
        (Reply(200, b"<!doctype html><title>Log in</title>", HTML), "host", "web page"),
        (Reply(404, b"nothing"), "host", "address"),
        (refusal("ServerErrorException", "bad $filter"), "bad_request", "bad $filter"),
        (
            Reply(400, b"<?xml version='1.0'?><error><code>X</code><message>no such key</message></error>"),
            "bad_request",
            "no such key",
        ),
        (Reply(200, b'{"d":[{"editStatus":null}]}', JSON), "bad_answer", "operator"),
        (Reply(200, (SAMPLES / "fojobcode_empty_page.json").read_bytes(), JSON), "permission", "sees no"),
    ],
)
async def test_the_connection_test_says_what_is_wrong_and_who_can_mend_it(
    tenant: Tenant, puller: Puller, reply: Reply, reason: str, says: str
) -> None:
    tenant.first = [reply]
    checked = await puller.check()
    assert (checked.ok, checked.reason) == (False, reason)
    assert says in checked.detail


async def test_the_connection_test_counts_what_can_be_seen(tenant: Tenant, puller: Puller) -> None:
    checked = await puller.check()
    assert checked.ok
    assert checked.count
    assert checked.count > 10


async def test_fewer_records_than_were_counted_is_a_warning(tenant: Tenant, puller: Puller) -> None:
    tenant.on_page = lambda got, inside: inside.update(__count="1000") if "__count" in inside else None
    pages = await every(puller.pages(ALL))
    assert any("counted 1000" in warning for warning in pages[0].warnings)
    assert codes(tenant) < set(await ids("successfactors", puller))


async def test_roles_come_by_themselves_only_where_there_is_no_profile(
    tenant: Tenant, http: CompanyHttp
) -> None:
    settings = access(tenant, sets=("RoleEntity", "JobProfile"))
    roles = tenant.sets["RoleEntity"]
    del tenant.sets["JobProfile"][2:]
    pages = await every(client(settings, http, patience=QUICK).pages(ALL))
    bodies = [msgspec.json.decode(page.body) for page in pages]
    came = [one["externalCode"] for body in bodies for one in body.get("RoleEntity", [])]
    assert sorted(came) == sorted(one["externalCode"] for one in roles[2:]) != []
    assert not tenant.asked("FOJobCode")


async def test_what_is_promised_is_what_comes(tenant: Tenant, puller: Puller) -> None:
    pages = await every(puller.pages(ALL))
    assert pages[0].total == len(await ids("successfactors", puller))


async def test_a_cursor_of_somebody_else_is_refused(puller: Puller) -> None:
    _, fault = await ended(puller.pages(ALL, '{"page":2}'))
    assert fault.reason == "bad_request"

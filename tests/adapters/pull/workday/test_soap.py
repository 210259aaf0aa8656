"""Pulling from Workday by SOAP, against a tenant on loopback."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lxml import etree

from adapters.pull import Puller, Wanted
from adapters.workday.pull.access import UsernameToken, WorkdayAccess
from adapters.workday.pull.client import client
from kit.http import AddressRules, CompanyHttp
from tests.adapters.pull.ways import ALL, NOW, QUICK, ended, every, ids
from tests.adapters.wd import sample
from tests.fakes.receiver import Reply
from tests.fakes.workday import WD, XML, Tenant, fault, permission_fault, profiles

pytestmark = pytest.mark.asyncio(loop_scope="function")
USER = UsernameToken(username="isu@acme", password="pa55word")


def access(tenant: Tenant, auth: UsernameToken = USER, size: int = 30) -> WorkdayAccess:
    return WorkdayAccess(address=tenant.url, tenant="acme", auth=auth, page_size=size)


async def test_a_full_pull_brings_every_profile_once(tenant: Tenant, puller: Puller) -> None:
    pages = await every(puller.pages(ALL))
    assert [(page.number, page.pages, page.total) for page in pages] == [(n, 4, 100) for n in (1, 2, 3, 4)]
    assert len(set(await ids("workday", puller))) == 100
    assert pages[-1].cursor is None


async def test_every_page_is_pinned_to_the_moment_of_the_first(tenant: Tenant, puller: Puller) -> None:
    def edit(page: int) -> None:
        new = profiles()[0]
        new.entered = NOW + timedelta(seconds=page)
        new.element.find(f".//{WD}ID").text = f"{page:032x}"
        tenant.held.insert(0, new)

    tenant.on_page = edit
    found = await ids("workday", puller)
    assert len(found) == len(set(found)) == 100


async def test_a_pull_goes_on_after_its_cursor_even_with_another_moment(
    tenant: Tenant, puller: Puller
) -> None:
    first = await anext(puller.pages(ALL))
    later = Wanted(until=NOW + timedelta(hours=1))
    tenant.held.insert(0, profiles()[0])
    tenant.held[0].entered = NOW + timedelta(minutes=1)
    rest = await every(puller.pages(later, first.cursor))
    assert [page.number for page in rest] == [2, 3, 4]
    pinned = {etree.fromstring(got.body).findtext(f".//{WD}As_Of_Entry_DateTime") for got in tenant.got}
    assert pinned == {"2026-11-22T12:00:00.000Z"}


async def test_a_delta_brings_what_was_entered_and_what_takes_effect(tenant: Tenant, puller: Puller) -> None:
    since = NOW - timedelta(hours=1)
    tenant.held[7].entered = NOW - timedelta(minutes=30)
    tenant.held[8].effective = NOW - timedelta(hours=12)  # midnight, entered long ago
    tenant.held[9].entered = since - timedelta(minutes=5)  # within the overlap
    tenant.held[10].entered = since - timedelta(hours=3)
    found = await ids("workday", puller, Wanted(until=NOW, since=since))
    assert set(found) == {_wid(tenant, n) for n in (7, 8, 9)}


async def test_without_a_number_of_pages_an_empty_page_is_the_last(tenant: Tenant, puller: Puller) -> None:
    tenant.says_pages = False
    assert len(await ids("workday", puller)) == 100
    assert len(tenant.got) == 5


async def test_a_response_without_anything_is_an_empty_pull(tenant: Tenant, puller: Puller) -> None:
    tenant.first = [Reply(200, sample("required_only.xml"), XML)]
    assert await ids("workday", puller) == []


async def test_single_profiles_are_asked_for_by_wid_or_code(tenant: Tenant, puller: Puller) -> None:
    found = await ids("workday", puller, Wanted(until=NOW, ids=(_wid(tenant, 3), "R-00005", "nobody")))
    assert set(found) == {_wid(tenant, 3), _wid(tenant, 5)}
    types = [one.get(f"{WD}type") for one in etree.fromstring(tenant.got[0].body).iter(f"{WD}ID")]
    assert types == ["WID", "Job_Profile_ID", "Job_Profile_ID"]


@pytest.mark.parametrize(
    "trouble",
    [
        Reply(429, headers={"retry-after": "0.01"}),
        Reply(503, b"<html>busy</html>"),
        Reply(502, b"bad gateway"),
        fault("fault_version.xml", old="The web service or version is invalid", new="Too many requests"),
        Reply(200, sample("page_100.xml"), XML, cut=5000),
        Reply(0),
    ],
    ids=["429", "503", "502", "soap-500", "cut", "hung-up"],
)
async def test_a_passing_trouble_costs_a_page_nothing(tenant: Tenant, puller: Puller, trouble: Reply) -> None:
    tenant.on_page = lambda page: tenant.first.append(trouble) if page == 2 and len(tenant.got) == 1 else None
    found = await ids("workday", puller)
    assert len(found) == len(set(found)) == 100
    assert len(tenant.got) == 5


async def test_trouble_that_stays_ends_the_pull_with_a_cursor_in_hand(tenant: Tenant, puller: Puller) -> None:
    tenant.on_page = lambda page: tenant.first.extend([Reply(429)] * 4) if page == 2 else None
    got, fault_ = await ended(puller.pages(ALL))
    assert (len(got), fault_.reason, fault_.retry, len(tenant.got)) == (2, "throttled", True, 6)
    rest = await every(puller.pages(ALL, got[-1].cursor))
    assert [page.number for page in rest] == [3, 4]


@pytest.mark.parametrize(("asked", "told"), [("120", 120), ("99999999999", 3600)])
async def test_a_long_wish_is_the_callers_to_grant(
    tenant: Tenant, puller: Puller, asked: str, told: float
) -> None:
    tenant.first = [Reply(429, headers={"retry-after": asked})]
    _, fault_ = await ended(puller.pages(ALL))
    assert (fault_.reason, fault_.retry_after, len(tenant.got)) == ("throttled", told, 1)


async def test_a_fault_is_read_before_anything_is_asked_again(tenant: Tenant, puller: Puller) -> None:
    tenant.first = [fault("fault_validation.xml")]
    _, fault_ = await ended(puller.pages(ALL))
    assert (fault_.reason, fault_.retry, len(tenant.got)) == ("bad_request", False, 1)
    assert "'NOPE' is not a valid ID value" in fault_.message


async def test_a_fault_without_words_is_still_a_fault(tenant: Tenant, puller: Puller) -> None:
    body = b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault/></e:Body></e:Envelope>'
    tenant.first = [Reply(500, body, XML)] * 4
    _, fault_ = await ended(puller.pages(ALL))
    assert (fault_.reason, len(tenant.got)) == ("unavailable", 4)


async def test_a_cursor_of_somebody_else_is_refused(puller: Puller) -> None:
    _, fault_ = await ended(puller.pages(ALL, "page two"))
    assert fault_.reason == "bad_request"


async def test_the_connection_test_counts_the_profiles(puller: Puller) -> None:
    checked = await puller.check()
    assert (checked.ok, checked.count) == (True, 100)


@pytest.mark.parametrize(
    ("reply", "reason", "says"),
    [
        (permission_fault(), "permission", "let the API user read"),
        (fault("fault_version.xml"), "switched_off", "switch this API on"),
        (Reply(200, b"<!DOCTYPE html><html><body>Sign in</body></html>"), "host", "web page"),
        (Reply(302, headers={"location": "https://elsewhere.example/"}), "host", "not followed"),
        (Reply(404, b"no tenant"), "host", "connection's address"),
        (Reply(403, b"no"), "permission", "administrator"),
        (Reply(200, b"{}"), "bad_answer", "operator"),
        (Reply(200, sample("no_results.xml"), XML), "permission", "Job Profile: View"),
    ],
)
async def test_the_connection_test_says_what_is_wrong_and_who_can_mend_it(
    tenant: Tenant, puller: Puller, reply: Reply, reason: str, says: str
) -> None:
    tenant.first = [reply]
    checked = await puller.check()
    assert (checked.ok, checked.reason) == (False, reason)
    assert says in checked.detail
    assert len(tenant.got) == 1


async def test_a_wrong_password_is_refused_once_and_shown_nowhere(tenant: Tenant, http: CompanyHttp) -> None:
    settings = access(tenant, UsernameToken(username="isu@acme", password="gu3ss"))
    checked = await client(settings, http, patience=QUICK).check()
    assert (checked.reason, len(tenant.got)) == ("credential", 1)
    assert "gu3ss" not in f"{checked}{settings}{settings.shown()}"


async def test_a_host_that_is_not_listed_gets_no_byte(tenant: Tenant) -> None:
    async with CompanyHttp(AddressRules(("*.workday.com",))) as strict:
        checked = await client(access(tenant), strict).check()
    assert (checked.reason, tenant.got) == ("host", [])


def _wid(tenant: Tenant, place: int) -> str:
    return str(tenant.held[place].element.find(f".//{WD}ID").text)

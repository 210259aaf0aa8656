"""Pulling a report from Workday, against a tenant on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.pull import Puller, Wanted
from adapters.workday.pull.access import UsernameToken, WorkdayAccess
from adapters.workday.pull.client import client
from adapters.workday.pull.entries import LONGEST, NoEntries, entries
from kit.http import CompanyHttp
from tests.adapters.examples import tries
from tests.adapters.pull.ways import ALL, NOW, ended, every, ids
from tests.adapters.wd import sample
from tests.fakes.receiver import Reply
from tests.fakes.workday import JSON, Tenant

pytestmark = pytest.mark.asyncio(loop_scope="function")
USER = UsernameToken(username="isu@acme", password="pa55word")


def access(tenant: Tenant, report: str | None = "isu/Job Profiles") -> WorkdayAccess:
    return WorkdayAccess(
        address=tenant.url, tenant="acme", auth=USER, api="raas", report=report, page_size=30
    )


async def _cut(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


async def split(body: bytes, size: int = 7) -> list[bytes]:
    return [entry async for entry in entries(_cut(body, size))]


async def test_a_report_comes_some_entries_at_a_time(tenant: Tenant, puller: Puller) -> None:
    pages = await every(puller.pages(ALL))
    assert [len(msgspec.json.decode(page.body)["Report_Entry"]) for page in pages] == [30, 30, 30, 10]
    assert [page.cursor is None for page in pages] == [False, False, False, True]
    assert set(await ids("workday", puller)) == {held.wid() for held in tenant.held}


async def test_a_pull_that_broke_off_begins_the_report_again(tenant: Tenant, puller: Puller) -> None:
    body = tenant.report()
    tenant.first = [Reply(200, body, JSON, cut=len(body) // 2)]
    got, fault = await ended(puller.pages(ALL))
    assert (len(got), fault.reason, fault.retry) == (1, "unavailable", True)
    again = await every(puller.pages(ALL, got[-1].cursor))
    assert len(again) == 4


async def test_trouble_before_the_first_byte_costs_nothing(tenant: Tenant, puller: Puller) -> None:
    tenant.first = [Reply(503), Reply(500, b"busy"), Reply(0)]
    assert len(await ids("workday", puller)) == 100


async def test_an_empty_report_is_empty_and_a_report_without_its_list_is_a_fault(
    tenant: Tenant, puller: Puller
) -> None:
    tenant.first = [Reply(200, sample("raas_empty_list.json"), JSON), Reply(200, b"{}", JSON)]
    assert await ids("workday", puller) == []
    _, fault = await ended(puller.pages(ALL))
    assert fault.reason == "bad_answer"
    assert "no Report_Entry" in fault.message


async def test_a_delta_fetches_the_whole_report_and_says_so(tenant: Tenant, puller: Puller) -> None:
    pages = await every(puller.pages(Wanted(until=NOW, since=NOW)))
    assert len(pages[0].warnings) == 1
    assert pages[1].warnings == ()


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(200, b"<html>Sign in</html>"), "host"),
        (Reply(401, b"{}", JSON), "credential"),
        (Reply(403, b"{}", JSON), "permission"),
        (Reply(404, b"no report"), "host"),
        (Reply(200, b'{"Report_Entry":[{"a":', JSON), "bad_answer"),
    ],
)
async def test_the_connection_test_says_what_is_wrong(
    tenant: Tenant, puller: Puller, reply: Reply, reason: str
) -> None:
    tenant.first = [reply]
    checked = await puller.check()
    assert (checked.ok, checked.reason) == (False, reason)
    assert (await puller.check()).ok


async def test_a_connection_without_a_report_is_told_so(tenant: Tenant, http: CompanyHttp) -> None:
    checked = await client(access(tenant, None), http).check()
    assert (checked.reason, tenant.got) == ("bad_request", [])


async def test_entries_are_cut_out_byte_for_byte_whatever_is_in_them() -> None:
    odd = [rb'{"a": "}]\\\" {", "b": [[1], {"c": "\\"}]}', b"{}", '{"ü": "[é"}'.encode()]
    body = b'\xef\xbb\xbf{ "x": 1, "Report_Entry" :\n [ ' + b" ,\n".join(odd) + b" ] , more"
    for size in (1, 2, 7, 1000):
        assert await split(body, size) == odd


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"Report_Entry":7}', b'{"Report_Entry":[', b'{"Report_Entry":[{"a":"']
)
async def test_a_report_that_is_not_whole_is_never_taken_for_an_empty_one(body: bytes) -> None:
    with pytest.raises(NoEntries):
        await split(body)


async def test_an_entry_without_an_end_is_given_up() -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b'{"Report_Entry":[{"a":"'
        while True:
            yield b"x" * 1_000_000

    with pytest.raises(NoEntries, match=f"{LONGEST:,}"):
        async for _ in entries(endless()):
            pass


@given(
    rows=st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=9) | st.lists(st.text(max_size=3)))),
    size=st.integers(1, 40),
)
@tries(20)
async def test_any_report_is_cut_into_its_entries(rows: list[dict[str, object]], size: int) -> None:
    body = msgspec.json.encode({"Report_Entry": rows})
    assert [msgspec.json.decode(entry) for entry in await split(body, size)] == rows

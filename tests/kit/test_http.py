from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from kit.http import MAX_ANSWER, AddressRefused, AddressRules, CompanyHttp, HttpFault, check_address
from tests.fakes.receiver import Reply, receiving

pytestmark = pytest.mark.asyncio(loop_scope="function")

WORKATO = AddressRules(("*.workato.com", "app.workatoapp.cn"))
LOCAL = AddressRules(("*.workato.com",), loopback=True)


@pytest_asyncio.fixture
async def http() -> AsyncIterator[CompanyHttp]:
    async with CompanyHttp(LOCAL) as client:
        yield client


@pytest.mark.parametrize(
    "address",
    [
        "https://www.workato.com/webhooks/rest/1",
        "https://WEBHOOKS.eu.Workato.com./x?token=1",
        "https://app.workatoapp.cn/webhooks/1",
    ],
)
async def test_a_listed_host_may_be_called(address: str) -> None:
    assert check_address(address, WORKATO).scheme == "https"


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://www.workato.com/x", "https://"),
        ("https://workato.com.evil.example/x", "not one of those"),
        ("https://evilworkato.com/x", "not one of those"),
        ("https://workato.com/x", "not one of those"),
        ("https://127.0.0.1/x", "not an IP address"),
        ("https://10.1.2.3/x", "not an IP address"),
        ("https://169.254.169.254/latest/meta-data", "not an IP address"),
        ("https://[::1]/x", "not an IP address"),
        ("https://2130706433/x", "not an IP address"),
        ("https://0x7f.1/x", "not an IP address"),
        ("https://127.1/x", "not an IP address"),
        ("http://127.0.0.1:8080/x", "https://"),
        ("https://me:pw@www.workato.com/x", "user name"),
        ("https:///x", "not complete"),
        ("www.workato.com/x", "not complete"),
        ("https://☃.workato.com/", "cannot be read"),
        ("https://www.workato.com/" + "x" * 3000, "longer than"),
        ("ftp://www.workato.com/x", "https://"),
    ],
)
async def test_any_other_address_is_refused_with_the_rule(address: str, says: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        check_address(address, WORKATO)
    assert says in refused.value.message


async def test_loopback_is_for_the_plain_number_only_when_the_setting_allows_it() -> None:
    for scheme in ("http", "https"):
        assert check_address(f"{scheme}://127.0.0.1:8080/x", LOCAL).port == 8080
    for address in ("http://localhost:8080/x", "http://127.0.0.2/x", "ftp://127.0.0.1/x", "http://[::1]/x"):
        with pytest.raises(AddressRefused):
            check_address(address, LOCAL)


@pytest.mark.parametrize(
    "number",
    ["127.0.0.1", "10.0.0.8", "169.254.169.254", "100.64.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1",
     "2002:7f00:1::1", "fe80::1", "224.0.0.1", "0.0.0.0"],
)  # fmt: skip
async def test_a_listed_name_that_leads_inside_is_refused_when_connecting(
    number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The name server is the one thing that is not real here: it says what an attacker's would say.
    from httpx_secure import _AddressPolicy

    async def resolve(_self: object, _host: str, _port: int, _local: str | None) -> str:
        return number

    monkeypatch.setattr(_AddressPolicy, "_resolve", resolve)
    async with CompanyHttp(LOCAL) as http:
        with pytest.raises(AddressRefused, match="not public"):
            await http.post("https://hooks.workato.com/x", b"{}", {}, seconds=5)


async def test_a_name_of_this_machine_gets_no_byte() -> None:
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got = await reader.read(100)
        writer.close()
        await writer.wait_closed()
        await heard.put(got)

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, CompanyHttp(AddressRules(("localhost",))) as http:
        with pytest.raises(AddressRefused, match="not public"):
            await http.post(f"https://localhost:{port}/x", b"{}", {}, seconds=5)
        assert await asyncio.wait_for(heard.get(), 5) == b""


async def test_a_redirect_is_an_answer_and_is_not_followed(http: CompanyHttp) -> None:
    async with receiving() as aim, receiving(Reply(302, headers={"location": aim.url})) as receiver:
        answer = await http.post(receiver.url, b"{}", {}, seconds=5)
        assert (answer.status, aim.got) == (302, [])


async def test_of_an_endless_answer_only_the_first_part_is_read(http: CompanyHttp) -> None:
    async with receiving(Reply(200, b"x" * 5_000_000)) as receiver:
        answer = await http.post(receiver.url, b"{}", {}, seconds=5)
        assert len(answer.body) == MAX_ANSWER


async def test_a_silent_receiver_costs_no_more_than_the_time_given(http: CompanyHttp) -> None:
    never = asyncio.Event()
    async with receiving(Reply(after=never)) as receiver:
        with pytest.raises(HttpFault) as fault:
            await http.post(receiver.url, b"{}", {}, seconds=0.2)
        assert (fault.value.code, fault.value.retry) == ("timeout", True)
        never.set()


async def test_a_receiver_that_hangs_up_or_is_not_there_is_a_fault_to_try_again(http: CompanyHttp) -> None:
    async with receiving(Reply(0)) as receiver:
        with pytest.raises(HttpFault) as hung_up:
            await http.post(receiver.url, b"{}", {}, seconds=5)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(HttpFault) as absent:
            await http.post(f"http://127.0.0.1:{free.getsockname()[1]}/", b"{}", {}, seconds=5)
    assert (hung_up.value.code, absent.value.code) == ("bad_answer", "unreachable")
    assert absent.value.retry


async def test_no_log_line_holds_the_path_or_query_of_an_address(
    http: CompanyHttp, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    async with receiving() as receiver:
        with caplog.at_level("DEBUG"):
            await http.post(receiver.url + "/s3cret?token=t0ken", b"{}", {"x-key": "k3y"}, seconds=5)
    written = caplog.text + "".join(capsys.readouterr())
    assert "127.0.0.1" in written
    assert not any(word in written for word in ("s3cret", "t0ken", "k3y"))

"""Calls to one host: pinned, bounded, streamed, with a certificate."""

from __future__ import annotations

import asyncio
import os
import ssl
import tempfile
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from kit.host import Certificate, Host, check, tls
from kit.http import AddressRefused, AddressRules, CompanyHttp, HttpFault
from tests.adapters.pull.keys import pair
from tests.fakes.receiver import Receiver, Reply, receiving

pytestmark = pytest.mark.asyncio(loop_scope="function")
LOCAL = AddressRules(("*.successfactors.com",), loopback=True)


@pytest_asyncio.fixture
async def http() -> AsyncIterator[CompanyHttp]:
    async with CompanyHttp(LOCAL) as client:
        yield client


def host(http: CompanyHttp, receiver: Receiver) -> Host:
    return Host(http, receiver.url.removesuffix("/hook"))


async def test_a_path_and_the_hosts_own_addresses_are_called_as_they_are(http: CompanyHttp) -> None:
    async with receiving() as receiver:
        here = host(http, receiver)
        odd = "/odata/v2/X?$format=json&$skiptoken=eyJzdGFydFJvdyI6MTAwfQ==&a=%2B+b/c"
        await here.call("GET", odd, seconds=5, most=100)
        await here.call("GET", receiver.url.removesuffix("/hook") + odd, seconds=5, most=100)
        assert [got.path for got in receiver.got] == [odd, odd]


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/x",
        "http://127.0.0.1:1/x",
        "https://127.0.0.1/x",
        "http://me@127.0.0.1/x",
        "x",
        "http://[::bad/",
    ],
)
async def test_another_origin_is_never_called(http: CompanyHttp, address: str) -> None:
    async with receiving() as receiver:
        with pytest.raises(AddressRefused):
            await host(http, receiver).call("GET", address, seconds=5, most=100)
        assert receiver.got == []


async def test_a_path_that_looks_like_a_host_stays_a_path(http: CompanyHttp) -> None:
    async with receiving() as receiver:
        await host(http, receiver).call("GET", "//evil.example/x", seconds=5, most=100)
        assert [got.path for got in receiver.got] == ["//evil.example/x"]


async def test_the_usual_port_may_be_named(http: CompanyHttp, monkeypatch: pytest.MonkeyPatch) -> None:
    # The name server is not real here, so that no byte leaves: it says what an attacker's would say.
    from httpx_secure import _AddressPolicy

    async def resolve(_self: object, _host: str, _port: int, _local: str | None) -> str:
        return "10.0.0.1"

    monkeypatch.setattr(_AddressPolicy, "_resolve", resolve)
    here = Host(http, "https://api10.successfactors.com")
    for address in ("https://api10.successfactors.com:443/x", "https://API10.successfactors.com/x"):
        with pytest.raises(AddressRefused, match="not public"):
            await here.call("GET", address, seconds=5, most=100)
    with pytest.raises(AddressRefused, match="another host"):
        await here.call("GET", "https://api10.successfactors.com:8443/x", seconds=5, most=100)


async def test_an_answer_above_its_bound_is_a_fault_and_not_a_part_of_it(http: CompanyHttp) -> None:
    async with receiving(Reply(200, b"x" * 1001)) as receiver:
        with pytest.raises(HttpFault) as fault:
            await host(http, receiver).call("GET", "/", seconds=5, most=1000)
        assert (fault.value.code, fault.value.retry) == ("too_large", False)
        whole = await host(http, receiver).call("GET", "/", seconds=5, most=1001)
        assert len(whole.body) == 1001


async def test_a_body_that_breaks_off_is_a_fault(http: CompanyHttp) -> None:
    async with receiving(Reply(200, b"x" * 100_000, cut=70_000)) as receiver:
        with pytest.raises(HttpFault) as fault:
            await host(http, receiver).call("GET", "/", seconds=5, most=1_000_000)
        assert fault.value.code == "bad_answer"


async def test_only_waiting_for_the_other_side_counts_against_the_time(http: CompanyHttp) -> None:
    async with (
        receiving(Reply(200, b"x" * 200_000)) as receiver,
        host(http, receiver).stream("GET", "/", seconds=0.2, most=1_000_000) as answer,
    ):
        await asyncio.sleep(0.3)  # what we do in between
        assert sum([len(piece) async for piece in answer.chunks()]) == 200_000


async def test_a_host_that_stays_silent_costs_no_more_than_the_time_given(http: CompanyHttp) -> None:
    never = asyncio.Event()
    async with receiving(Reply(after=never)) as receiver:
        with pytest.raises(HttpFault) as fault:
            await host(http, receiver).call("GET", "/", seconds=0.2, most=100)
        assert fault.value.code == "timeout"
        never.set()


async def test_a_compressed_answer_is_refused(http: CompanyHttp) -> None:
    async with receiving(Reply(200, b"x", {"content-encoding": "gzip"})) as receiver:
        with pytest.raises(HttpFault, match="compressed"):
            await host(http, receiver).call("GET", "/", seconds=5, most=100)
        assert receiver.got[0].headers["accept-encoding"] == "identity"


async def test_cookies_stay_with_the_host_object_that_was_given_them(http: CompanyHttp) -> None:
    async with receiving(Reply(200, headers={"set-cookie": "session=1; Path=/"})) as receiver:
        one, other = host(http, receiver), host(http, receiver)
        for here in (one, one, other):
            await here.call("GET", "/", seconds=5, most=100)
        await http.post(receiver.url, b"", {}, seconds=5)
        cookies = [got.headers.get("cookie") for got in receiver.got]
        assert cookies == [None, "session=1", None, None]


async def test_a_certificate_is_shown_to_a_server_that_asks_for_it() -> None:
    server, client = pair("server"), pair("SFAPI")
    seen: list[object] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(writer.get_extra_info("peercert")["subject"])
        writer.close()
        await writer.wait_closed()

    wants = _as_server(server.certificate, server.private, client.certificate)
    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=wants)
    ours = tls(Certificate(client.certificate, client.private))
    ours.load_verify_locations(cadata=server.certificate)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=ours)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
    assert seen == [((("commonName", "SFAPI"),),)]


def _as_server(certificate: str, key: str, trusts: str) -> ssl.SSLContext:

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(f"{key}{certificate}")
        file.flush()
        context.load_cert_chain(file.name)
    context.load_verify_locations(cadata=trusts)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


async def test_a_certificate_and_a_key_of_somebody_else_are_refused() -> None:
    with pytest.raises(AddressRefused, match="do not belong together") as refused:
        tls(Certificate(pair("one").certificate, pair("two").private))
    assert (refused.value.code, refused.value.retry) == ("certificate", False)
    assert pair("two").private not in repr(Certificate("a", pair("two").private))


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="this system has no files in memory")
async def test_a_private_key_never_touches_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    client = pair("SFAPI")
    check(Certificate(client.certificate, client.private))

"""Every outgoing HTTP call. One factory, because what must never happen is the same for all of them:
no call without an end, no redirect followed, no endless answer read, no address or header in a log.

An address that comes from a company is checked twice: by name before anything is sent (https, and a
host on the operator's list), and by number when the connection is made, so that a name which resolves
to an inner address, also one that changes its mind in between, is refused.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from types import TracebackType
from typing import Self

import httpx
import msgspec
import structlog
from httpx_secure import SSRFProtectionError, httpx_ssrf_protection

from kit.errors import Fault

MAX_ANSWER = 64 * 1024
MAX_ADDRESS = 2048
_LOOPBACK = "127.0.0.1"
_TUNNELS = (IPv6Network("2002::/16"), IPv6Network("2001::/32"))
_log = structlog.get_logger("kit.http")


class HttpFault(Fault):
    """A call that brought no answer: `timeout`, `unreachable` or `bad_answer`. Trying again may help."""

    code = "unreachable"
    retry = True


class AddressRefused(HttpFault):
    """An address that we do not call. The message names the rule and may be shown to the company."""

    code = "address_refused"


class AddressRules(msgspec.Struct, frozen=True):
    """Where a company may have us call. `hosts` are names or `*.name` for all below it; `loopback`
    also allows `127.0.0.1:port` (demo and tests)."""

    hosts: tuple[str, ...]
    loopback: bool = False


class Answer(msgspec.Struct, frozen=True):
    """What came back: at most `MAX_ANSWER` bytes of the body, header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes
    milliseconds: int


def check_address(address: str, rules: AddressRules) -> httpx.URL:
    """The address as a URL, if the rules allow it by its looks. Raises AddressRefused."""
    url = _parsed(address)
    if rules.loopback and url.scheme in ("http", "https") and url.host == _LOOPBACK:
        return url
    if url.scheme != "https":
        raise AddressRefused(f"The address has to begin with https://, not with {url.scheme}://.")
    if _is_number(url.host):
        raise AddressRefused("The address has to name a host, not an IP address.")
    if not any(_matches(url.host, pattern) for pattern in rules.hosts):
        raise AddressRefused(
            f"The host {url.host[:100]} is not one of those that may be called ({_listed(rules.hosts)})."
        )
    return url


def _parsed(address: str) -> httpx.URL:
    if len(address) > MAX_ADDRESS:
        raise AddressRefused(f"The address is longer than {MAX_ADDRESS} characters.")
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, ValueError) as exc:
        raise AddressRefused("The address cannot be read; it looks like https://host/path.") from exc
    if not url.scheme or not url.host:
        raise AddressRefused("The address is not complete; it looks like https://host/path.")
    if url.userinfo:
        raise AddressRefused("The address must not contain a user name or password.")
    return url


def _is_number(host: str) -> bool:
    """Every spelling that a resolver takes for an IP address: 127.0.0.1, ::1, 2130706433, 0x7f.1."""
    return ":" in host or host.rstrip(".").rpartition(".")[2].isdigit() or host.lower().startswith("0x")


def _matches(host: str, pattern: str) -> bool:
    host, pattern = host.lower().rstrip("."), pattern.lower()
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and len(host) > len(pattern) - 1
    return host == pattern


def _listed(hosts: tuple[str, ...]) -> str:
    return ", ".join(hosts[:8]) or "it is empty"


def _outer(_host: str, address: IPv4Address | IPv6Address, _port: int) -> bool:
    """What the library's own check lets through and we do not: multicast, and IPv6 that tunnels to IPv4."""
    tunnelled = isinstance(address, IPv6Address) and any(address in net for net in _TUNNELS)
    return not (address.is_multicast or tunnelled)


@cache
def _trust() -> ssl.SSLContext:
    """The usual authorities; reading them takes a tenth of a second."""
    return httpx.create_ssl_context(trust_env=False)


def _client(connect: float, tls: ssl.SSLContext | None = None) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        verify=tls or _trust(),
        # A client serves many companies: what one of them is given at a host, another must not send there.
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=())),
        timeout=httpx.Timeout(30.0, connect=connect),
        follow_redirects=False,
        trust_env=False,
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=20),
        headers={"User-Agent": "etter-connector", "Accept-Encoding": "identity"},
    )


class CompanyHttp:
    """Calls addresses that come from companies. One per process; open and close it on its event loop."""

    def __init__(self, rules: AddressRules, *, connect_seconds: float = 5.0) -> None:
        # httpx writes every address with its query to its log at INFO, and those hold other people's secrets.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        logging.getLogger("httpcore").setLevel(logging.WARNING)
        self.rules = rules
        self.connect_seconds = connect_seconds
        self._outer = self.protected()
        self._loopback = _client(connect_seconds) if rules.loopback else None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._outer.aclose()
        if self._loopback is not None:
            await self._loopback.aclose()

    def protected(self, tls: ssl.SSLContext | None = None) -> httpx.AsyncClient:
        """A new client that refuses inner addresses; whoever asks for one closes it."""
        return httpx_ssrf_protection(
            _client(self.connect_seconds, tls), custom_validator=_outer, dns_cache_ttl=30
        )

    def client_for(self, url: httpx.URL) -> httpx.AsyncClient:
        """The shared client for a checked address."""
        return self._loopback if self._loopback is not None and url.host == _LOOPBACK else self._outer

    def client_with(self, url: httpx.URL, tls: ssl.SSLContext) -> httpx.AsyncClient:
        """A client of one's own for a checked address, with a certificate; whoever asks for one closes it."""
        inside = self._loopback is not None and url.host == _LOOPBACK
        return _client(self.connect_seconds, tls) if inside else self.protected(tls)

    async def post(
        self,
        address: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        seconds: float,
        tls: ssl.SSLContext | None = None,
    ) -> Answer:
        """POST the body; everything together takes at most `seconds`. Any status is an Answer, redirects
        too. `tls` shows a certificate of ours. Raises AddressRefused before or while connecting, HttpFault
        when no answer comes."""
        url = check_address(address, self.rules)
        started = time.monotonic()
        client = self.client_for(url) if tls is None else self.client_with(url, tls)
        try:
            with faults(url.host, seconds):
                async with asyncio.timeout(seconds):
                    answer = await _post(client, url, body, headers, started)
        finally:
            if tls is not None:
                await client.aclose()
        _log.info("http.called", method="POST", host=url.host, status=answer.status, ms=answer.milliseconds)
        return answer


async def _post(
    client: httpx.AsyncClient, url: httpx.URL, body: bytes, headers: Mapping[str, str], started: float
) -> Answer:
    async with client.stream("POST", url, content=body, headers=dict(headers)) as response:
        read = bytearray()
        # Raw, so that a small compressed answer cannot unfold into a large one.
        async for chunk in response.aiter_raw(8192):
            read += chunk
            if len(read) >= MAX_ANSWER:
                break
        milliseconds = round((time.monotonic() - started) * 1000)
        return Answer(
            response.status_code, dict(response.headers.items()), bytes(read[:MAX_ANSWER]), milliseconds
        )


@contextmanager
def faults(host: str, seconds: float) -> Iterator[None]:
    """Everything that a call can end with, as HttpFault."""
    try:
        yield
    except TimeoutError as exc:
        raise HttpFault(f"{host} did not answer within {seconds:g} seconds.", code="timeout") from exc
    except SSRFProtectionError as exc:
        raise AddressRefused(f"{host} leads to an address that is not public.") from exc
    except httpx.HTTPError as exc:
        raise _fault(host, exc) from exc


def _fault(host: str, exc: httpx.HTTPError) -> HttpFault:
    if isinstance(exc, httpx.TimeoutException):
        return HttpFault(f"{host} did not answer in time.", code="timeout")
    if isinstance(exc, httpx.ConnectError):
        return HttpFault(f"No connection to {host} could be made.")
    if isinstance(exc, httpx.RemoteProtocolError | httpx.DecodingError):
        return HttpFault(f"{host} ended the call without a readable answer.", code="bad_answer")
    return HttpFault(f"The call to {host} broke off.")

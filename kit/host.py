"""Calls to one host that comes from a company: whatever an answer says, nothing is sent anywhere else.

Unlike a callback, a call here may answer with megabytes: `call` reads them up to a bound that is given,
`stream` hands them on as they come. Cookies stay with the Host that was given them.
"""

from __future__ import annotations

import asyncio
import ssl
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache

import httpx
import msgspec
import structlog

from kit.http import AddressRefused, Answer, CompanyHttp, HttpFault, check_address, faults

_log = structlog.get_logger("kit.host")


class Certificate(msgspec.Struct, frozen=True):
    """A client certificate with its chain, and its private key, both in PEM."""

    chain: str
    key: str

    def __repr__(self) -> str:
        return "Certificate([hidden])"


class Streamed:
    """An answer whose body is still to come: at most `most` bytes of it, header names in lower case."""

    def __init__(self, response: httpx.Response, seconds: float, most: int) -> None:
        self.status = response.status_code
        self.headers = dict(response.headers.items())
        self._response = response
        self._left = seconds
        self._most = most

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body in pieces. Only waiting for the other side counts against the time. Raises HttpFault:
        `timeout`, `bad_answer` (broken off), `too_large`."""
        host, got = self._response.url.host, 0
        pieces = self._response.aiter_raw()
        while True:
            began = time.monotonic()
            with faults(host, self._left):
                async with asyncio.timeout(self._left):
                    piece = await anext(pieces, b"")
            self._left -= time.monotonic() - began
            if not piece:
                return
            got += len(piece)
            if got > self._most:
                raise HttpFault(
                    f"{host} answered with more than {self._most:,} bytes.", code="too_large", retry=False
                )
            yield piece


class Host:
    """One origin, and our way to it. Nothing is checked or opened before the first call."""

    def __init__(self, http: CompanyHttp, address: str, certificate: Certificate | None = None) -> None:
        self._http = http
        self._address = address
        self._certificate = certificate
        self._cookies = httpx.Cookies()
        self._own: httpx.AsyncClient | None = None

    async def close(self) -> None:
        """Close the connections that are this Host's alone."""
        if self._own is not None:
            await self._own.aclose()

    async def call(
        self,
        method: str,
        where: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        seconds: float,
        most: int,
    ) -> Answer:
        """The whole answer, of at most `most` bytes; everything together takes at most `seconds`.

        `where` is a path, or an address of this very origin. Any status is an Answer, redirects too.
        Raises AddressRefused (another origin, or the rules of kit.http) and HttpFault."""
        began = time.monotonic()
        async with self.stream(
            method, where, body=body, headers=headers, seconds=seconds, most=most
        ) as answer:
            read = b"".join([piece async for piece in answer.chunks()])
        return Answer(answer.status, answer.headers, read, round((time.monotonic() - began) * 1000))

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        where: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        seconds: float,
        most: int,
    ) -> AsyncIterator[Streamed]:
        """The same with the body in pieces; `seconds` is how long we wait for the other side in all."""
        url = self._url(where)
        client = self._client(url)
        request = client.build_request(
            method,
            url,
            content=body or None,
            headers=dict(headers or {}),
            timeout=httpx.Timeout(seconds, connect=self._http.connect_seconds),
        )
        self._cookies.set_cookie_header(request)
        began = time.monotonic()
        with faults(url.host, seconds):
            async with asyncio.timeout(seconds):
                response = await client.send(request, stream=True)
        waited = time.monotonic() - began
        _log.info(
            "http.called", method=method, host=url.host, status=response.status_code, ms=round(waited * 1000)
        )
        try:
            if response.headers.get("content-encoding", "identity") != "identity":
                raise HttpFault(f"{url.host} compressed its answer though asked not to.", code="bad_answer")
            self._cookies.extract_cookies(response)
            yield Streamed(response, max(seconds - waited, 0.001), most)
        finally:
            await response.aclose()

    def _url(self, where: str) -> httpx.URL:
        home = check_address(self._address, self._http.rules)
        if where.startswith("/"):
            return httpx.URL(f"{home.scheme}://{home.netloc.decode('ascii')}{where}")
        try:
            url = httpx.URL(where)
        except (httpx.InvalidURL, ValueError) as exc:
            raise AddressRefused(f"{home.host} named an address that cannot be read.") from exc
        if (url.scheme, url.host, url.port, url.userinfo) != (home.scheme, home.host, home.port, b""):
            raise AddressRefused(
                f"{home.host} named an address on another host ({url.host[:100]}), which is not called."
            )
        return url

    def _client(self, url: httpx.URL) -> httpx.AsyncClient:
        if self._certificate is None or url.scheme != "https":
            return self._http.client_for(url)
        if self._own is None:
            self._own = self._http.client_with(url, tls(self._certificate))
        return self._own


@lru_cache(maxsize=32)
def tls(certificate: Certificate) -> ssl.SSLContext:
    """The usual TLS settings with a client certificate; making them takes a tenth of a second, so those of
    the last ones are kept. Raises AddressRefused when it is none."""
    return _showing(httpx.create_ssl_context(trust_env=False), certificate)


def check(certificate: Certificate) -> None:
    """What `tls` raises, without reading whom the world trusts, which is what takes long there."""
    _showing(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), certificate)


def _showing(context: ssl.SSLContext, certificate: Certificate) -> ssl.SSLContext:
    # Python's ssl reads certificates from files only; this one is ours alone and is gone at once.
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(f"{certificate.key.strip()}\n{certificate.chain.strip()}\n")
        file.flush()
        try:
            context.load_cert_chain(file.name, password="")
        except (ssl.SSLError, ValueError) as exc:
            raise AddressRefused(
                "The client certificate and its private key do not belong together, or are no PEM.",
                code="certificate",
                retry=False,
            ) from exc
    return context

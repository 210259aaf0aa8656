"""A request to an HRIS: with what lets it in, once more with a fresh token when it was refused, and patiently
where asking again may help."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Protocol, TypeVar

from adapters.calls import HURRIED, Patience, patiently
from adapters.pull import PullFault
from kit.host import Host, Streamed
from kit.http import Answer

T = TypeVar("T")
SECONDS = 300.0  # large pages take minutes
MOST = 64 * 1024 * 1024  # bytes of one answer; a hundred Workday profiles with pay data have 0.4 MB
MOST_STREAMED = 2 * 1024 * 1024 * 1024
_LARGE = 256 * 1024  # from here on reading an answer would hold up the event loop


class Way(Protocol):
    """What lets a request in, and how patient we are at this host."""

    patience: Patience

    async def token(self) -> str:
        """The token to use now; "" where there is none. Raises PullFault."""
        ...

    def header(self, token: str) -> dict[str, str]:
        """What the request carries."""
        ...

    def drop(self, token: str) -> bool:
        """Forget a refused token; False when there is none that could be fetched anew."""
        ...


class Line:
    """A host and our way in."""

    def __init__(self, host: Host, way: Way) -> None:
        self.host = host
        self.way = way

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """For calls that a person waits for."""
        usual, self.way.patience = self.way.patience, HURRIED
        try:
            yield
        finally:
            self.way.patience = usual

    async def ask(
        self,
        method: str,
        where: str,
        read: Callable[[Answer], T],
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[T, bytes]:
        """What `read` makes of the answer, and its body. `read` raises PullFault for an answer that is no
        good; whether to ask again is in that fault."""

        async def once(token: str) -> tuple[T, bytes]:
            carried = {**(headers or {}), **self.way.header(token)}
            answer = await self.host.call(
                method, where, body=body, headers=carried, seconds=SECONDS, most=MOST
            )
            if len(answer.body) > _LARGE:
                return await asyncio.to_thread(read, answer), answer.body
            return read(answer), answer.body

        return await self._patiently(once)

    @asynccontextmanager
    async def stream(
        self, where: str, read: Callable[[Answer], object], headers: Mapping[str, str]
    ) -> AsyncIterator[Streamed]:
        """The answer of a GET as it comes. `read` sees the beginning of one that is no good, and raises."""
        async with AsyncExitStack() as stack:

            async def once(token: str) -> Streamed:
                carried = {**headers, **self.way.header(token)}
                answer = await stack.enter_async_context(
                    self.host.stream("GET", where, headers=carried, seconds=SECONDS, most=MOST_STREAMED)
                )
                if answer.status != 200:
                    start = await anext(answer.chunks(), b"")
                    read(Answer(answer.status, answer.headers, start, 0))
                return answer

            yield await self._patiently(once)

    async def _patiently(self, once: Callable[[str], Awaitable[T]]) -> T:
        async def twice() -> T:
            token = await self.way.token()
            try:
                return await once(token)
            except PullFault as fault:
                if fault.reason != "credential" or not self.way.drop(token):
                    raise
            return await once(await self.way.token())

        return await patiently(self.way.patience, twice)

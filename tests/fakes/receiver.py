"""A receiver of callbacks on 127.0.0.1 that answers as it is told and remembers what it got."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import msgspec


class Got(msgspec.Struct, frozen=True):
    """One request as it arrived; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Reply(msgspec.Struct, frozen=True):
    """One answer. `after` holds it back until the event is set; `status` 0 hangs up without a word, `cut`
    after so many bytes of the body."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = {}
    after: Any = None
    cut: int | None = None


R = TypeVar("R", bound="Receiver")


class Receiver:
    """`replies` are given in order, the last one for ever; none means 200 with nothing in it."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.got: list[Got] = []
        self.url = ""
        self._changed = asyncio.Condition()
        self._open: set[asyncio.StreamWriter] = set()

    async def wait_for(self, count: int, seconds: float = 10) -> list[Got]:
        """The requests, once there are `count` of them."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: len(self.got) >= count)
        return self.got

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while (got := await _read(reader)) is not None:
                reply = self.reply_to(got)
                async with self._changed:
                    self.got.append(got)
                    self._changed.notify_all()
                if reply.after is not None:
                    await reply.after.wait()
                if reply.status == 0:
                    break
                writer.write(_bytes(reply))
                await writer.drain()
                if reply.cut is not None:
                    break
        except ConnectionError:
            pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            async with self._changed:
                self._open.discard(writer)
                self._changed.notify_all()

    async def close(self) -> None:
        """End every connection, also one that nobody reads from."""
        for writer in list(self._open):
            writer.transport.abort()
        async with self._changed:
            await self._changed.wait_for(lambda: not self._open)

    def reply_to(self, got: Got) -> Reply:
        """The answer to a request; a fake that knows what it is asked overrides this."""
        if not self.replies:
            return Reply()
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


async def _read(reader: asyncio.StreamReader) -> Got | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    method, path, _ = head[0].split(" ")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Got(method, path, headers, body)


def _bytes(reply: Reply) -> bytes:
    headers = {"content-length": str(len(reply.body)), **reply.headers}
    lines = [f"HTTP/1.1 {reply.status} Word", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + reply.body[: reply.cut]


@asynccontextmanager
async def receiving(*replies: Reply) -> AsyncIterator[Receiver]:
    """A receiver that listens; its `url` is `http://127.0.0.1:<port>/hook`."""
    async with listening(Receiver(*replies)) as receiver:
        yield receiver


@asynccontextmanager
async def listening(receiver: R) -> AsyncIterator[R]:
    """Any receiver, listening."""
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    try:
        yield receiver
    finally:
        server.close()
        await receiver.close()

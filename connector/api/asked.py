"""A request as controllers read it, from ASGI's scope alone."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl

from litestar.types import Receive

from control.calls import MOST_BODY, Given
from kit.errors import Refused, TooLarge, WrongType

_TOLD = ("content-type", "content-range", "x-event-id", "idempotency-key")


class Asked:
    """What was asked: headers and query are read when somebody wants them, the body once."""

    __slots__ = ("_kept", "_receive", "_whole", "scope")

    def __init__(self, scope: Any, receive: Receive) -> None:
        self.scope = scope
        self._receive = receive
        self._whole = b""
        self._kept = True

    @property
    def method(self) -> str:
        """GET, POST ..."""
        return str(self.scope["method"])

    def header(self, name: str, default: str = "") -> str:
        """The first header of a name (in small letters)."""
        wanted = name.encode()
        for key, value in self.scope["headers"]:
            if key == wanted:
                return str(value.decode("latin-1"))
        return default

    def query(self) -> list[tuple[str, str]]:
        """The query parameters in their order."""
        text = self.scope["query_string"].decode("latin-1")
        return parse_qsl(text, keep_blank_values=True) if text else []

    async def body(self, limit: int) -> bytes:
        """The body, decompressed when it is gzip. TooLarge beyond the limit, counted after decompression."""
        encoding = self.header("content-encoding", "identity").lower().strip()
        if encoding not in ("identity", "gzip", ""):
            raise WrongType(
                f"The Content-Encoding {encoding[:30]} is not read here.", action="Send gzip or none."
            )
        announced = self.header("content-length")
        if announced.isdigit() and int(announced) > limit:
            raise _too_large(limit)
        unpacker = zlib.decompressobj(31) if encoding == "gzip" else None
        parts: list[bytes] = []
        size = 0
        async for chunk in self._chunks():
            part = chunk if unpacker is None else _unpack(unpacker, chunk, limit - size + 1)
            size += len(part)
            if size > limit:
                raise _too_large(limit)
            parts.append(part)
        if unpacker is not None and size and not unpacker.eof:
            raise Refused("The gzip body ends too early.", code="bad_gzip", action="Send the whole body.")
        self._whole = b"".join(parts)
        self.scope["state"]["asked"] = self
        return self._whole

    def keep_nothing(self) -> None:
        """What was sent is kept nowhere, also when it is refused."""
        self._kept = False

    def given(self) -> Given | None:
        """What was read of it, to be kept; None when that is nothing, too much, or not to be."""
        if not self._kept or not 0 < len(self._whole) <= MOST_BODY:
            return None
        return Given({name: value for name in _TOLD if (value := self.header(name))}, self._whole)

    async def _chunks(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            message: Any = await self._receive()
            if message["type"] == "http.disconnect":
                raise Refused("The body ended too early.", code="body_incomplete")
            more = message.get("more_body", False)
            yield message.get("body", b"")

    def check_json(self, raw: bytes) -> None:
        """WrongType unless the body is JSON in UTF-8, or there is none."""
        if not raw:
            return
        kind, _, rest = self.header("content-type", "application/json").lower().partition(";")
        charset = rest.partition("charset=")[2].strip().strip('"')
        if not (kind.strip() == "application/json" or kind.strip().endswith("+json")):
            raise WrongType(
                f"The body is {kind.strip()[:60] or 'of no type'}; this address reads application/json.",
                action="Send JSON with Content-Type: application/json.",
            )
        if charset not in ("", "utf-8", "utf8", "us-ascii"):
            raise WrongType(f"The charset {charset[:30]} is not read here.", action="Send UTF-8.")


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"The body is larger than {limit} bytes, the limit of this address.", action="Send less at once."
    )


def _unpack(unpacker: Any, chunk: bytes, room: int) -> bytes:
    try:
        return bytes(unpacker.decompress(chunk, max(1, room)))
    except zlib.error as exc:
        raise Refused("The body is not gzip, as its Content-Encoding says.", code="bad_gzip") from exc

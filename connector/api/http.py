"""What a controller has in hand: `Call` is the request with its caller, `Reply` the answer."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.di import NamedDependency

from connector.api import idempotency
from connector.api.operation import Operation
from connector.services import Services
from control.access import Caller, require
from kit import wire
from kit.db import Tx
from kit.errors import Refused, TooLarge, WrongType

T = TypeVar("T", bound=msgspec.Struct)
_encoder = msgspec.json.Encoder()


class Reply(Response[bytes]):
    """A JSON answer. `value` is an output Struct; `ignored` (for writes) is added at its top level."""

    def __init__(
        self,
        value: Any,
        status: int = 200,
        *,
        headers: dict[str, str] | None = None,
        ignored: list[str] | None = None,
    ) -> None:
        if ignored is not None:
            value = {**msgspec.to_builtins(value), "ignored": ignored}
        super().__init__(
            _encoder.encode(value) if value is not None else b"",
            status_code=status,
            headers=headers or {},
            media_type="application/json",
        )
        self.named = headers or {}


class Call:
    """One request. The scope of its operation was checked before the controller got it."""

    def __init__(self, request: Request[Any, Any, Any], services: Services, caller: Caller) -> None:
        self.request = request
        self.services = services
        self.caller = caller
        self._raw: bytes | None = None

    def tx(self) -> Any:
        """A transaction that sees the caller's company only: `async with call.tx() as tx`."""
        return self.services.db.company(self.caller.company_id)

    async def raw(self, limit: int | None = None) -> bytes:
        """The body's bytes, decompressed; TooLarge over the limit (default: that of JSON bodies)."""
        if self._raw is None:
            self._raw = await read_bytes(self.request, limit or self.services.settings.body_bytes)
        return self._raw

    async def body(self, into: type[T]) -> tuple[T, list[str]]:
        """The JSON body as a Struct, and the keys that were ignored (see kit.wire)."""
        raw = await self.raw()
        check_json(self.request, raw)
        return wire.read(raw, into)

    def query(self, into: type[T]) -> T:
        """The query parameters as a Struct (see kit.wire)."""
        return wire.read_query(self.request.query_params.multi_items(), into)

    async def once(self, work: Callable[[Tx], Awaitable[Reply]]) -> Reply:
        """Do the work in one transaction, at most once for an Idempotency-Key (when there is one); a
        repeat gets the first answer. `work` returns the Reply; what it raises is not kept."""
        key = idempotency.key_of(
            self.caller,
            self.request.headers.get("idempotency-key"),
            self.request.method,
            self.request.scope["path"],
            hashlib.sha256(await self.raw()).digest(),
        )
        if key is None:
            async with self.services.writes.place(), self.tx() as tx:
                return await work(tx)
        return await self._once(key, work)

    async def _once(self, key: idempotency.Key, work: Callable[[Tx], Awaitable[Reply]]) -> Reply:
        days = self.services.settings.keep_key_days
        waiting = idempotency.Patience()
        while True:
            async with self.services.writes.place(), self.tx() as tx:
                if await idempotency.locked(tx, key):
                    kept = await idempotency.find(tx, key, days)
                    if kept is not None:
                        headers = {**kept.headers, "Idempotent-Replayed": "true"}
                        return Reply(kept.answer, kept.status, headers=headers)
                    reply = await work(tx)
                    await idempotency.keep(tx, key, reply.status_code or 200, reply.content, reply.named)
                    return reply
            await waiting.pause()


def make_call(request: Request[Any, Any, Any], services: NamedDependency[Services]) -> Call:
    """The dependency `call`: refuses a caller without the operation's scope."""
    caller: Caller = request.scope["state"]["caller"]
    operation: Operation = request.route_handler.opt["operation"]
    if operation.scope is not None:
        require(caller, operation.scope)
    return Call(request, services, caller)


def check_json(request: Request[Any, Any, Any], raw: bytes) -> None:
    """WrongType unless the body is JSON in UTF-8, or there is none."""
    if not raw:
        return
    kind, _, rest = request.headers.get("content-type", "application/json").lower().partition(";")
    charset = rest.partition("charset=")[2].strip().strip('"')
    if not (kind.strip() == "application/json" or kind.strip().endswith("+json")):
        raise WrongType(
            f"The body is {kind.strip()[:60] or 'of no type'}; this address reads application/json.",
            action="Send JSON with Content-Type: application/json.",
        )
    if charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise WrongType(f"The charset {charset[:30]} is not read here.", action="Send UTF-8.")


async def read_bytes(request: Request[Any, Any, Any], limit: int) -> bytes:
    """The body, decompressed when it is gzip. TooLarge beyond the limit, counted after decompression."""
    encoding = request.headers.get("content-encoding", "identity").lower().strip()
    if encoding not in ("identity", "gzip", ""):
        raise WrongType(
            f"The Content-Encoding {encoding[:30]} is not read here.", action="Send gzip or none."
        )
    unpacker = zlib.decompressobj(31) if encoding == "gzip" else None
    parts: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        part = chunk if unpacker is None else _unpack(unpacker, chunk, limit - size + 1)
        size += len(part)
        if size > limit:
            raise TooLarge(
                f"The body is larger than {limit} bytes, the limit of this address.",
                action="Send less at once.",
            )
        parts.append(part)
    if unpacker is not None and size and not unpacker.eof:
        raise Refused("The gzip body ends too early.", code="bad_gzip", action="Send the whole body.")
    return b"".join(parts)


def _unpack(unpacker: Any, chunk: bytes, room: int) -> bytes:
    try:
        return bytes(unpacker.decompress(chunk, max(1, room)))
    except zlib.error as exc:
        raise Refused("The body is not gzip, as its Content-Encoding says.", code="bad_gzip") from exc

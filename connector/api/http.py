"""What a controller has in hand: `Call` is the request with its caller, `Reply` the answer."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.types import Scope

from connector.api import idempotency
from connector.api.asked import Asked
from connector.api.operation import Operation
from connector.services import Services
from control.access import Caller, require
from kit import wire
from kit.db import Tx

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

    def __init__(self, asked: Asked, services: Services, caller: Caller) -> None:
        self.asked = asked
        self.services = services
        self.caller = caller
        self._raw: bytes | None = None

    def tx(self) -> Any:
        """A transaction that sees the caller's company only: `async with call.tx() as tx`."""
        return self.services.db.company(self.caller.company_id)

    async def raw(self, limit: int | None = None) -> bytes:
        """The body's bytes, decompressed; TooLarge over the limit (default: that of JSON bodies)."""
        if self._raw is None:
            self._raw = await self.asked.body(limit or self.services.settings.body_bytes)
        return self._raw

    async def body(self, into: type[T]) -> tuple[T, list[str]]:
        """The JSON body as a Struct, and the keys that were ignored (see kit.wire)."""
        raw = await self.raw()
        self.asked.check_json(raw)
        return wire.read(raw, into)

    def query(self, into: type[T]) -> T:
        """The query parameters as a Struct (see kit.wire)."""
        return wire.read_query(self.asked.query(), into)

    async def once(self, work: Callable[[Tx], Awaitable[Reply]]) -> Reply:
        """Do the work in one transaction, at most once for an Idempotency-Key (when there is one); a
        repeat gets the first answer. `work` returns the Reply; what it raises is not kept."""
        key = idempotency.key_of(
            self.caller,
            self.asked.header("idempotency-key"),
            self.asked.method,
            self.asked.scope["path"],
            await self._sha256(),
        )
        if key is None:
            async with self.services.writes.place(), self.tx() as tx:
                return await work(tx)
        return await self._once(key, work)

    async def _sha256(self) -> bytes:
        """Of what was given, which may stand in the query as well as in the body."""
        query: bytes = self.asked.scope["query_string"]
        said = hashlib.sha256(query + b"\0" if query else b"")
        said.update(await self.raw())
        return said.digest()

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


def services_of(scope: Scope) -> Services:
    """The dependency `services`: the parts behind the door that the request came through."""
    services: Services = scope["state"]["services"]
    return services


def make_call(request: Request[Any, Any, Any], services: NamedDependency[Services]) -> Call:
    """The dependency `call`: refuses a caller without the operation's scope."""
    caller: Caller = request.scope["state"]["caller"]
    operation: Operation = request.route_handler.opt["operation"]
    if operation.going is not None:
        request.scope["state"]["going"] = operation.going.headers()
    if operation.scope is not None:
        require(caller, operation.scope)
    return Call(Asked(request.scope, request.receive), services, caller)

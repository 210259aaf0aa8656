"""`Idempotency-Key`: the same request twice does its work once.

While the first request is at work there is no row, only an advisory lock that ends with its
transaction; the row with the answer is written by that same transaction. So a crash leaves nothing
behind that would have to be cleaned, and an answer exists exactly when its work does.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from uuid import UUID

import msgspec

from control import store
from control.access import Caller
from control.store import Answer
from kit.db import Tx
from kit.errors import Action, Conflict, Invalid

_LONGEST = 255
_WAIT_SECONDS = 10.0
_PAUSE_SECONDS = 0.1


class Key(msgspec.Struct, frozen=True):
    """One client's key and the request it came with."""

    company_id: UUID
    client_id: UUID
    key: str
    method: str
    path: str
    body_sha256: bytes
    """Of the query and the body."""

    @property
    def lock(self) -> int:
        """The advisory lock: 64 bits of a hash over company, client and key."""
        text = f"{self.company_id}|{self.client_id}|{self.key}".encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:8], "big", signed=True)


def key_of(caller: Caller, header: str | None, method: str, path: str, body_sha256: bytes) -> Key | None:
    """The key of a request, or None when it has none. Invalid when it is too long."""
    key = (header or "").strip().strip('"')
    if not key:
        return None
    if len(key) > _LONGEST or not key.isprintable():
        raise Invalid(f"The Idempotency-Key must be printable and at most {_LONGEST} characters long.")
    return Key(caller.company_id, caller.id, key, method, path.rstrip("/"), body_sha256)


async def locked(tx: Tx, key: Key) -> bool:
    """Take the key until the transaction ends; False when another request is at work under it."""
    return await store.try_key(tx, key.lock)


async def find(tx: Tx, key: Key, days: int) -> Answer | None:
    """The answer kept under the key; Invalid when it was given to another request."""
    kept = await store.get_answer(tx, key.company_id, key.client_id, key.key, days)
    if kept is None:
        return None
    if (kept.method, kept.path, kept.body_sha256) != (key.method, key.path, key.body_sha256):
        raise Invalid(
            "This Idempotency-Key was used before for another request.",
            code="idempotency_key_reused",
            action=Action(
                "Use a new key for a new request; repeat one with exactly the same query and body."
            ),
        )
    return kept


async def keep(tx: Tx, key: Key, status: int, body: bytes, headers: dict[str, str]) -> None:
    """Keep an answer (2xx only) with the work of this transaction."""
    if 200 <= status < 300:
        answer = msgspec.Raw(body or b"null")
        row = Answer(key.method, key.path, key.body_sha256, status, answer, headers)
        await store.put_answer(tx, key.company_id, key.client_id, key.key, row)


class Patience:
    """Waits for the other request under a key, up to 10 s in all, with no transaction open."""

    def __init__(self) -> None:
        self._until = time.monotonic() + _WAIT_SECONDS

    async def pause(self) -> None:
        """Wait a little; Conflict when it has been long enough."""
        if time.monotonic() >= self._until:
            raise Conflict(
                "Another request with this Idempotency-Key is still at work.",
                code="idempotency_key_busy",
                action=Action("Send the same request again; it will get the answer of the first."),
                retry_after=2,
            )
        await asyncio.sleep(_PAUSE_SECONDS)

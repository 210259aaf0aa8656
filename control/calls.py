"""The last calls of a client, also those that were refused: what was asked, and what it was told.

Noted in memory and written down every few seconds, at most a hundred of a client at a time, so that it
costs a request nothing; a crash loses the last seconds. Of a refused call the body is kept too, sealed, so
that it can be sent again.
"""

from __future__ import annotations

import asyncio
import base64
from collections import deque
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from control.access import Caller
from kit import ids, log
from kit.db import Db, Tx, json
from kit.errors import NotFound
from kit.sql import Queries
from kit.vault import Vault

KEPT = 100
_CLIENTS = 2_000
MOST_BODY = 256 * 1024
"""Bytes of a body that are kept; of a longer one nothing is."""

BODY_DAYS = 7
_MOST_HELD = 32 * 1024 * 1024
_LONGEST_PATH = 300
_log = log.get("control.calls")
_sql = Queries("control", "calls.sql")


class Given(msgspec.Struct, frozen=True):
    """What a call had sent: its body, unpacked, and the headers that say what it is."""

    headers: dict[str, str]
    body: bytes


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """One call: `problem` is what a refused one was answered; `resendable`: its body is kept; `resend_of` is
    the request that it was sent again for."""

    request_id: str
    at: datetime
    method: str
    path: str
    status: int
    milliseconds: int
    problem: dict[str, Any] | None
    resendable: bool = False
    resend_of: str | None = None


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A call as it was made; `body` is sealed, None when nothing of it is kept."""

    id: UUID
    method: str
    path: str
    status: int
    headers: dict[str, str] | None
    body: str | None


class Calls:
    """Those of one process that are not written down yet."""

    def __init__(self) -> None:
        self._noted: dict[tuple[UUID, UUID], deque[tuple[UUID, Made, Given | None]]] = {}
        self._held = 0

    def note(self, caller: Caller, made: Made, given: Given | None = None) -> None:
        """Remember a call of a client; `given` is kept while there is room for it."""
        key = (caller.company_id, caller.id)
        if key not in self._noted and len(self._noted) >= _CLIENTS:
            return
        if given is not None:
            self._held += len(given.body)
            given = given if self._held <= _MOST_HELD else None
        self._noted.setdefault(key, deque(maxlen=KEPT)).append((ids.new(), made, given))

    async def write(self, db: Db, vault: Vault) -> int:
        """Write down what was noted; how many calls. Where PostgreSQL refuses one, its client's are lost."""
        noted, self._noted = self._noted, {}
        self._held = 0
        clients = [[await _row(vault, key, *call) for call in calls] for key, calls in noted.items()]
        try:
            return await _add(db, [row for rows in clients for row in rows])
        except psycopg.DataError:
            return sum([await _added(db, rows) for rows in clients])


async def _row(
    vault: Vault, key: tuple[UUID, UUID], id_: UUID, made: Made, given: Given | None
) -> dict[str, Any]:
    return {
        **msgspec.structs.asdict(made),
        "id": id_,
        "company_id": key[0],
        "client_id": key[1],
        # jsonb holds no NUL, and a path may.
        "path": log.redact(made.path).replace("\0", "\ufffd")[:_LONGEST_PATH],
        **(await asyncio.to_thread(_sealed, vault, given) if given else {}),
    }


async def _add(db: Db, rows: list[dict[str, Any]]) -> int:
    if rows:
        async with db.engine() as tx:
            await tx.run(_sql["add_calls"], {"calls": json(rows), "kept": KEPT})
    return len(rows)


async def _added(db: Db, rows: list[dict[str, Any]]) -> int:
    try:
        return await _add(db, rows)
    except psycopg.DataError as exc:
        _log.warning("calls.unwritable", error=type(exc).__name__, lost=len(rows))
        return 0


def _sealed(vault: Vault, given: Given) -> dict[str, Any]:
    return {"headers": given.headers, "body": vault.seal(base64.b64encode(given.body).decode())}


async def given_in(tx: Tx, caller: Caller, vault: Vault, request_id: str) -> tuple[Kept, Given | None]:
    """One of the caller's own calls and what it had sent (None: it is not kept). Raises NotFound."""
    params = {"company_id": caller.company_id, "client_id": caller.id, "request_id": request_id}
    kept = await tx.one(_sql["kept_call"], params, into=Kept)
    if kept is None:
        raise NotFound(f"There is no call {request_id[:80]!r} among your last {KEPT}.")
    if kept.body is None or len(kept.path) >= _LONGEST_PATH or log.redact(kept.path) != kept.path:
        return kept, None
    return kept, Given(kept.headers or {}, base64.b64decode(vault.open(kept.body)))


async def forget_body(db: Db, caller: Caller, id_: UUID) -> None:
    """What one of the caller's own calls had sent."""
    async with db.engine() as tx:
        params = {"company_id": caller.company_id, "client_id": caller.id, "id": id_}
        await tx.run(_sql["forget_body"], params)


async def forget_bodies(db: Db) -> int:
    """How many bodies ended with their time (7 days)."""
    async with db.engine() as tx:
        ended: int = await tx.run(_sql["forget_bodies"], {"days": BODY_DAYS})
    return ended


async def last(
    tx: Tx, caller: Caller, *, request_id: str = "", refused: bool = False, limit: int = KEPT
) -> list[Made]:
    """The caller's own calls, newest first."""
    params = {
        "company_id": caller.company_id,
        "client_id": caller.id,
        "request_id": request_id or None,
        "refused": refused,
        "limit": limit,
    }
    return await tx.all(_sql["last_calls"], params, into=Made)

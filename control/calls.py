"""The last calls of a client, also those that were refused: what was asked, and what it was told.

Noted in memory and written down every few seconds, at most a hundred of a client at a time, so that it
costs a request nothing. Of a body nothing is kept; a crash loses the last seconds.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from control.access import Caller
from kit import ids, log
from kit.db import Db, Tx, json
from kit.sql import Queries

KEPT = 100
_CLIENTS = 2_000
_LONGEST_PATH = 300
_sql = Queries("control", "calls.sql")


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """One call: `problem` is what a refused one was answered."""

    request_id: str
    at: datetime
    method: str
    path: str
    status: int
    milliseconds: int
    problem: dict[str, Any] | None


class Calls:
    """Those of one process that are not written down yet."""

    def __init__(self) -> None:
        self._noted: dict[tuple[UUID, UUID], deque[tuple[UUID, Made]]] = {}

    def note(self, caller: Caller, made: Made) -> None:
        """Remember a call of a client."""
        key = (caller.company_id, caller.id)
        if key not in self._noted and len(self._noted) >= _CLIENTS:
            return
        self._noted.setdefault(key, deque(maxlen=KEPT)).append((ids.new(), made))

    async def write(self, db: Db) -> int:
        """Write down what was noted; how many calls."""
        noted, self._noted = self._noted, {}
        rows = [
            {
                **msgspec.structs.asdict(made),
                "id": id_,
                "company_id": company_id,
                "client_id": client_id,
                "path": log.redact(made.path)[:_LONGEST_PATH],
            }
            for (company_id, client_id), calls in noted.items()
            for id_, made in calls
        ]
        if rows:
            async with db.engine() as tx:
                await tx.run(_sql["add_calls"], {"calls": json(rows), "kept": KEPT})
        return len(rows)


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

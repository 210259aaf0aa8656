"""Which tokens do not count although they are well signed: revoked, or issued before a line was drawn.

All of it is few rows (tokens live for minutes), so a process holds it in memory and looks at one
counter to learn that something has changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from control import store
from control.store import Barred, KeyRow
from kit.db import Tx


class AccessState(msgspec.Struct, frozen=True):
    """What verifying needs to know at one value of the change counter."""

    counter: int
    keys: list[KeyRow]
    revoked: set[str]
    barred: Mapping[UUID, Barred]

    def counts(self, jti: str, client_id: UUID, issued_at: float) -> bool:
        """Whether a token (issued at that many seconds since 1970) still counts."""
        bar = self.barred.get(client_id)
        if bar is not None and (bar.disabled or issued_at < bar.not_before):
            return False
        return jti not in self.revoked


async def load(tx: Tx, token_seconds: int) -> AccessState:
    """The state now (auth transaction). The counter is read first: a change in between is seen again."""
    counter = await store.get_change(tx)
    return AccessState(
        counter=counter,
        keys=await store.list_keys(tx),
        revoked=await store.list_revoked(tx),
        barred={bar.id: bar for bar in await store.list_barred(tx, token_seconds)},
    )


async def counter(tx: Tx) -> int:
    """The change counter."""
    return await store.get_change(tx)


async def revoke(tx: Tx, company_id: UUID, jti: str, expires_at: datetime) -> None:
    """End one token (auth transaction). Doing it again changes nothing."""
    if await store.revoke_token(tx, jti, company_id, expires_at):
        await store.bump_change(tx)


async def sweep(tx: Tx) -> int:
    """Forget tokens that have ended by themselves; how many."""
    return await store.sweep_revoked(tx)

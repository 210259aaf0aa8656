"""Reading the audit rows of a company."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from kit.db import Tx
from kit.paging import Place
from kit.sql import Queries

_sql = Queries("control", "trail.sql")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody did something to something."""

    id: UUID
    at: datetime
    actor_kind: str
    actor_id: str
    action: str
    target: str | None
    outcome: str
    request_id: str | None
    detail: dict[str, Any]


async def page(
    tx: Tx, company_id: UUID, *, action: str, actor: str, target: str, after: Place | None, limit: int
) -> list[Row]:
    """Rows, newest first. `action` may end at a dot (`role.`): all that begin so; what is empty does not
    filter."""
    params = {
        "company_id": company_id,
        "action": (action.replace("%", "").replace("_", r"\_") + ("%" if action.endswith(".") else ""))
        or None,
        "actor": actor or None,
        "target": target or None,
        "place_at": after[0] if after else None,
        "place_id": after[1] if after else None,
        "limit": limit,
    }
    return await tx.all(_sql["trail"], params, into=Row)

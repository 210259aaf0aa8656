"""Audit rows: who did what to what, written in the transaction that did it."""

from __future__ import annotations

from typing import Any

import structlog

from control import store
from control.access import Caller
from kit import ids
from kit.db import Tx


async def record(
    tx: Tx,
    caller: Caller,
    action: str,
    target: str | None = None,
    *,
    outcome: str = "done",
    detail: dict[str, Any] | None = None,
) -> None:
    """Add a row for `action` (`role.pushed`, `client.created` ...) on `target` (a shown id). The request
    id comes from the log's context. `detail` must hold no secret."""
    await store.add_audit(
        tx,
        id=ids.new(),
        company_id=caller.company_id,
        actor_kind=caller.kind,
        actor_id=caller.shown_id,
        action=action,
        target=target,
        outcome=outcome,
        request_id=structlog.contextvars.get_contextvars().get("request_id"),
        detail=detail or {},
    )

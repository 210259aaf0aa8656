"""What is kept for how long, and forgotten in small steps so that nothing ever waits for it."""

from __future__ import annotations

import structlog

from kit.db import Db
from kit.settings import Settings
from kit.sql import Queries

_sql = Queries("pipeline.runs", "retention.sql")
_log = structlog.get_logger("pipeline.retention")
_STEP = 1_000
_MOST_STEPS = 100


async def sweep(db: Db, settings: Settings) -> dict[str, int]:
    """Forget what is old; how many rows of each kind."""
    days = {
        "forget_raw": settings.keep_raw_days,
        "forget_keys": settings.keep_key_days,
        "forget_events": settings.keep_run_days,
        "forget_runs": settings.keep_run_days,
        "forget_plans": settings.keep_run_days,
        "forget_answers": settings.keep_run_days,
        "forget_deliveries": settings.keep_delivery_days,
        "forget_simulations": settings.keep_delivery_days,
        "forget_waits": settings.keep_run_days,
        "forget_audit": settings.keep_audit_days,
    }
    forgotten = {name: await _forget(db, name, kept) for name, kept in days.items()}
    _log.info("retention.swept", **forgotten)
    return forgotten


async def _forget(db: Db, name: str, days: int) -> int:
    total = 0
    for _ in range(_MOST_STEPS):
        async with db.engine() as tx:
            count = await tx.run(_sql[name], {"days": days, "limit": _STEP})
        total += count
        if count < _STEP:
            break
    return total

"""Whether a company may ask the model now: its budgets against the ledger.

Looked at before a stage that asks the model begins, at most once in a while per company and process. Calls
that are under way when the budget is used up are still paid for, so it may be overrun by what is in flight.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import structlog

from kit.db import Db, Tx, json
from kit.errors import Overloaded
from kit.sql import Queries
from pipeline.assessor.policy import ModelPolicy, policy_of

_sql = Queries("pipeline.engine", "budgets.sql")
_log = structlog.get_logger("pipeline.engine")
_AWAY = (psycopg.Error, Overloaded, OSError)
_FRESH = 2.0
_MOST_KNOWN = 10_000
NO_BUDGET = ModelPolicy()


class _Spent(msgspec.Struct, frozen=True):
    """What a company's model calls cost since `period_start`, in micro-units; the next period begins in
    `resets_in` seconds."""

    period_start: datetime
    resets_in: float
    micros: int


class Budgets:
    """The accounts as this process last saw them. `fresh` is how long a look holds, in seconds."""

    def __init__(self, db: Db, *, fresh: float = _FRESH) -> None:
        self._db, self._fresh = db, fresh
        self._seen: dict[UUID, tuple[float, ModelPolicy, float | None]] = {}

    async def held(self, company_id: UUID, policy: Mapping[str, Any]) -> float | None:
        """Seconds until the company may ask the model again; None: now. What cannot be looked up now
        does not hold anybody."""
        rules = _rules(company_id, policy)
        if not rules.limited:
            return None
        seen = self._seen.get(company_id)
        now = time.monotonic()
        if seen is not None and seen[0] > now and seen[1] == rules:
            return seen[2]
        try:
            wait = await self._look(company_id, rules)
        except _AWAY as exc:
            _log.warning("budget.unread", error=str(exc)[:200])
            return None
        if len(self._seen) > _MOST_KNOWN:
            self._seen.clear()
        self._seen[company_id] = (now + self._fresh, rules, wait)
        return wait

    async def _look(self, company_id: UUID, rules: ModelPolicy) -> float | None:
        async with self._db.engine() as tx:
            spent = await _spent(tx, company_id, rules.period)
            over = [
                (budget, type_, limit)
                for budget, type_, limit in (
                    ("soft", "budget.low", rules.soft_budget_micros),
                    ("hard", "budget.used_up", rules.hard_budget_micros),
                )
                if limit is not None and spent.micros >= limit
            ]
            for budget, type_, limit in over:
                data = {"spent_micros": spent.micros, "budget_micros": limit, "period": rules.period}
                start = spent.period_start
                if await _tell(tx, company_id, period_start=start, budget=budget, type_=type_, data=data):
                    _log.warning("budget.reached", company_id=str(company_id), budget=budget)
        return spent.resets_in if any(budget == "hard" for budget, _, _ in over) else None


def _rules(company_id: UUID, policy: Mapping[str, Any]) -> ModelPolicy:
    """A policy that cannot be read (written by hand) limits nothing, and the log says so."""
    try:
        return policy_of(policy)
    except msgspec.ValidationError as exc:
        _log.warning("budget.unreadable", company_id=str(company_id), error=str(exc)[:200])
        return NO_BUDGET


async def _spent(tx: Tx, company_id: UUID, period: str) -> _Spent:
    """The company's account in the running `day` or `month`."""
    params = {"company_id": company_id, "period": period}
    return (await tx.all(_sql["spent"], params, into=_Spent))[0]


async def _tell(
    tx: Tx, company_id: UUID, *, period_start: datetime, budget: str, type_: str, data: dict[str, Any]
) -> bool:
    """Log the event unless it was told in this period; whether it is news."""
    params = {
        "company_id": company_id,
        "period_start": period_start,
        "budget": budget,
        "type": type_,
        "data": json(data),
    }
    return await tx.run(_sql["tell_budget"], params) > 0

"""What a company's model calls cost, and how much they may cost."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec

from kit.db import Tx, json
from kit.sql import Queries
from pipeline.assessor.policy import ModelPolicy

_sql = Queries("pipeline.runs", "spending.sql")
MOST_ROWS = 5_000


class Account(msgspec.Struct, frozen=True):
    """The running period of a budget: what was spent since it began (micro-units), when it ends, and how
    many runs wait for that."""

    period_start: datetime
    period_end: datetime
    spent_micros: int
    runs_waiting: int


class Spent(msgspec.Struct, frozen=True):
    """Calls of one day, model and purpose. `cost_micros` is in millionths of the price table's currency;
    `unpriced_calls` are not in it, because their model has no price."""

    day: date
    model: str
    purpose: str
    calls: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_micros: int
    unpriced_calls: int
    roles: int


async def choose(tx: Tx, company_id: UUID, choice: ModelPolicy) -> int:
    """Set the company's budgets and what is done while the model is away; how many waiting runs look
    again now."""
    params = {"company_id": company_id, "choice": json(choice)}
    await tx.run(_sql["choose_budget"], params)
    return await tx.run(_sql["wake_budget"], {"company_id": company_id})


async def account(tx: Tx, company_id: UUID, choice: ModelPolicy) -> Account:
    """Where the company stands in its running period."""
    params = {"company_id": company_id, "period": choice.period}
    return (await tx.all(_sql["account"], params, into=Account))[0]


async def spent(tx: Tx, company_id: UUID, since: date, until: date) -> list[Spent]:
    """The ledger from `since` to `until` (days in UTC, both inclusive), newest day first; at most
    MOST_ROWS rows."""
    params = {"company_id": company_id, "since": since, "until": until, "limit": MOST_ROWS}
    return await tx.all(_sql["usage_by"], params, into=Spent)

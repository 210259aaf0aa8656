"""What it would cost to run a stage of some roles again, with what depends on it: the usual cost of the
company's own runs, times the roles. An estimate, and called so."""

from __future__ import annotations

from uuid import UUID

import msgspec

from kit.db import Tx
from kit.sql import Queries
from pipeline.stages.registry import by_key, dependants

_sql = Queries("pipeline.runs", "pricing.sql")


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """An estimate. `stages` may ask the model, each once a role at most: what depends on the first runs only
    where its inputs changed. `tokens` and `cost_micros` (millionths of the price table's currency) are None
    while the company has no run to go by; `runs_seen` is how many it rests on."""

    roles: int
    stages: list[str]
    asks_model: bool
    calls: int | None
    tokens: int | None
    cost_micros: int | None
    unpriced: bool
    runs_seen: int


async def price(tx: Tx, company_id: UUID, stage: str, roles: int, *, asks_model: bool) -> Price:
    """The price of a stage and what depends on it for so many roles; nothing where no model is asked."""
    stages = [key for key in (stage, *dependants(stage)) if by_key(key).kind == "llm"]
    if not asks_model or not roles:
        return Price(
            roles=roles,
            stages=stages,
            asks_model=asks_model,
            calls=0,
            tokens=0,
            cost_micros=0,
            unpriced=False,
            runs_seen=0,
        )
    params = {"company_id": company_id, "stages": stages}
    seen = (await tx.all(_sql["usual_cost"], params))[0]
    runs: int = seen["runs"]

    def usual(name: str) -> int | None:
        return -(-seen[name] * roles // runs) if runs else None

    return Price(
        roles=roles,
        stages=stages,
        asks_model=True,
        calls=usual("calls"),
        tokens=usual("tokens"),
        cost_micros=usual("cost_micros"),
        unpriced=seen["unpriced_calls"] > 0,
        runs_seen=runs,
    )

"""What model calls cost, and the company's choice about them: budgets, and what is done while the model is
away."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import msgspec
from litestar import Controller, get, put
from litestar.di import NamedDependency

from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from control import audit, companies
from kit.errors import Refused
from pipeline.assessor.asking.prices import prices_from
from pipeline.assessor.policy import Micros, ModelPolicy, Period, WhenAway, policy_of
from pipeline.runs import spending
from pipeline.runs.spending import Spent

_DAYS = 31
_MOST_DAYS = 366


class BadSpan(Refused):
    """A span of days that cannot be answered."""

    status, code, title = 422, "bad_span", "The days do not make a span"


class UsageIn(msgspec.Struct):
    """From `since` to `until`, both inclusive, in UTC. Default: the last 31 days."""

    since: date | None = None
    until: date | None = None


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over all rows. Money is an integer count of millionths of `currency`."""

    calls: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_micros: int
    unpriced_calls: int


class BudgetOut(msgspec.Struct, frozen=True, kw_only=True):
    """The running period: what was spent, what is allowed, and how many runs wait for the next one."""

    period: Period
    period_start: datetime
    period_end: datetime
    spent_micros: int
    soft_budget_micros: int | None
    hard_budget_micros: int | None
    used_up: bool
    runs_waiting: int


class UsageOut(msgspec.Struct, frozen=True, kw_only=True):
    """The ledger by day, model and purpose, newest day first."""

    currency: str
    since: date
    until: date
    totals: Totals
    budget: BudgetOut
    results: list[Spent]
    next_cursor: str | None
    has_more: bool


class ModelSettingsIn(msgspec.Struct):
    """The whole choice: a budget that is left out is no limit."""

    hard_budget_micros: Micros | None = None
    soft_budget_micros: Micros | None = None
    period: Period = "month"
    when_away: WhenAway = "wait"


class ModelSettingsOut(msgspec.Struct, frozen=True, kw_only=True):
    """The company's choice about the model, and where it stands."""

    hard_budget_micros: int | None
    soft_budget_micros: int | None
    period: Period
    when_away: WhenAway
    currency: str
    budget: BudgetOut


_BUDGET: dict[str, Any] = {
    "period": "month",
    "period_start": "2026-11-01T00:00:00Z",
    "period_end": "2026-12-01T00:00:00Z",
    "spent_micros": 1_204_500,
    "soft_budget_micros": 40_000_000,
    "hard_budget_micros": 50_000_000,
    "used_up": False,
    "runs_waiting": 0,
}
_SUMS: dict[str, int] = {
    "calls": 8,
    "input_tokens": 9_100,
    "cached_tokens": 1_024,
    "output_tokens": 3_400,
    "cost_micros": 3_328,
    "unpriced_calls": 0,
}
_USAGE: dict[str, Any] = {
    "currency": "USD",
    "since": "2026-10-23",
    "until": "2026-11-22",
    "totals": _SUMS,
    "budget": _BUDGET,
    "results": [{"day": "2026-11-22", "model": "gpt-4o-mini", "purpose": "assess", **_SUMS, "roles": 8}],
    "next_cursor": None,
    "has_more": False,
}
_CHOICE: dict[str, Any] = {
    "hard_budget_micros": 50_000_000,
    "soft_budget_micros": 40_000_000,
    "period": "month",
    "when_away": "offline",
}
_SETTINGS: dict[str, Any] = {**_CHOICE, "currency": "USD", "budget": _BUDGET}


class Usage(Controller):
    """What was spent on model calls."""

    path = "/v1/usage"
    tags = ["Usage"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "getUsage",
            "Model calls, tokens and their cost, with the budget",
            scope="usage:read",
            query=UsageIn,
            answers={200: Answer(kind=UsageOut, example=_USAGE)},
            errors=(BadSpan,),
            notes="Every call that happened is counted, also one whose result was dropped.",
        ),
    )
    async def show(self, call: NamedDependency[Call]) -> Reply:
        """By day, model and purpose."""
        given = call.query(UsageIn)
        until = given.until or datetime.now(UTC).date()
        since = given.since or until - timedelta(days=_DAYS - 1)
        if not 0 <= (until - since).days < _MOST_DAYS:
            raise BadSpan("`since` has to be up to a year before `until`.", action="Ask for fewer days.")
        async with call.tx() as tx:
            company = await companies.get(tx, call.caller.company_id)
            choice = policy_of(company.policy)
            account = await spending.account(tx, company.id, choice)
            rows = await spending.spent(tx, company.id, since, until)
        answer = UsageOut(
            currency=_currency(call.services.settings.model_prices_path),
            since=since,
            until=until,
            totals=_totals(rows),
            budget=_budget(choice, account),
            results=rows,
            next_cursor=None,
            has_more=len(rows) == spending.MOST_ROWS,
        )
        return Reply(answer)


class ModelSettings(Controller):
    """The company's choice about the model."""

    path = "/v1/settings/model"
    tags = ["Usage"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "getModelSettings",
            "Budgets for model calls, and what is done while the model is away",
            scope="settings:read",
            answers={200: Answer(kind=ModelSettingsOut, example=_SETTINGS)},
        ),
    )
    async def show(self, call: NamedDependency[Call]) -> Reply:
        """With where the company stands."""
        async with call.tx() as tx:
            company = await companies.get(tx, call.caller.company_id)
            choice = policy_of(company.policy)
            account = await spending.account(tx, company.id, choice)
        return Reply(_settings(call, choice, account))

    @put(
        "/",
        **operation(
            "setModelSettings",
            "Set the budgets for model calls, and what is done while the model is away",
            scope="settings:write",
            body=Body(kind=ModelSettingsIn, examples={"a monthly budget": _CHOICE, "no limit": {}}),
            answers={200: Answer(kind=ModelSettingsOut, example={**_SETTINGS, "ignored": []})},
            notes="Runs that wait for a budget look again at once.",
        ),
    )
    async def change(self, call: NamedDependency[Call]) -> Reply:
        """Replaces the whole choice."""
        given, ignored = await call.body(ModelSettingsIn)
        choice = ModelPolicy(**msgspec.structs.asdict(given))
        async with call.tx() as tx:
            await spending.choose(tx, call.caller.company_id, choice)
            detail = msgspec.to_builtins(choice)
            await audit.record(tx, call.caller, "settings.model_changed", "model", detail=detail)
            account = await spending.account(tx, call.caller.company_id, choice)
        return Reply(_settings(call, choice, account), ignored=ignored)


@cache
def _currency(path: str) -> str:
    return prices_from(path).currency


def _settings(call: Call, choice: ModelPolicy, account: spending.Account) -> ModelSettingsOut:
    return ModelSettingsOut(
        hard_budget_micros=choice.hard_budget_micros,
        soft_budget_micros=choice.soft_budget_micros,
        period=choice.period,
        when_away=choice.when_away,
        currency=_currency(call.services.settings.model_prices_path),
        budget=_budget(choice, account),
    )


def _budget(choice: ModelPolicy, account: spending.Account) -> BudgetOut:
    hard = choice.hard_budget_micros
    return BudgetOut(
        period=choice.period,
        soft_budget_micros=choice.soft_budget_micros,
        hard_budget_micros=hard,
        used_up=hard is not None and account.spent_micros >= hard,
        **msgspec.structs.asdict(account),
    )


def _totals(rows: list[Spent]) -> Totals:
    return Totals(**{name: sum(getattr(row, name) for row in rows) for name in Totals.__struct_fields__})

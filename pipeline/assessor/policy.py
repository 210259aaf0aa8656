"""What a company chose about the model: how much it may cost, and what is done while it is away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

Micros = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
Period = Literal["day", "month"]
WhenAway = Literal["wait", "offline"]
KEY = "model"
SANDBOX = "sandbox"
"""Set in the policy of a company to try things out in: it is never judged by a model."""


class ModelPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Budgets in millionths of the price table's currency, per calendar day or month (UTC). Over the hard
    one runs wait until the next period; over the soft one the company is told once. None: no limit.
    `when_away`: wait for the model, or let the offline assessor judge in its place."""

    hard_budget_micros: Micros | None = None
    soft_budget_micros: Micros | None = None
    period: Period = "month"
    when_away: WhenAway = "wait"

    @property
    def limited(self) -> bool:
        """Whether there is a budget at all."""
        return self.hard_budget_micros is not None or self.soft_budget_micros is not None


def policy_of(policy: Mapping[str, Any]) -> ModelPolicy:
    """The company's choice, from its policy. Raises msgspec.ValidationError when that is no such choice."""
    return msgspec.convert(policy.get(KEY) or {}, ModelPolicy)

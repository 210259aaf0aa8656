"""What pushing what a dry run found would cost in tokens, said before anybody does it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kit.db import Tx
from webhooks.sync import store
from webhooks.sync.model import Counts

_CHARACTERS_PER_TOKEN = 4


async def estimate(tx: Tx, company_id: UUID, counts: Counts) -> dict[str, Any]:
    """How many roles would run and about how many tokens that takes, from what the company's own runs took;
    before the first of them only the length of the texts is known, which each model stage reads again."""
    roles = counts.new + counts.changed
    per_run = await store.tokens_per_run(tx, company_id)
    if per_run.tokens is not None:
        basis = f"the mean of this company's last {per_run.runs} runs: {per_run.tokens:,.0f} tokens each"
        return {"roles": roles, "tokens": round(roles * per_run.tokens), "basis": basis}
    tokens = round(counts.characters / _CHARACTERS_PER_TOKEN)
    basis = (
        "the documents' texts alone, read once (4 characters a token): no run of this company has used "
        "a model yet, and each model stage reads them again"
    )
    return {"roles": roles, "tokens": tokens, "basis": basis}

"""When a role was published: which questions have to be asked about it, and which are settled."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kit import ids
from kit.db import Tx
from pipeline.reviews import store
from pipeline.reviews.store import Doubt
from pipeline.stages.reviewed import asked_about

MAPPING_FLAG = "review:draup_role"


async def look_at(tx: Tx, company_id: UUID, event_ids: list[int]) -> None:
    """Open a review for every result that a person should look at, among the roles that these events say are
    ready; take back questions that need no answer any more. Done again it changes nothing."""
    asked: list[dict[str, Any]] = []
    settled: list[dict[str, Any]] = []
    for doubt in await store.doubts(tx, company_id, event_ids):
        reasons = reasons_of(doubt)
        row: dict[str, Any] = {"role_id": doubt.role_id, "stage": doubt.stage}
        if reasons and doubt.judged_on is not None:
            row |= {"id": ids.new(), "reasons": reasons, "judged_on": doubt.judged_on}
            asked.append(row | {"run_id": doubt.run_id, "role_revision": doubt.role_revision})
        else:
            settled.append(row)
    if asked:
        await store.open_reviews(tx, company_id, asked)
    if settled:
        await store.drop_reviews(tx, company_id, settled)


def reasons_of(doubt: Doubt) -> list[str]:
    """Those of the role's flags that are about this stage's result."""
    flags = asked_about(doubt.flags)
    of_mapping = doubt.stage == "map_draup_role"
    return [flag for flag in flags if (flag == MAPPING_FLAG) == of_mapping]

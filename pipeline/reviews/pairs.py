"""What people decided, as pairs of a question and its right answer: to train on, or to keep elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from kit import ids
from kit.db import Db, Tx
from pipeline.assessor.model import RoleAssessment, RoleMapping
from pipeline.reviews import store
from pipeline.reviews.correcting import Correction
from pipeline.reviews.store import DecidedRow

_PAGE = 200
Place = tuple[datetime, UUID]


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """`about` a mapping: `given` has title, family and level, `right` the standard role or null. About a
    task: its text, and its exposure class and grade. About scores: the title, and the scores. `outcome`
    says how the person answered."""

    about: Literal["mapping", "task", "scores"]
    given: dict[str, Any]
    right: dict[str, Any] | None
    outcome: str
    review_id: str
    decided_at: datetime
    note: str | None


async def page(
    tx: Tx, company_id: UUID, *, after: Place | None, limit: int
) -> tuple[list[Pair], Place | None]:
    """The pairs of up to `limit` decisions after a place, oldest first, and the place to go on from (None:
    there are no more)."""
    rows = await store.decided(tx, company_id, after=after, limit=limit + 1)
    pairs = [pair for row in rows[:limit] for pair in pairs_of(row)]
    last = rows[limit - 1] if len(rows) > limit else None
    return pairs, (last.decided_at, last.id) if last else None


async def every(db: Db, company_id: UUID) -> AsyncIterator[Pair]:
    """All pairs of a company; no transaction stays open between pages."""
    after: Place | None = None
    while True:
        async with db.company(company_id) as tx:
            pairs, after = await page(tx, company_id, after=after, limit=_PAGE)
        for pair in pairs:
            yield pair
        if after is None:
            return


def pairs_of(row: DecidedRow) -> Iterator[Pair]:
    """The pairs of one decision. A rejected assessment says only that something is wrong: it makes none."""
    whose: dict[str, Any] = {
        "outcome": row.status,
        "review_id": ids.show("review", row.id),
        "decided_at": row.decided_at,
        "note": row.note,
    }
    about_role = {"title": row.title, "family": row.family, "level": row.level}
    if row.stage == "map_draup_role":
        linked = msgspec.convert(row.result, RoleMapping, strict=False).linked
        right = {"taxonomy": linked.taxonomy, "code": linked.code, "title": linked.title} if linked else None
        yield Pair(about="mapping", given=about_role, right=right, **whose)
    elif row.status == "corrected" and row.correction is not None:
        correction = msgspec.convert(row.correction, Correction, strict=False)
        tasks = {task.id: task for task in msgspec.convert(row.result, RoleAssessment, strict=False).tasks}
        for label in correction.tasks:
            answer = {"exposure": label.exposure, "grade": label.grade}
            yield Pair(about="task", given={"text": tasks[label.task_id].text}, right=answer, **whose)
        if correction.scores is not None:
            scores = msgspec.to_builtins(correction.scores)
            yield Pair(about="scores", given=about_role, right=scores, **whose)

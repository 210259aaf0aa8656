"""Reviews: questions to people about results, and their answers. The front door for pages and the API.

A decision is kept with who and when. It wins over the assessor as long as what the result rests on stays the
same, and a run of that one stage brings it to everything that depends on it; no assessor is asked for it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from control.access import Caller, require
from kit import ids, paging
from kit.db import Tx
from kit.errors import Action, Conflict, NotFound, Refused
from pipeline.assessor.model import Decided, RoleCandidate
from pipeline.assessor.offline.taxonomy import starter_roles
from pipeline.assessor.offline.titles import normalise_title
from pipeline.reviews import correcting, store
from pipeline.reviews.correcting import Correction, Verb
from pipeline.reviews.store import ReviewRow, Stage, Status
from pipeline.runs import pushes
from pipeline.runs.actor import actor_of
from pipeline.runs.pushes import Push
from pipeline.taxonomies import store as taxonomies

READ, WRITE = "reviews:read", "reviews:write"


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which reviews; `since` as in every list."""

    statuses: list[Status] | None = None
    stage: Stage | None = None
    role_id: UUID | None = None
    since: datetime | None = None


class Page(msgspec.Struct, frozen=True):
    """Reviews in order, and the cursor of the next page (None on the last one)."""

    reviews: list[ReviewRow]
    next: str | None


class WholeReview(msgspec.Struct, frozen=True):
    """A review with the result it is about (None: there is a newer one, and the question follows it soon)."""

    review: ReviewRow
    result: dict[str, Any] | None


class Resolved(msgspec.Struct, frozen=True):
    """A review after the decision, the run that brings it to the dashboard (None: the role is archived, has
    changed since, or the push was refused), and what to ring for after the commit."""

    review: ReviewRow
    run_id: UUID | None
    jobs: list[int]
    queued: int


async def listing(tx: Tx, caller: Caller, filters: Filters, *, cursor: str = "", limit: int = 100) -> Page:
    """By the time of the last change: newest first, or oldest first with `since`."""
    require(caller, READ)
    place, since = paging.place(cursor), filters.since
    fields = {
        "statuses": filters.statuses,
        "stage": filters.stage,
        "role_id": filters.role_id,
        "place_at": place and place[0],
        "place_id": place and place[1],
        "limit": limit + 1,
    }
    if since is not None:
        fields["since"] = since - paging.OVERLAP
    found = await store.review_ids(tx, caller.company_id, newest_first=since is None, **fields)
    rows = {row.id: row for row in await store.reviews(tx, caller.company_id, found[:limit])}
    page = [rows[id_] for id_ in found[:limit] if id_ in rows]
    more = len(found) > limit and bool(page)
    return Page(page, paging.cursor((page[-1].updated_at, page[-1].id)) if more else None)


async def get(tx: Tx, caller: Caller, review_id: UUID) -> WholeReview:
    """A review with the result it is about. Raises NotFound."""
    require(caller, READ)
    row = await _row(tx, caller, review_id)
    return WholeReview(row, await store.judged(tx, caller.company_id, review_id))


async def approve(tx: Tx, caller: Caller, review_id: UUID, note: str | None = None) -> Resolved:
    """The result is right as it is; of a mapping, its first candidate is. Raises NotFound, Conflict (decided
    already, or about an older result), Invalid (no candidate)."""
    return await _resolve(tx, caller, review_id, "approved", None, note)


async def correct(
    tx: Tx, caller: Caller, review_id: UUID, correction: Correction, note: str | None = None
) -> Resolved:
    """Something else is right. Raises as `approve` does, and Invalid when the correction does not fit."""
    return await _resolve(tx, caller, review_id, "corrected", correction, note)


async def reject(tx: Tx, caller: Caller, review_id: UUID, note: str | None = None) -> Resolved:
    """The result is wrong: an assessment is not shown any more, a mapping links to no standard role. Raises
    NotFound, Conflict."""
    return await _resolve(tx, caller, review_id, "rejected", None, note)


async def _resolve(
    tx: Tx, caller: Caller, review_id: UUID, verb: Verb, correction: Correction | None, note: str | None
) -> Resolved:
    require(caller, WRITE)
    await store.lock_review(tx, caller.company_id, review_id)
    row = await _row(tx, caller, review_id)
    outputs = await store.judged(tx, caller.company_id, review_id)
    if row.status != "open":
        raise _over(row)
    if outputs is None:
        raise Conflict(
            "The role was judged again since; the question follows in a moment.",
            code="review_outdated",
            action=Action("Look at the review again, then decide.", link=f"/v1/reviews/{_shown(row)}"),
        )
    at = datetime.now(UTC)
    shown_at = at.isoformat(timespec="seconds")
    decided = Decided(outcome=verb, by=caller.name, at=shown_at, review_id=_shown(row))
    if row.stage == "map_draup_role":
        result = await _mapped(tx, caller, row, outputs, decided, correction)
    else:
        result = correcting.assessment(outputs, decided, correction)
    jobs = await store.decide(
        tx,
        caller.company_id,
        review_id,
        status=verb,
        correction=None if correction is None else msgspec.to_builtins(correction),
        result=result,
        note=note,
        kind=caller.kind,
        by=caller.shown_id,
        name=caller.name,
        at=at,
    )
    return await _brought(tx, caller, row, jobs)


async def _mapped(
    tx: Tx,
    caller: Caller,
    row: ReviewRow,
    outputs: dict[str, Any],
    decided: Decided,
    correction: Correction | None,
) -> dict[str, Any]:
    if decided.outcome == "rejected":
        return correcting.mapping(outputs, decided, None)
    wanted = correction.draup_role if correction is not None else None
    if correction is not None and wanted is None:
        raise correcting.wrong("draup_role", "A mapping is corrected by naming the standard role.")
    known = await _known(tx, caller.company_id) if wanted is not None else []
    chosen = correcting.choice(outputs, wanted, known)
    await taxonomies.confirm(
        tx,
        caller.company_id,
        title_key=normalise_title(row.role_title),
        title=row.role_title,
        taxonomy=chosen.taxonomy,
        code=chosen.code,
        standard_title=chosen.title,
        review_id=row.id,
    )
    return correcting.mapping(outputs, decided, chosen)


async def _known(tx: Tx, company_id: UUID) -> list[RoleCandidate]:
    roles = (*await taxonomies.standard_roles(tx, company_id), *starter_roles())
    return [RoleCandidate(code=r.code, title=r.title, taxonomy=r.taxonomy, score=1.0) for r in roles]


async def _brought(tx: Tx, caller: Caller, row: ReviewRow, jobs: list[int]) -> Resolved:
    """Push the one stage, so that the decision reaches what depends on it. A role that changed since waits
    for its own push, which asks anew where that matters."""
    run_id, queued = None, 0
    if row.revision_now == row.role_revision:
        kind, actor = actor_of(caller)
        try:
            push = Push(actor_kind=kind, actor_id=actor, stages=(row.stage,))
            pushed = await pushes.one(tx, caller.company_id, row.role_id, push)
        except Refused:
            pass
        else:
            run_id, queued, jobs = pushed.run_id, pushed.queued, [*jobs, *pushed.jobs]
    return Resolved(await _row(tx, caller, row.id), run_id, jobs, queued)


async def _row(tx: Tx, caller: Caller, review_id: UUID) -> ReviewRow:
    found = await store.reviews(tx, caller.company_id, [review_id])
    if not found:
        raise NotFound(f"There is no review with the id {ids.show('review', review_id)}.")
    return found[0]


def _shown(row: ReviewRow) -> str:
    return ids.show("review", row.id)


def _over(row: ReviewRow) -> Conflict:
    by = f" by {row.decided_name[:60]}" if row.decided_name else ""
    return Conflict(
        f"The review is over: it was {row.status}{by}.",
        code="review_over",
        action=Action("Look at it; a new result of the role may bring a new question.", "caller"),
    )

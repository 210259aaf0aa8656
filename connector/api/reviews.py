"""Reviews: questions to a person about one result, and the person's answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from connector.api.receipts import base_of
from connector.api.units import BASE, LINKS, ROLE, RUN
from control import audit, companies
from kit import ids
from kit.db import Tx
from kit.errors import Conflict, NotFound
from pipeline.reviews import reviews, store
from pipeline.reviews.correcting import Correction
from pipeline.reviews.policy import Publish, ReviewPolicy, policy_of
from pipeline.reviews.reviews import Filters, Resolved
from pipeline.reviews.store import ReviewRow, Stage, Status
from pipeline.runs.view import dashboard

_REVIEW = "review_01990a6b4c7d7e2fb1a0c3d4e5f6072b"
Note = Annotated[str, Meta(max_length=2000)]
Wanted = Literal["open", "approved", "corrected", "rejected", "superseded", "all"]
Decide = Callable[[Tx], Awaitable[Resolved]]


class ReviewQuery(msgspec.Struct, kw_only=True):
    """Which reviews, and which page of them; without `status` the open ones, with `status=all` every one.
    `updated_since` is inclusive and reaches back five seconds more."""

    status: list[Wanted] = []
    stage: Stage | None = None
    role_id: str = ""
    cursor: str = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    updated_since: datetime | None = None


class NoteIn(msgspec.Struct, kw_only=True):
    """Why, in the person's words."""

    note: Note | None = None


class CorrectionIn(Correction, frozen=True, kw_only=True):
    """What is right instead, and why."""

    note: Note | None = None


class ReviewOut(msgspec.Struct, frozen=True, kw_only=True):
    """A question: `reasons` are the flags behind it, `stage` whose result it is about. `decided_...` and
    `correction` are there once a person answered; `visible` says whether the role is shown meanwhile."""

    id: str
    role_id: str
    role_title: str
    role_code: str | None
    stage: Stage
    status: Status
    reasons: list[str]
    run_id: str
    role_revision: int
    changed_since: bool
    visible: bool
    correction: dict[str, Any] | None
    note: str | None
    decided_by: str | None
    decided_name: str | None
    decided_at: datetime | None
    links: dict[str, str]
    created_at: datetime
    updated_at: datetime


class ReviewWithResult(ReviewOut, frozen=True, kw_only=True):
    """A question with the result it is about, as the stage recorded it (see docs/assessment.md)."""

    result: dict[str, Any] | None


class ReviewDecided(ReviewOut, frozen=True, kw_only=True):
    """A question that was just answered, and the run that brings the answer to the dashboard, if one is
    needed."""

    pushed_run_id: str | None


class ReviewList(msgspec.Struct, frozen=True):
    """A page of reviews."""

    results: list[ReviewOut]
    next_cursor: str | None
    has_more: bool


class ReviewSettingsIn(msgspec.Struct, kw_only=True):
    """What becomes of a role whose assessment a person should look at."""

    publish: Publish = "marked"


class ReviewSettingsOut(msgspec.Struct, frozen=True, kw_only=True):
    """`marked`: it is shown and says so. `held`: it is hidden until a person approves or corrects it."""

    publish: Publish


_OPEN: dict[str, Any] = {
    "id": _REVIEW,
    "role_id": ROLE,
    "role_title": "Registered Nurse",
    "role_code": "R-1042",
    "stage": "map_draup_role",
    "status": "open",
    "reasons": ["review:draup_role"],
    "run_id": RUN,
    "role_revision": 1,
    "changed_since": False,
    "visible": True,
    "correction": None,
    "note": None,
    "decided_by": None,
    "decided_name": None,
    "decided_at": None,
    "links": {
        "self": f"{BASE}/reviews/{_REVIEW}",
        "role": f"{BASE}/roles/{ROLE}",
        "run": LINKS["self"],
        "dashboard": LINKS["dashboard"],
    },
    "created_at": "2026-11-22T09:31:12Z",
    "updated_at": "2026-11-22T09:31:12Z",
}
_CANDIDATE = {"taxonomy": "starter", "code": "29-1141", "title": "Registered Nurse", "score": 1.2}
_WHOLE = {**_OPEN, "result": {"status": "suggested", "candidates": [_CANDIDATE], "linked": None}}
_DONE = {
    **_OPEN,
    "status": "corrected",
    "correction": {"draup_role": {"taxonomy": "starter", "code": "29-1141"}, "tasks": []},
    "note": "Same job, another name.",
    "decided_by": "client_01990a6b4c7d7e2fb1a0c3d4e5f60701",
    "decided_name": "Workato",
    "decided_at": "2026-11-22T10:02:00Z",
    "pushed_run_id": RUN,
    "ignored": [],
}
_CORRECTIONS = {
    "a mapping": {
        "draup_role": {"taxonomy": "starter", "code": "29-1141"},
        "note": "Same job, another name.",
    },
    "tasks": {"tasks": [{"task_id": "t3", "exposure": "E1", "grade": "augment"}]},
    "scores": {"scores": {"ai_exposure": 40, "automation": 10, "augmentation": 50, "human": 40}},
}
_PARAMS = {"review_id": _REVIEW}
_DECIDED = {200: Answer(kind=ReviewDecided, example=_DONE, says="Kept.")}


class Reviews(Controller):
    """Where people have the last word."""

    path = "/v1/reviews"
    tags = ["Reviews"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "searchReviews",
            "Questions to people about results",
            scope="reviews:read",
            query=ReviewQuery,
            errors=(NotFound,),
            answers={
                200: Answer(
                    kind=ReviewList, example={"results": [_OPEN], "next_cursor": None, "has_more": False}
                )
            },
            notes="Newest change first; with updated_since oldest first, and reviews may repeat.",
        ),
    )
    async def search(self, call: NamedDependency[Call]) -> Reply:
        """A page."""
        wanted = call.query(ReviewQuery)
        statuses = wanted.status or ["open"]
        filters = Filters(
            statuses=None if "all" in statuses else msgspec.convert(statuses, list[Status]),
            stage=wanted.stage,
            role_id=ids.parse("role", wanted.role_id) if wanted.role_id else None,
            since=wanted.updated_since,
        )
        async with call.tx() as tx:
            page = await reviews.listing(tx, call.caller, filters, cursor=wanted.cursor, limit=wanted.limit)
        base = base_of(call)
        shown = [ReviewOut(**review(row, base)) for row in page.reviews]
        return Reply(ReviewList(shown, page.next, page.next is not None))

    @get(
        "/{review_id:str}",
        **operation(
            "getReview",
            "A question with the result it is about",
            scope="reviews:read",
            params=_PARAMS,
            answers={200: Answer(kind=ReviewWithResult, example=_WHOLE)},
        ),
    )
    async def show(self, call: NamedDependency[Call], review_id: FromPath[str]) -> Reply:
        """Also one that is over."""
        async with call.tx() as tx:
            found = await reviews.get(tx, call.caller, ids.parse("review", review_id))
        return Reply(ReviewWithResult(**review(found.review, base_of(call)), result=found.result))

    @post(
        "/{review_id:str}/approve",
        **operation(
            "approveReview",
            "Say that a result is right",
            scope="reviews:write",
            params=_PARAMS,
            body=Body(kind=NoteIn, examples={"approve": {"note": "Checked with the team."}}, required=False),
            answers=_DECIDED,
            errors=(Conflict,),
            idempotent=True,
            notes="Of a mapping: its first candidate is right, and becomes the link.",
        ),
    )
    async def approve(self, call: NamedDependency[Call], review_id: FromPath[str]) -> Reply:
        """The role is shown, if it was held."""
        given, ignored = await call.body(NoteIn)
        id_ = ids.parse("review", review_id)
        return await _decided(call, lambda tx: reviews.approve(tx, call.caller, id_, given.note), ignored)

    @post(
        "/{review_id:str}/correct",
        **operation(
            "correctReview",
            "Say what is right instead",
            scope="reviews:write",
            params=_PARAMS,
            body=Body(kind=CorrectionIn, examples=_CORRECTIONS),
            answers=_DECIDED,
            errors=(Conflict,),
            idempotent=True,
            notes="It wins over the assessor until the role's title or documents change. A mapping also "
            "counts for every other role with this title.",
        ),
    )
    async def correct(self, call: NamedDependency[Call], review_id: FromPath[str]) -> Reply:
        """Scores are computed anew from labels of tasks."""
        given, ignored = await call.body(CorrectionIn)
        id_ = ids.parse("review", review_id)
        right = Correction(
            draup_role=given.draup_role, tasks=given.tasks, scores=given.scores, summary=given.summary
        )

        async def work(tx: Tx) -> Resolved:
            return await reviews.correct(tx, call.caller, id_, right, given.note)

        return await _decided(call, work, ignored)

    @post(
        "/{review_id:str}/reject",
        **operation(
            "rejectReview",
            "Say that a result is wrong",
            scope="reviews:write",
            params=_PARAMS,
            body=Body(kind=NoteIn, examples={"reject": {"note": "This is another job."}}, required=False),
            answers=_DECIDED,
            errors=(Conflict,),
            idempotent=True,
            notes="An assessment is hidden until the role's title or documents change; a mapping links to "
            "no standard role.",
        ),
    )
    async def reject(self, call: NamedDependency[Call], review_id: FromPath[str]) -> Reply:
        """Nothing is deleted."""
        given, ignored = await call.body(NoteIn)
        id_ = ids.parse("review", review_id)
        return await _decided(call, lambda tx: reviews.reject(tx, call.caller, id_, given.note), ignored)


class ReviewSettings(Controller):
    """The company's choice about reviews."""

    path = "/v1/settings/reviews"
    tags = ["Reviews"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "getReviewSettings",
            "What becomes of roles with open questions",
            scope="settings:read",
            answers={200: Answer(kind=ReviewSettingsOut, example={"publish": "marked"})},
        ),
    )
    async def show(self, call: NamedDependency[Call]) -> Reply:
        """As it stands."""
        async with call.tx() as tx:
            company = await companies.get(tx, call.caller.company_id)
        return Reply(ReviewSettingsOut(publish=policy_of(company.policy).publish))

    @put(
        "/",
        **operation(
            "setReviewSettings",
            "Set what becomes of roles with open questions",
            scope="settings:write",
            body=Body(kind=ReviewSettingsIn, examples={"hold": {"publish": "held"}}),
            answers={200: Answer(kind=ReviewSettingsOut, example={"publish": "held", "ignored": []})},
            notes="Counts for what is published from now on.",
        ),
    )
    async def change(self, call: NamedDependency[Call]) -> Reply:
        """Replaces the whole choice."""
        given, ignored = await call.body(ReviewSettingsIn)
        choice = ReviewPolicy(publish=given.publish)
        async with call.tx() as tx:
            await store.choose(tx, call.caller.company_id, choice)
            detail = msgspec.to_builtins(choice)
            await audit.record(tx, call.caller, "settings.reviews_changed", "reviews", detail=detail)
        return Reply(ReviewSettingsOut(publish=given.publish), ignored=ignored)


def review(row: ReviewRow, base: str) -> dict[str, Any]:
    """A review as it is shown, by field."""
    id_, role_id, run_id = (
        ids.show("review", row.id),
        ids.show("role", row.role_id),
        ids.show("run", row.run_id),
    )
    return {
        "id": id_,
        "role_id": role_id,
        "role_title": row.role_title,
        "role_code": row.role_code,
        "stage": row.stage,
        "status": row.status,
        "reasons": row.reasons,
        "run_id": run_id,
        "role_revision": row.role_revision,
        "changed_since": row.revision_now != row.role_revision,
        "visible": row.visible,
        "correction": row.correction,
        "note": row.note,
        "decided_by": row.decided_by,
        "decided_name": row.decided_name,
        "decided_at": row.decided_at,
        "links": {
            "self": f"{base}/v1/reviews/{id_}",
            "role": f"{base}/v1/roles/{role_id}",
            "run": f"{base}/v1/runs/{run_id}",
            "dashboard": dashboard(row.dashboard_url, base, row.role_id),
        },
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


async def _decided(call: Call, decide: Decide, ignored: list[str]) -> Reply:
    done: list[Resolved] = []

    async def work(tx: Tx) -> Reply:
        resolved = await decide(tx)
        done.append(resolved)
        row, run_id = resolved.review, ids.show("run", resolved.run_id) if resolved.run_id else None
        shown = ids.show("review", row.id)
        detail = {"role_id": ids.show("role", row.role_id), "stage": row.stage, "run_id": run_id}
        await audit.record(tx, call.caller, f"review.{row.status}", shown, detail=detail)
        return Reply(ReviewDecided(**review(row, base_of(call)), pushed_run_id=run_id), ignored=ignored)

    reply = await call.once(work)
    for one in done:
        await call.services.ring(one.jobs, one.queued)
    return reply

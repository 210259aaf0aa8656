"""Assessments: the published results of roles."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from connector.api.http import Call, Reply
from connector.api.operation import Answer, operation
from connector.api.receipts import base_of
from connector.api.units import BASE, LINKS, ROLE, RUN
from kit import ids
from pipeline.assessments import assessments
from pipeline.assessments.assessments import Assessment, Filters, WholeAssessment
from pipeline.runs.lifecycle import State

EXAMPLE: dict[str, Any] = {
    "id": ROLE,
    "role_id": ROLE,
    "role_title": "Registered Nurse",
    "role_code": "R-1042",
    "role_family": "Nursing",
    "role_level": None,
    "role_grade": None,
    "role_source": "workday",
    "role_source_id": "1a2b3c4d5e6f1000a1b2c3d4e5f60718",
    "state": "ready",
    "visible": True,
    "stale": False,
    "ai_exposure": 38.5,
    "automation": 12.5,
    "augmentation": 50.0,
    "human": 37.5,
    "text_score": 38.5,
    "occupation_score": 31.0,
    "occupation_range": [31.0, 31.0],
    "occupation_from": "linked_role",
    "blended_score": 34.8,
    "confidence": 0.72,
    "summary": "8 tasks; documentation is the most exposed.",
    "flags": [],
    "degraded": [],
    "assessor": "offline",
    "assessor_version": "1+0a1b2c3d4e5f",
    "offline": True,
    "basis": "Exposure is potential, not observed use.",
    "decided": None,
    "draup": {
        "taxonomy": "starter",
        "code": "29-1141",
        "title": "Registered Nurses",
        "status": "exact_single",
        "review": False,
    },
    "revision": 1,
    "published_revision": 1,
    "published_at": "2026-11-22T09:31:10Z",
    "run_id": RUN,
    "links": {"self": f"{BASE}/assessments/{ROLE}", "run": LINKS["self"], "dashboard": LINKS["dashboard"]},
    "created_at": "2026-11-22T09:30:00Z",
    "updated_at": "2026-11-22T09:31:12Z",
}
_WHOLE: dict[str, Any] = EXAMPLE | {
    "stages": {
        "top_tasks": {
            "outputs": {"tasks": [{"rank": 1, "task_id": "t3", "text": "Document patient care"}]},
            "degraded": [],
            "run_id": RUN,
            "role_revision": 1,
            "finished_at": "2026-11-22T09:31:11Z",
        }
    }
}


class AssessmentQuery(msgspec.Struct, kw_only=True):
    """Which assessments, and which page of them. `hidden` adds those that are not visible any more;
    `updated_since` is inclusive and reaches back five seconds more."""

    cursor: str = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    state: list[State] = []
    flag: list[str] = []
    source: str = ""
    code: str = ""
    family: str = ""
    hidden: bool = False
    updated_since: datetime | None = None


class AssessmentList(msgspec.Struct, frozen=True):
    """A page of assessments."""

    results: list[Assessment]
    next_cursor: str | None
    has_more: bool


class Assessments(Controller):
    """What the dashboard reads, as JSON."""

    path = "/v1/assessments"
    tags = ["Assessments"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "searchAssessments",
            "Scores of all published roles",
            scope="assessments:read",
            query=AssessmentQuery,
            answers={
                200: Answer(
                    kind=AssessmentList,
                    example={"results": [EXAMPLE], "next_cursor": None, "has_more": False},
                )
            },
            notes="Newest change first; with updated_since oldest first, and assessments may repeat.",
        ),
    )
    async def search(self, call: NamedDependency[Call]) -> Reply:
        """A page."""
        wanted = call.query(AssessmentQuery)
        filters = Filters(
            states=wanted.state,
            flags=wanted.flag,
            source=wanted.source or None,
            code=wanted.code or None,
            family=wanted.family or None,
            hidden=wanted.hidden,
            since=wanted.updated_since,
        )
        async with call.tx() as tx:
            page = await assessments.listing(
                tx, call.caller, base_of(call), filters, cursor=wanted.cursor, limit=wanted.limit
            )
        return Reply(AssessmentList(page.assessments, page.next, page.next is not None))

    @get(
        "/{role_id:str}",
        **operation(
            "getAssessment",
            "The whole assessment of a role",
            scope="assessments:read",
            params={"role_id": ROLE},
            answers={200: Answer(kind=WholeAssessment, example=_WHOLE)},
            notes="What was last published, with the newest result of every stage. A failed run "
            "after it changes "
            "nothing here.",
        ),
    )
    async def show(self, call: NamedDependency[Call], role_id: FromPath[str]) -> Reply:
        """By the role's id."""
        id_ = ids.parse("role", role_id)
        async with call.tx() as tx:
            return Reply(await assessments.get(tx, call.caller, id_, base_of(call)))

"""Corrections: what people decided, as pairs to train on."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency
from msgspec import Meta

from connector.api.http import Call, Reply
from connector.api.operation import Answer, operation
from kit import paging
from pipeline.reviews import pairs
from pipeline.reviews.pairs import Pair

_PAIR: dict[str, Any] = {
    "about": "mapping",
    "given": {"title": "Money Wizard", "family": "Finance", "level": None},
    "right": {"taxonomy": "Draup", "code": "D-77", "title": "Treasury Analyst"},
    "outcome": "corrected",
    "review_id": "review_01990a6b4c7d7e2fb1a0c3d4e5f6072b",
    "decided_at": "2026-11-22T10:02:00Z",
    "note": None,
}


class CorrectionQuery(msgspec.Struct, kw_only=True):
    """Which page; `limit` counts decisions, of which one may give several pairs."""

    cursor: str = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class CorrectionList(msgspec.Struct, frozen=True):
    """A page of pairs, oldest decision first."""

    results: list[Pair]
    next_cursor: str | None
    has_more: bool


class Corrections(Controller):
    """Training pairs out of reviews."""

    path = "/v1/corrections"
    tags = ["Reviews"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "exportCorrections",
            "What people decided, as training pairs",
            scope="reviews:read",
            query=CorrectionQuery,
            answers={
                200: Answer(
                    kind=CorrectionList, example={"results": [_PAIR], "next_cursor": None, "has_more": False}
                )
            },
            notes="Mappings that were confirmed or rejected, labels of tasks, and scores. "
            "`connector corrections export` writes the same as lines of JSON.",
        ),
    )
    async def search(self, call: NamedDependency[Call]) -> Reply:
        """A page."""
        given = call.query(CorrectionQuery)
        async with call.tx() as tx:
            found, last = await pairs.page(
                tx, call.caller.company_id, after=paging.place(given.cursor), limit=given.limit
            )
        return Reply(CorrectionList(found, paging.cursor(last) if last else None, last is not None))

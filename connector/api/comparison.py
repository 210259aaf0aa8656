"""Comparison: how far the model and the offline assessor agree on a company's own roles."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency
from msgspec import Meta

from connector.api.http import Call, Reply
from connector.api.operation import Answer, operation
from connector.api.units import ROLE
from kit import ids
from pipeline.assessments import comparison
from pipeline.assessments.comparison import Agreement, Compared


class ComparisonQuery(msgspec.Struct, kw_only=True):
    """How many roles to compare, newest judgement first."""

    limit: Annotated[int, Meta(ge=1, le=comparison.MOST)] = 50


class ComparedOut(msgspec.Struct, frozen=True, kw_only=True):
    """One role, judged by both. `matched` tasks stand in the same place of the same document."""

    role_id: str
    role_title: str
    model_exposure: float | None
    offline_exposure: float | None
    model_tasks: int
    offline_tasks: int
    matched: int
    same_class: int
    same_grade: int
    same_kind: bool
    same_standard_role: bool


class ComparisonOut(msgspec.Struct, frozen=True):
    """The agreement over all compared roles, and each of them."""

    agreement: Agreement
    results: list[ComparedOut]
    next_cursor: str | None
    has_more: bool


_ROLE: dict[str, Any] = {
    "role_id": ROLE,
    "role_title": "Registered Nurse",
    "model_exposure": 41.5,
    "offline_exposure": 38.0,
    "model_tasks": 9,
    "offline_tasks": 8,
    "matched": 7,
    "same_class": 5,
    "same_grade": 6,
    "same_kind": True,
    "same_standard_role": True,
}
_AGREEMENT: dict[str, Any] = {
    "roles": 1,
    "mean_difference": 3.5,
    "correlation": None,
    "tasks_matched": 0.778,
    "same_class": 0.714,
    "same_grade": 0.857,
    "same_kind": 1.0,
    "same_standard_role": 1.0,
}


class Comparison(Controller):
    """Both assessors on the same roles."""

    path = "/v1/comparison"
    tags = ["Assessments"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "compareAssessors",
            "How far both assessors agree on this company's roles",
            scope="assessments:read",
            query=ComparisonQuery,
            answers={
                200: Answer(
                    kind=ComparisonOut,
                    example={
                        "agreement": _AGREEMENT,
                        "results": [_ROLE],
                        "next_cursor": None,
                        "has_more": False,
                    },
                )
            },
            notes="Of roles that the model judged: its recorded answers beside what the offline assessor "
            "says of the same documents. It costs nothing, and agreement is not truth.",
        ),
    )
    async def show(self, call: NamedDependency[Call]) -> Reply:
        """Nothing is changed."""
        given = call.query(ComparisonQuery)
        async with call.tx() as tx:
            roles = await comparison.judged_roles(tx, call.caller.company_id, given.limit)
        compared = await asyncio.to_thread(comparison.compare, call.caller.company_id, roles)
        shown = [_shown(one) for one in compared]
        return Reply(ComparisonOut(comparison.agreement(compared), shown, None, False))


def _shown(one: Compared) -> ComparedOut:
    fields = msgspec.structs.asdict(one)
    role_id, title = ids.show("role", fields.pop("role_id")), fields.pop("title")
    return ComparedOut(role_id=role_id, role_title=title, **fields)

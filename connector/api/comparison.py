"""Comparison: how far the model and the offline assessor agree on a company's own roles, and asking the model
about roles for that."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from msgspec import Meta

from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from connector.api.units import ROLE
from control import audit
from kit import ids
from kit.db import Tx
from kit.errors import Conflict, NotFound
from kit.jobs import put
from pipeline.assessments import asking, comparison
from pipeline.assessments.asking import Asking
from pipeline.assessments.comparison import Agreement, Compared
from pipeline.jobs import CompareRoles


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


class OutstandingOut(msgspec.Struct, frozen=True, kw_only=True):
    """A role that the model is still to judge for the comparison, or could not."""

    role_id: str
    status: str
    asked_at: datetime
    error: dict[str, Any] | None


class ComparisonOut(msgspec.Struct, frozen=True):
    """The agreement over all compared roles, each of them, and what was asked for and is not there yet."""

    agreement: Agreement
    outstanding: list[OutstandingOut]
    results: list[ComparedOut]
    next_cursor: str | None
    has_more: bool


class ComparisonIn(msgspec.Struct, kw_only=True):
    """Which roles the model is to judge: those named, else the `limit` that changed last. `dry_run` asks
    nothing and answers what it would come to."""

    ids: Annotated[list[str], Meta(max_length=comparison.MOST)] | None = None
    limit: Annotated[int, Meta(ge=1, le=comparison.MOST)] = 20
    dry_run: bool = False


_ASKING: dict[str, Any] = {
    "roles": 20,
    "recorded": 12,
    "asked": 7,
    "without_text": 1,
    "calls": 14,
    "tokens": 11_200,
    "cost_micros": 2_900,
}
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
                        "outstanding": [],
                        "results": [_ROLE],
                        "next_cursor": None,
                        "has_more": False,
                    },
                )
            },
            notes="Of roles that the model judged, in runs or because `askToCompare` asked it: its recorded "
            "answers beside what the offline assessor says of the same documents. It costs nothing, and "
            "agreement is not truth.",
        ),
    )
    async def show(self, call: NamedDependency[Call]) -> Reply:
        """Nothing is changed."""
        given = call.query(ComparisonQuery)
        async with call.tx() as tx:
            # In this order: what is settled in between is seen twice rather than not at all.
            waiting = await asking.outstanding(tx, call.caller.company_id)
            roles = await comparison.judged_roles(tx, call.caller.company_id, given.limit)
        compared = await asyncio.to_thread(comparison.compare, call.caller.company_id, roles)
        shown = [_shown(one) for one in compared]
        left = [
            OutstandingOut(
                role_id=ids.show("role", one.role_id),
                status=one.status,
                asked_at=one.asked_at,
                error=one.error,
            )
            for one in waiting
        ]
        return Reply(ComparisonOut(comparison.agreement(compared), left, shown, None, False))

    @post(
        "/",
        **operation(
            "askToCompare",
            "Have the model judge roles, to compare both assessors",
            scope="pushes:write",
            body=Body(
                kind=ComparisonIn,
                examples={"price": {"limit": 20, "dry_run": True}, "ask": {"ids": [ROLE]}},
                required=False,
            ),
            answers={
                200: Answer(kind=Asking, example=_ASKING, says="What it would come to; nothing was asked."),
                202: Answer(kind=Asking, example=_ASKING, headers={"Location": "The comparison."}),
            },
            errors=(Conflict, NotFound),
            idempotent=True,
            notes="The price is reckoned high, and what was answered before costs nothing. The model is "
            "asked within the company's budget, a few roles at a time; nothing is published, and a later run "
            "of the role finds the answers. `GET /v1/comparison` shows what is there and what is still to "
            "come. Ids that are none are left out.",
        ),
    )
    async def ask(self, call: NamedDependency[Call]) -> Reply:
        """Answers at once; a worker asks the model from now on."""
        given, ignored = await call.body(ComparisonIn)
        named = None if given.ids is None else [ids.parse("role", one) for one in given.ids]
        settings, company_id = call.services.settings, call.caller.company_id
        jobs: list[int] = []

        async def work(tx: Tx) -> Reply:
            limit = given.limit if named is None else comparison.MOST
            roles = await asking.comparable(tx, company_id, limit=limit, ids=named)
            found = asking.plan(settings, roles)
            if given.dry_run:
                return Reply(found, ignored=ignored)
            caller = call.caller
            if await asking.ask(tx, company_id, roles, kind=caller.kind, by=caller.shown_id):
                jobs.extend(await put(tx, company_id, CompareRoles()))
                await audit.record(tx, caller, "comparison.asked", None, detail={"roles": found.asked})
            location = {"Location": f"{settings.public_url.rstrip('/')}/v1/comparison"}
            return Reply(found, 202, headers=location, ignored=ignored)

        reply = await call.once(work)
        await call.services.ring(jobs, 0)
        return reply


def _shown(one: Compared) -> ComparedOut:
    fields = msgspec.structs.asdict(one)
    role_id, title = ids.show("role", fields.pop("role_id")), fields.pop("title")
    return ComparedOut(role_id=role_id, role_title=title, **fields)

"""Plans: what a push would come to, before it is made."""

from __future__ import annotations

from typing import Any

from litestar import Controller, post
from litestar.di import NamedDependency

from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from connector.api.pushes import PushesIn, meant, wanted
from kit.errors import TooLarge
from pipeline.runs import plans
from pipeline.runs.plans import Plan

_ROLE = "role_01990a6b4c7d7e2fb1a0c3d4e5f60719"
_EXAMPLE: dict[str, Any] = {
    "roles": [{"role_id": _ROLE, "title": "Registered Nurse", "state": "draft", "merged": False}],
    "left_out": [],
    "tokens": 14_200,
    "cost_micros": 8_900,
    "basis": "the mean of this company's last 200 runs",
    "done_at": "2026-11-22T09:34:00Z",
}


class Plans(Controller):
    """Pushes not yet made."""

    path = "/v1/plans"
    tags = ["Pushes"]  # noqa: RUF012 - Litestar's own attribute

    @post(
        "/",
        **operation(
            "planPush",
            "What a push would come to",
            scope="roles:read",
            body=Body(
                kind=PushesIn,
                examples={"ids": {"ids": [_ROLE]}, "filter": {"filter": {"state": ["draft"]}}},
            ),
            answers={200: Answer(kind=Plan, example={**_EXAMPLE, "ignored": []})},
            errors=(TooLarge,),
            notes="Takes what `pushRoles` takes and changes nothing: which roles would run, which not and "
            "why, about how many tokens and how much money that takes, and when it would be done. Ids "
            "that are none are left out.",
        ),
    )
    async def plan(self, call: NamedDependency[Call]) -> Reply:
        """Nothing is kept of it."""
        given, ignored = await call.body(PushesIn)
        settings = call.services.settings
        async with call.tx() as tx:
            roles, _ = await meant(call, tx, given)
            plan = await plans.make(
                tx,
                call.caller.company_id,
                list(roles),
                wanted(call, given),
                offline=not settings.model_base_url,
                cap=settings.company_cap,
            )
        return Reply(plan, ignored=ignored)

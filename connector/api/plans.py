"""Plans: what a push would come to, before it is made."""

from __future__ import annotations

from litestar import Controller, post
from litestar.di import NamedDependency

from connector.api.http import Call, Reply
from connector.api.operation import Body, operation
from connector.api.pushes import PLANNED, PushesIn, meant, planned, wanted
from kit.errors import TooLarge

_ROLE = "role_01990a6b4c7d7e2fb1a0c3d4e5f60719"


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
            answers={200: PLANNED},
            errors=(TooLarge,),
            notes="Takes what `pushRoles` takes and changes nothing: which roles would run, which not and "
            "why, about how many tokens and how much money that takes, and when it would be done. Ids "
            "that are none are left out.",
        ),
    )
    async def plan(self, call: NamedDependency[Call]) -> Reply:
        """Nothing is kept of it."""
        given, ignored = await call.body(PushesIn)
        async with call.tx() as tx:
            roles, _ = await meant(call, tx, given)
        return await planned(call, list(roles), wanted(call, given), ignored)

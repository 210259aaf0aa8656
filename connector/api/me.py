"""Who am I: what a recipe asks when it connects, at every start, and at every repeat of a job."""

from __future__ import annotations

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency

from connector.api.http import Call, Reply
from connector.api.operation import Answer, operation
from control import companies
from kit import ids


class CompanyOut(msgspec.Struct, frozen=True):
    """A company by id and name."""

    id: str
    name: str


class MeOut(msgspec.Struct, frozen=True):
    """The caller: the client, its company, and what it may do."""

    id: str
    kind: str
    name: str
    company: CompanyOut
    scopes: list[str]
    environment: str


class Me(Controller):
    """The caller's own card."""

    path = "/v1/me"
    tags = ["Access"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "getMe",
            "The client behind the token, and its company",
            answers={
                200: Answer(
                    kind=MeOut,
                    example={
                        "id": "client_01990a6b4c7d7e2fb1a0c3d4e5f60718",
                        "kind": "client",
                        "name": "Workato",
                        "company": {"id": "company_01990a6b4c7d7e2fb1a0c3d4e5f60719", "name": "Liberty"},
                        "scopes": ["roles:read", "runs:read"],
                        "environment": "production",
                    },
                    says="The token is good.",
                )
            },
        ),
    )
    async def me(self, call: NamedDependency[Call]) -> Reply:
        """Needs no scope, so it is the test of a connection."""
        caller = call.caller
        async with call.tx() as tx:
            company = await companies.get(tx, caller.company_id)
        return Reply(
            MeOut(
                id=caller.shown_id,
                kind=caller.kind,
                name=caller.name,
                company=CompanyOut(ids.show("company", company.id), company.name),
                scopes=sorted(caller.scopes),
                environment=call.services.settings.environment_name,
            )
        )

"""OAuth clients of the company: made, given a new secret, ended. A secret is shown once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from control import audit, clients
from control.access import FOR_CLIENTS, SCOPES, require
from control.store import Client
from kit import ids
from kit.errors import FieldError, Invalid

_ID = "client_01990a6b4c7d7e2fb1a0c3d4e5f60718"


class ClientIn(msgspec.Struct, kw_only=True):
    """A client to be made. Without scopes it gets those that let it do everything but let others in."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    scopes: list[str] = []


class RotateIn(msgspec.Struct, kw_only=True):
    """How long the old secret works on beside the new one."""

    grace_hours: Annotated[float, Meta(ge=0, le=720)] = 24


class ClientOut(msgspec.Struct, frozen=True, kw_only=True):
    """A client without its secret. A disabled one gets no token any more."""

    id: str
    name: str
    scopes: list[str]
    disabled_at: datetime | None
    last_used_at: datetime | None
    created_at: datetime


class ClientWithSecret(ClientOut, frozen=True, kw_only=True):
    """A client with its secret, which nobody can read again."""

    secret: str


class ClientSecret(msgspec.Struct, frozen=True):
    """A new secret, which nobody can read again."""

    id: str
    secret: str


class ClientList(msgspec.Struct, frozen=True):
    """All clients of the company."""

    results: list[ClientOut]
    next_cursor: str | None
    has_more: bool


_EXAMPLE: dict[str, Any] = {
    "id": _ID,
    "name": "Workato",
    "scopes": ["roles:read", "runs:read"],
    "disabled_at": None,
    "last_used_at": "2026-11-22T09:30:00Z",
    "created_at": "2026-11-22T09:30:00Z",
}
_SECRET = "ecs_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - an example


class Clients(Controller):
    """Who calls this API."""

    path = "/v1/clients"
    tags = ["Access"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "searchClients",
            "The company's clients",
            scope="clients:read",
            answers={
                200: Answer(
                    kind=ClientList, example={"results": [_EXAMPLE], "next_cursor": None, "has_more": False}
                )
            },
        ),
    )
    async def list(self, call: NamedDependency[Call]) -> Reply:
        """All of them, oldest first."""
        async with call.tx() as tx:
            found = await clients.all_of(tx, call.caller.company_id)
        return Reply(ClientList([_shown(one) for one in found], None, False))

    @post(
        "/",
        **operation(
            "createClient",
            "Create a client",
            scope="clients:write",
            body=Body(kind=ClientIn, examples={"workato": {"name": "Workato", "scopes": ["roles:read"]}}),
            answers={
                201: Answer(kind=ClientWithSecret, example={**_EXAMPLE, "secret": _SECRET, "ignored": []})
            },
            notes="The secret is in this answer only. Nobody can give a scope that they do not have.",
        ),
    )
    async def create(self, call: NamedDependency[Call]) -> Reply:
        """With its secret."""
        given, ignored = await call.body(ClientIn)
        wanted = given.scopes or [one for one in FOR_CLIENTS if one in call.caller.scopes]
        unknown = [one for one in wanted if one not in SCOPES]
        if unknown:
            message = f"There is no scope {unknown[0][:60]}."
            raise Invalid(
                message, errors=[FieldError("scopes", message)], action="Name scopes as documented."
            )
        for scope in wanted:
            require(call.caller, scope)
        async with call.services.db.auth() as tx:
            client, secret = await clients.create(tx, call.caller.company_id, given.name.strip(), wanted)
            shown = _shown(client)
            await audit.record(tx, call.caller, "client.created", shown.id, detail={"scopes": client.scopes})
        made = ClientWithSecret(**msgspec.structs.asdict(shown), secret=secret)
        return Reply(made, 201, ignored=ignored)

    @post(
        "/{client_id:str}/rotate-secret",
        **operation(
            "rotateClientSecret",
            "Give a client a new secret",
            scope="clients:write",
            params={"client_id": _ID},
            body=Body(kind=RotateIn, examples={"a day": {"grace_hours": 24}}, required=False),
            answers={200: Answer(kind=ClientSecret, example={"id": _ID, "secret": _SECRET, "ignored": []})},
            notes="The old secret and its tokens work on for the grace time.",
        ),
    )
    async def rotate(self, call: NamedDependency[Call], client_id: FromPath[str]) -> Reply:
        """With an overlap."""
        given, ignored = await call.body(RotateIn)
        id_ = ids.parse("client", client_id)
        async with call.services.db.auth() as tx:
            secret = await clients.rotate(tx, call.caller.company_id, id_, grace_hours=given.grace_hours)
            await audit.record(tx, call.caller, "client.secret_changed", client_id)
        return Reply(ClientSecret(client_id, secret), ignored=ignored)

    @delete(
        "/{client_id:str}",
        **operation(
            "deleteClient",
            "End a client",
            scope="clients:write",
            params={"client_id": _ID},
            answers={204: Answer(kind=None, says="It and all its tokens are over.")},
        ),
    )
    async def end(self, call: NamedDependency[Call], client_id: FromPath[str]) -> None:
        """At once, everywhere within seconds."""
        id_ = ids.parse("client", client_id)
        async with call.services.db.auth() as tx:
            await clients.disable(tx, call.caller.company_id, id_)
            await audit.record(tx, call.caller, "client.disabled", client_id)
        await call.services.tokens.refresh()


def _shown(client: Client) -> ClientOut:
    return ClientOut(
        id=ids.show("client", client.id),
        name=client.name,
        scopes=client.scopes,
        disabled_at=client.disabled_at,
        last_used_at=client.last_used_at,
        created_at=client.created_at,
    )

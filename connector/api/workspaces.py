"""Workspaces: the Workato workspaces whose suspended jobs we may resume."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from litestar import Controller, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from connector.sources import callback_rules
from webhooks.waits import store, workspaces
from webhooks.waits.workspaces import DEFAULT_BODY, WorkspaceIn


class WorkspaceOut(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace without its token. A `stopped` one is not called until it has a new token."""

    data_centre: str
    address: str
    body: dict[str, Any]
    status: store.WorkspaceStatus
    stopped: store.Stopped | None
    created_at: datetime
    updated_at: datetime


class WorkspaceList(msgspec.Struct, frozen=True):
    """All of a company's workspaces; there is one per data centre at most."""

    results: list[WorkspaceOut]
    next_cursor: str | None
    has_more: bool


_EXAMPLE: dict[str, Any] = {
    "data_centre": "eu",
    "address": "https://app.eu.workato.com",
    "body": DEFAULT_BODY,
    "status": "active",
    "stopped": None,
    "created_at": "2026-11-22T09:30:00Z",
    "updated_at": "2026-11-22T09:30:00Z",
}


def shown(workspace: store.Workspace) -> WorkspaceOut:
    """As the API shows it."""
    return WorkspaceOut(**msgspec.structs.asdict(workspace))


class Workspaces(Controller):
    """Where the jobs that wait for us run."""

    path = "/v1/workspaces"
    tags = ["Waits"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "searchWorkspaces",
            "All Workato workspaces of the company",
            scope="connections:read",
            answers={
                200: Answer(
                    kind=WorkspaceList,
                    example={"results": [_EXAMPLE], "next_cursor": None, "has_more": False},
                )
            },
        ),
    )
    async def listing(self, call: NamedDependency[Call]) -> Reply:
        """By data centre, in one page."""
        async with call.tx() as tx:
            found = await workspaces.listing(tx, call.caller)
        return Reply(WorkspaceList([shown(one) for one in found], None, has_more=False))

    @put(
        "/{data_centre:str}",
        **operation(
            "setWorkspace",
            "Set a workspace, or replace its token",
            scope="connections:write",
            params={"data_centre": "eu"},
            body=Body(
                kind=WorkspaceIn,
                examples={
                    "usual": {"token": "..."},
                    "other body": {"token": "...", "body": {"resume_token": "$token", "data": "$data"}},
                },
            ),
            answers={200: Answer(kind=WorkspaceOut, example={**_EXAMPLE, "ignored": []})},
            notes="The token is that of a Workato API client which may call `POST /api/job/resume`; it is "
            "kept encrypted and never shown. Data centres: us, eu, jp, sg, au, il, kr, uk, cn, trial; own, "
            "with an address, for a Workato of your own. In `body`, what is sent, `$token` and `$data` are "
            "replaced.",
        ),
    )
    async def put(self, call: NamedDependency[Call], data_centre: FromPath[str]) -> Reply:
        """Waits that a refused token had held go on at once."""
        given, ignored = await call.body(WorkspaceIn)
        rules = callback_rules(call.services.settings)
        async with call.tx() as tx:
            found = await workspaces.put(tx, call.caller, call.services.vault, rules, data_centre, given)
        return Reply(shown(found), ignored=ignored)

    @delete(
        "/{data_centre:str}",
        **operation(
            "deleteWorkspace",
            "Take a workspace's token away",
            scope="connections:write",
            params={"data_centre": "eu"},
            answers={204: Answer(kind=None, says="Gone, whether or not it was there.")},
        ),
    )
    async def remove(self, call: NamedDependency[Call], data_centre: FromPath[str]) -> None:
        """Its open waits are dead: nobody can resume those jobs any more."""
        async with call.tx() as tx:
            await workspaces.delete(tx, call.caller, data_centre)

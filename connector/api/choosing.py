"""Saved selections of roles, and which profiles push themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from adapters.registry import SOURCES
from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from control import audit
from kit import ids
from kit.errors import Action, Conflict, NotFound
from pipeline.records import choosing
from pipeline.records.choosing import Mode, PushPolicy, Selection
from pipeline.records.reading import RoleFilter

_SEL = "sel_01990a6b4c7d7e2fb1a0c3d4e5f60721"


class SelectionIn(msgspec.Struct, kw_only=True):
    """A filter of roles, to be kept under a name."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    filter: RoleFilter


class SelectionOut(msgspec.Struct, frozen=True, kw_only=True):
    """A saved selection; `filter` is what `pushRoles` and `searchRoles` take."""

    id: str
    name: str
    filter: dict[str, Any]
    made_by: str
    created_at: datetime


class SelectionList(msgspec.Struct, frozen=True):
    """All of them by name."""

    results: list[SelectionOut]
    next_cursor: str | None
    has_more: bool


class PushPolicyIn(msgspec.Struct, kw_only=True):
    """Which profiles of the source push themselves; an empty list does not filter."""

    mode: Mode = "new"
    families: Annotated[list[str], Meta(max_length=200)] = []
    countries: Annotated[list[str], Meta(max_length=200)] = []
    daily_cap: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None


class PushPolicyOut(msgspec.Struct, frozen=True, kw_only=True):
    """The choice for one source."""

    source: str
    mode: Mode
    families: list[str]
    countries: list[str]
    daily_cap: int | None


class PushPolicyList(msgspec.Struct, frozen=True):
    """The choice for every source there is an adapter for."""

    results: list[PushPolicyOut]


_SELECTION: dict[str, Any] = {
    "id": _SEL,
    "name": "Pilot 50",
    "filter": {"state": ["draft"], "family": "Nursing"},
    "made_by": "user_01990a6b4c7d7e2fb1a0c3d4e5f60718",
    "created_at": "2026-11-22T09:30:00Z",
}
_POLICY: dict[str, Any] = {
    "source": "workday",
    "mode": "new",
    "families": ["Nursing"],
    "countries": [],
    "daily_cap": 200,
}


class Selections(Controller):
    """Roles chosen in a way that is worth keeping."""

    path = "/v1/selections"
    tags = ["Roles"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "searchSelections",
            "Saved selections of roles",
            scope="roles:read",
            answers={
                200: Answer(
                    kind=SelectionList,
                    example={"results": [_SELECTION], "next_cursor": None, "has_more": False},
                )
            },
        ),
    )
    async def list(self, call: NamedDependency[Call]) -> Reply:
        """All of the company."""
        async with call.tx() as tx:
            found = await choosing.selections(tx, call.caller.company_id)
        return Reply(SelectionList([_shown(one) for one in found], None, False))

    @post(
        "/",
        **operation(
            "createSelection",
            "Save a selection of roles",
            scope="roles:write",
            body=Body(
                kind=SelectionIn, examples={"pilot": {"name": "Pilot 50", "filter": {"state": ["draft"]}}}
            ),
            answers={201: Answer(kind=SelectionOut, example={**_SELECTION, "ignored": []})},
            errors=(Conflict,),
        ),
    )
    async def create(self, call: NamedDependency[Call]) -> Reply:
        """The filter is kept, not the roles: it means those that fit whenever it is used."""
        given, ignored = await call.body(SelectionIn)
        wanted = {key: value for key, value in msgspec.to_builtins(given.filter).items() if value}
        async with call.tx() as tx:
            made = await choosing.save(
                tx, call.caller.company_id, given.name.strip(), wanted, call.caller.shown_id
            )
        return Reply(_shown(made), 201, ignored=ignored)

    @delete(
        "/{selection_id:str}",
        **operation(
            "deleteSelection",
            "Forget a saved selection",
            scope="roles:write",
            params={"selection_id": _SEL},
            answers={204: Answer(kind=None, says="Forgotten; the roles stay as they are.")},
        ),
    )
    async def drop(self, call: NamedDependency[Call], selection_id: FromPath[str]) -> None:
        """Anybody who may change roles may do this."""
        async with call.tx() as tx:
            await choosing.drop(tx, call.caller.company_id, ids.parse("sel", selection_id))


class PushSettings(Controller):
    """Which profiles push themselves."""

    path = "/v1/settings/push"
    tags = ["Company"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "getPushSettings",
            "Which profiles push themselves, by source",
            scope="settings:read",
            answers={200: Answer(kind=PushPolicyList, example={"results": [_POLICY]})},
        ),
    )
    async def show(self, call: NamedDependency[Call]) -> Reply:
        """With the default where nothing was chosen."""
        async with call.tx() as tx:
            chosen = {one.source: one for one in await choosing.push_policies(tx, call.caller.company_id)}
        return Reply(PushPolicyList([_policy(chosen.get(one, PushPolicy(one))) for one in SOURCES]))

    @put(
        "/{source:str}",
        **operation(
            "setPushSettings",
            "Choose which profiles of a source push themselves",
            scope="settings:write",
            params={"source": "workday"},
            body=Body(kind=PushPolicyIn, examples={"nursing": {"mode": "new", "families": ["Nursing"]}}),
            answers={200: Answer(kind=PushPolicyOut, example={**_POLICY, "ignored": []})},
        ),
    )
    async def change(self, call: NamedDependency[Call], source: FromPath[str]) -> Reply:
        """Holds from the next profile on."""
        given, ignored = await call.body(PushPolicyIn)
        if source not in SOURCES:
            raise NotFound(
                f"There is no source {source[:60]}.", action=Action(f"Name one of {', '.join(SOURCES)}.")
            )
        filters = {"family": given.families, "country": [code.upper() for code in given.countries]}
        policy = PushPolicy(
            source, given.mode, {key: value for key, value in filters.items() if value}, given.daily_cap
        )
        async with call.tx() as tx:
            await choosing.put_push_policy(tx, call.caller.company_id, policy)
            detail = msgspec.to_builtins(given)
            await audit.record(tx, call.caller, "settings.push_changed", source, detail=detail)
        return Reply(_policy(policy), ignored=ignored)


def _policy(policy: PushPolicy) -> PushPolicyOut:
    return PushPolicyOut(
        source=policy.source,
        mode=policy.mode,
        families=policy.filters.get("family", []),
        countries=policy.filters.get("country", []),
        daily_cap=policy.daily_cap,
    )


def _shown(one: Selection) -> SelectionOut:
    return SelectionOut(
        id=ids.show("sel", one.id),
        name=one.name,
        filter=one.filter,
        made_by=one.made_by,
        created_at=one.created_at,
    )

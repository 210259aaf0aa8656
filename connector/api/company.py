"""The caller's own company: its name, its dashboard, its choices, and how far its activation is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, get, patch, put
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import UNSET, Meta, UnsetType

from connector import activation
from connector.activation import Marked, Step
from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from control import audit, companies
from kit import ids, wire
from kit.db import Tx
from pipeline.records.model import REQUIRED
from pipeline.records.reading import Kind

Address = Annotated[str, Meta(pattern=r"^https?://[^/\s]+[^\s]*$", max_length=1000)]
Name = Annotated[str, Meta(max_length=200)]


class CompanyChange(msgspec.Struct, kw_only=True):
    """What to change. A field that is not there stays; `dashboard_url` null: our own dashboard page."""

    name: Name | UnsetType = UNSET
    dashboard_url: Address | UnsetType | None = UNSET
    required_documents: list[Kind] | UnsetType = UNSET


class CompanyCard(msgspec.Struct, frozen=True, kw_only=True):
    """The company. A role needs at least one document of the `required_documents` to be pushed."""

    id: str
    name: str
    dashboard_url: str | None
    required_documents: list[Kind]
    weight: int
    window_cap: int | None
    created_at: datetime
    updated_at: datetime


class Activation(msgspec.Struct, frozen=True):
    """The steps in their order; `days` from the first to the last one done, None before that."""

    results: list[Step]
    done: int
    days: float | None


class MarkIn(msgspec.Struct):
    """Whether the step is done."""

    done: bool = True


_CARD: dict[str, Any] = {
    "id": "company_01990a6b4c7d7e2fb1a0c3d4e5f60719",
    "name": "Liberty",
    "dashboard_url": "https://etter.example.com/dashboard",
    "required_documents": ["job_description", "process_map"],
    "weight": 1,
    "window_cap": None,
    "created_at": "2026-11-22T09:30:00Z",
    "updated_at": "2026-11-22T09:30:00Z",
}
_ACTIVATION: dict[str, Any] = {
    "results": [
        {
            "step": "created",
            "title": "The company is here",
            "done_at": "2026-11-22T09:30:00Z",
            "by_hand": False,
            "next": "Nothing is left to do.",
            "who": "admin",
        }
    ],
    "done": 1,
    "days": None,
}


class CompanyPages(Controller):
    """The caller's own company."""

    path = "/v1/company"
    tags = ["Company"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "getCompany",
            "The company and its settings",
            scope="settings:read",
            answers={200: Answer(kind=CompanyCard, example=_CARD)},
        ),
    )
    async def show(self, call: NamedDependency[Call]) -> Reply:
        """As it is."""
        async with call.tx() as tx:
            return Reply(await _card(call, tx))

    @patch(
        "/",
        **operation(
            "updateCompany",
            "Change the company's name and settings",
            scope="settings:write",
            body=Body(
                kind=CompanyChange,
                examples={"dashboard": {"dashboard_url": "https://etter.example.com/dashboard"}},
            ),
            answers={200: Answer(kind=CompanyCard, example={**_CARD, "ignored": []})},
        ),
    )
    async def change(self, call: NamedDependency[Call]) -> Reply:
        """What is left out stays."""
        given, ignored = await call.body(CompanyChange)
        policy: dict[str, Any] = {}
        if given.required_documents is not UNSET:
            policy["required_documents"] = given.required_documents or list(REQUIRED)
        async with call.tx() as tx:
            await activation.change(
                tx,
                call.caller.company_id,
                name=None if given.name is UNSET else given.name.strip() or None,
                dashboard_url=given.dashboard_url,
                policy=policy,
            )
            detail = {key: value for key, value in msgspec.to_builtins(given).items() if value is not None}
            await audit.record(tx, call.caller, "settings.changed", "company", detail=detail)
            return Reply(await _card(call, tx), ignored=ignored)

    @get(
        "/activation",
        **operation(
            "getActivation",
            "How far the company's activation is",
            scope="runs:read",
            answers={200: Answer(kind=Activation, example=_ACTIVATION)},
        ),
    )
    async def activation(self, call: NamedDependency[Call]) -> Reply:
        """From its creation to the dashboard."""
        async with call.tx() as tx:
            return Reply(await _activation(call, tx))

    @put(
        "/activation/{step:str}",
        **operation(
            "markActivationStep",
            "Say that a step of the activation is done",
            scope="settings:write",
            params={"step": "taxonomy_chosen"},
            body=Body(kind=MarkIn, examples={"done": {"done": True}}),
            answers={200: Answer(kind=Activation, example={**_ACTIVATION, "ignored": []})},
            notes="Only mapping_checked, taxonomy_chosen and dashboard_handed_over: the others show alone.",
        ),
    )
    async def mark(self, call: NamedDependency[Call], step: FromPath[str]) -> Reply:
        """By a person."""
        given, ignored = await call.body(MarkIn)
        named = wire.convert({"step": step}, _Step)[0].step
        async with call.tx() as tx:
            await activation.mark(tx, call.caller.company_id, named, done=given.done)
            await audit.record(tx, call.caller, "activation.marked", named, detail={"done": given.done})
            return Reply(await _activation(call, tx), ignored=ignored)


class _Step(msgspec.Struct):
    step: Marked


async def _card(call: Call, tx: Tx) -> CompanyCard:
    company = await companies.get(tx, call.caller.company_id)
    required: list[Literal["job_description", "process_map", "sop", "other"]] = company.policy.get(
        "required_documents"
    ) or list(REQUIRED)
    return CompanyCard(
        id=ids.show("company", company.id),
        name=company.name,
        dashboard_url=company.dashboard_url,
        required_documents=required,
        weight=company.weight,
        window_cap=company.window_cap,
        created_at=company.created_at,
        updated_at=company.updated_at,
    )


async def _activation(call: Call, tx: Tx) -> Activation:
    found = await activation.steps(tx, call.caller.company_id)
    dates = [one.done_at for one in found if one.done_at is not None]
    whole = len(dates) == len(found)
    days = round((max(dates) - min(dates)).total_seconds() / 86_400, 1) if whole else None
    return Activation(found, len(dates), days)

"""Companies: those that the caller looks after, and new ones."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from msgspec import Meta

from connector.api.company import Address, Name
from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from connector.api.receipts import base_of
from control import audit, companies, people
from control.people import Role
from kit import ids
from kit.db import Tx
from kit.errors import Conflict, FieldError, Invalid

_ID = "company_01990a6b4c7d7e2fb1a0c3d4e5f60719"


class CompanyIn(msgspec.Struct, kw_only=True):
    """A company to be made. `admin_email` is its first admin; a person who makes one without is that
    themselves."""

    name: Name
    dashboard_url: Address | None = None
    admin_email: Annotated[str, Meta(max_length=200)] = ""


class CompanyLine(msgspec.Struct, frozen=True, kw_only=True):
    """A company the caller looks after; `role` is as what a person does (None for a client)."""

    id: str
    name: str
    role: Role | None


class CompanyList(msgspec.Struct, frozen=True):
    """By name."""

    results: list[CompanyLine]
    next_cursor: str | None
    has_more: bool


class CompanyMade(msgspec.Struct, frozen=True, kw_only=True):
    """The new company. `invitation` is the link by which its first admin chooses a password; nobody can read
    it again. None: they have a password, or another company knows them and the link they got there counts."""

    id: str
    name: str
    dashboard_url: str | None
    admin_id: str
    invitation: str | None


_LINE: dict[str, Any] = {"id": _ID, "name": "Liberty", "role": "admin"}
_MADE: dict[str, Any] = {
    "id": _ID,
    "name": "Liberty",
    "dashboard_url": None,
    "admin_id": "user_01990a6b4c7d7e2fb1a0c3d4e5f60718",
    "invitation": "https://connector.example.com/admin/invitation/3yX",
    "ignored": [],
}


class Companies(Controller):
    """Tenants."""

    path = "/v1/companies"
    tags = ["Company"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "searchCompanies",
            "The companies that the caller looks after",
            answers={
                200: Answer(
                    kind=CompanyList, example={"results": [_LINE], "next_cursor": None, "has_more": False}
                )
            },
            notes="A client is of one company, which GET /v1/company shows whole.",
        ),
    )
    async def list(self, call: NamedDependency[Call]) -> Reply:
        """A person's memberships, or a client's own company."""
        return Reply(CompanyList(await _lines(call), None, False))

    @post(
        "/",
        **operation(
            "createCompany",
            "Create a company",
            scope="companies:write",
            body=Body(
                kind=CompanyIn,
                examples={"with its admin": {"name": "Liberty", "admin_email": "ada@example.com"}},
            ),
            answers={
                201: Answer(kind=CompanyMade, example=_MADE, says="Created."),
            },
            errors=(Conflict,),
            notes="It is empty, and apart from every other: a client that sends to it has to be made in it. "
            "Only admins have this scope, and clients that were given it by name.",
        ),
    )
    async def create(self, call: NamedDependency[Call]) -> Reply:
        """With its first admin, who gets a link when there is no password yet."""
        given, ignored = await call.body(CompanyIn)
        name = " ".join(given.name.split())
        if not name:
            raise _empty("name", "A company needs a name.")
        if not given.admin_email.strip() and call.caller.kind != "person":
            raise _empty("admin_email", "A company needs a first admin.")
        async with call.services.db.engine() as tx:
            company = await companies.create(tx, name, dashboard_url=given.dashboard_url)
            caller = msgspec.structs.replace(call.caller, company_id=company.id)
            shown = ids.show("company", company.id)
            admin_id, secret = await _first_admin(tx, call, given.admin_email)
            await people.put_member(tx, company.id, admin_id, "admin")
            admin = ids.show("user", admin_id)
            await audit.record(tx, caller, "company.created", shown, detail={"admin": admin})
        made = CompanyMade(
            id=shown,
            name=name,
            dashboard_url=company.dashboard_url,
            admin_id=admin,
            invitation=secret and f"{base_of(call)}/admin/invitation/{secret}",
        )
        return Reply(made, 201, ignored=ignored)


async def _lines(call: Call) -> list[CompanyLine]:
    if call.caller.kind == "person":
        async with call.services.db.auth() as tx:
            found = await people.memberships(tx, call.caller.id)
        return [
            CompanyLine(id=ids.show("company", o.company_id), name=o.company_name, role=o.role) for o in found
        ]
    async with call.tx() as tx:
        own = await companies.get(tx, call.caller.company_id)
    return [CompanyLine(id=ids.show("company", own.id), name=own.name, role=None)]


async def _first_admin(tx: Tx, call: Call, email: str) -> tuple[UUID, str | None]:
    """Their account, and what a link to choose a password holds: only where nobody knows the account."""
    if not email.strip():
        return call.caller.id, None
    person = await people.add(tx, email)
    if person.password_hash is not None or await people.memberships(tx, person.id):
        return person.id, None
    return person.id, await people.invite(tx, person.id)


def _empty(field: str, message: str) -> Invalid:
    return Invalid(message, errors=[FieldError(field, message)], action="Send it.")

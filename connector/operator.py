"""What an operator does at the command line: each act in one transaction, with its audit row."""

from __future__ import annotations

import getpass
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from control import audit, clients, companies, keys, passwords, people
from control.access import FOR_CLIENTS, Caller
from control.people import Role
from kit import ids
from kit.db import Db
from kit.errors import Conflict, Invalid, NotFound
from kit.settings import Settings
from kit.vault import Vault
from pipeline.assessor.policy import SANDBOX
from webhooks.callbacks.sending import announce

PROMISED_DAYS = 180
"""From the announcement to the end of a part of the API."""

T = TypeVar("T")


@dataclass(frozen=True)
class Desk:
    """An open database and the vault."""

    db: Db
    vault: Vault


async def at_desk(settings: Settings, work: Callable[[Desk], Awaitable[T]]) -> T:
    """Do one thing with the database open."""
    db = Db(settings.database_url, size=1, name="connector-operator")
    await db.open()
    try:
        return await work(Desk(db, Vault(settings.secret_key)))
    finally:
        await db.close()


def _operator(company_id: UUID) -> Caller:
    return Caller("operator", company_id, UUID(int=0), getpass.getuser(), frozenset())


async def create_company(desk: Desk, name: str, dashboard_url: str | None = None) -> str:
    """The new company's id."""
    async with desk.db.engine() as tx:
        company = await companies.create(tx, name, dashboard_url=dashboard_url)
        shown = ids.show("company", company.id)
        await audit.record(tx, _operator(company.id), "company.created", shown)
    return shown


async def create_sandbox(desk: Desk, name: str) -> tuple[str, str, str]:
    """A company to try things out in, never judged by a model: its id, a client's id and secret."""
    async with desk.db.engine() as tx:
        company = await companies.create(tx, name, policy={SANDBOX: True})
        client, secret = await clients.create(tx, company.id, "Workato", list(FOR_CLIENTS))
        shown = ids.show("company", company.id)
        await audit.record(tx, _operator(company.id), "company.created", shown, detail={"sandbox": True})
    return shown, ids.show("client", client.id), secret


async def reset_sandbox(desk: Desk, company_id: str) -> tuple[str, str, str]:
    """End the sandbox's clients and make a new one of the same name. What the old one held is forgotten with
    time, as everything is. Raises Conflict for a company that is no sandbox."""
    old = ids.parse("company", company_id)
    async with desk.db.engine() as tx:
        company = await companies.get(tx, old)
        if not company.policy.get(SANDBOX):
            raise Conflict(f"{company.name} is no sandbox, so it is not reset.", code="no_sandbox")
        for client in await clients.all_of(tx, old):
            await clients.disable(tx, old, client.id)
        await audit.record(tx, _operator(old), "company.reset", company_id)
    return await create_sandbox(desk, company.name)


async def list_companies(desk: Desk) -> list[str]:
    """Lines for people: each company and its clients."""
    lines: list[str] = []
    async with desk.db.engine() as tx:
        for company in await companies.all_of_them(tx):
            lines.append(f"{ids.show('company', company.id)}  {company.name}")
            for client in await clients.all_of(tx, company.id):
                state = "disabled" if client.disabled_at else " ".join(client.scopes)
                lines.append(f"  {ids.show('client', client.id)}  {client.name}  {state}")
    return lines


async def create_client(
    desk: Desk, company_id: str, name: str, scopes: tuple[str, ...] = ()
) -> tuple[str, str]:
    """The new client's id and secret; without scopes it gets those that clients need."""
    company = ids.parse("company", company_id)
    async with desk.db.engine() as tx:
        await companies.get(tx, company)
        client, secret = await clients.create(tx, company, name, list(scopes or FOR_CLIENTS))
        shown = ids.show("client", client.id)
        await audit.record(tx, _operator(company), "client.created", shown, detail={"scopes": client.scopes})
    return shown, secret


async def rotate_client(desk: Desk, company_id: str, client_id: str, grace_hours: float) -> str:
    """The client's new secret."""
    company, client = ids.parse("company", company_id), ids.parse("client", client_id)
    async with desk.db.engine() as tx:
        secret = await clients.rotate(tx, company, client, grace_hours=grace_hours)
        await audit.record(tx, _operator(company), "client.secret_changed", client_id)
    return secret


async def disable_client(desk: Desk, company_id: str, client_id: str) -> None:
    """End a client."""
    company, client = ids.parse("company", company_id), ids.parse("client", client_id)
    async with desk.db.engine() as tx:
        await clients.disable(tx, company, client)
        await audit.record(tx, _operator(company), "client.disabled", client_id)


async def add_user(desk: Desk, company_id: str, email: str, role: Role) -> str | None:
    """Make a person a member of a company. The password of a new account, which nobody can read again; None
    when the account was there."""
    company = ids.parse("company", company_id)
    password = None
    async with desk.db.engine() as tx:
        await companies.get(tx, company)
        person = await people.add(tx, email)
        await people.put_member(tx, company, person.id, role)
        if person.password_hash is None:
            password = passwords.make()
            await people.set_password(tx, person.id, password)
        shown = ids.show("user", person.id)
        await audit.record(tx, _operator(company), "user.added", shown, detail={"role": role})
    return password


async def reset_password(desk: Desk, email: str) -> str:
    """A new password for an account; every session of it ends. NotFound."""
    async with desk.db.engine() as tx:
        person = await people.find(tx, email)
        if person is None:
            raise NotFound("There is no user with this address.")
        password = passwords.make()
        await people.set_password(tx, person.id, password)
        for one in await people.memberships(tx, person.id):
            await audit.record(
                tx, _operator(one.company_id), "user.password_reset", ids.show("user", person.id)
            )
    return password


async def announce_deprecation(desk: Desk, operation: str, gone: date, instead: str) -> int:
    """Tell every company that an operation is to go; how many were told. Raises Invalid for an operation
    there is not, and for a day that is less than `PROMISED_DAYS` ahead."""
    from connector.api.contract import operation_ids
    from connector.app import routes

    if operation not in operation_ids(routes()):
        raise Invalid(f"There is no operation {operation[:80]}; the contract lists them by operationId.")
    if gone < datetime.now(UTC).date() + timedelta(days=PROMISED_DAYS):
        raise Invalid(f"The day has to be at least {PROMISED_DAYS} days ahead, as was promised.")
    says = f"{operation} goes on {gone:%Y-%m-%d}. {instead}"[:500]
    async with desk.db.engine() as tx:
        told = await companies.all_of_them(tx)
        for company in told:
            await announce(tx, company.id, "api.deprecation", {"reason": says, "gone": gone.isoformat()})
            await audit.record(tx, _operator(company.id), "api.deprecation_announced", operation)
    return len(told)


async def rotate_keys(desk: Desk) -> None:
    """Change the signing key."""
    async with desk.db.auth() as tx:
        await keys.rotate(tx, desk.vault)
